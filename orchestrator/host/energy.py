"""Energy by Apple's own counters: what a span took above an idle machine; None is unavailable."""

import importlib
import time
from typing import Protocol, Self

from pydantic import BaseModel, ConfigDict

from orchestrator.host.sample import Instant, Span

_JOULES = 1e-3  # a millijoule


class Counted(Protocol):
    """What `zeus_apple_silicon.AppleEnergyMonitor.get_cumulative_energy` returns, as we use it."""

    cpu_total_mj: int | None
    gpu_mj: int | None
    ane_mj: int | None
    dram_mj: int | None


class Counter(Protocol):
    """`zeus_apple_silicon.AppleEnergyMonitor`, as we use it."""

    def get_cumulative_energy(self) -> Counted:
        """Return millijoules since some fixed point."""


class Energy(BaseModel):
    """Joules by part of the chip over so many seconds; None where the chip does not count."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seconds: float
    cpu_joules: float | None
    gpu_joules: float | None
    ane_joules: float | None
    dram_joules: float | None

    @property
    def joules(self) -> float:
        """All parts that are counted."""
        parts = (self.cpu_joules, self.gpu_joules, self.ane_joules, self.dram_joules)
        return sum(part for part in parts if part is not None)

    def above(self, idle: "Energy") -> "Energy":
        """Subtract what an idle machine takes in the same time; near zero it may be below."""
        share = self.seconds / idle.seconds
        return Energy(
            seconds=self.seconds,
            cpu_joules=_less(self.cpu_joules, idle.cpu_joules, share),
            gpu_joules=_less(self.gpu_joules, idle.gpu_joules, share),
            ane_joules=_less(self.ane_joules, idle.ane_joules, share),
            dram_joules=_less(self.dram_joules, idle.dram_joules, share),
        )


class EnergyMeter:
    """Counts the whole chip: let nothing else run, and span 20 s or more."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    @classmethod
    def here(cls) -> Self | None:
        """Return this machine's; None without Apple silicon or the package zeus-apple-silicon."""
        try:
            package = importlib.import_module("zeus_apple_silicon")
            return cls(package.AppleEnergyMonitor())
        except (ImportError, RuntimeError):
            return None

    def mark(self) -> tuple[Instant, Counted]:
        """Begin a span."""
        return Instant.now(), self._counter.get_cumulative_energy()

    def since(self, mark: tuple[Instant, Counted]) -> Energy | None:
        """End a span; None where nothing at all was counted: no chip runs on nothing."""
        started, before = mark
        after = self._counter.get_cumulative_energy()
        energy = Energy(
            seconds=Span.since(started).awake_seconds,
            cpu_joules=_grown(before.cpu_total_mj, after.cpu_total_mj),
            gpu_joules=_grown(before.gpu_mj, after.gpu_mj),
            ane_joules=_grown(before.ane_mj, after.ane_mj),
            dram_joules=_grown(before.dram_mj, after.dram_mj),
        )
        return energy if energy.joules > 0 else None

    def idle(self, seconds: float = 20.0) -> Energy | None:
        """Wait, and return what the machine takes meanwhile."""
        mark = self.mark()
        time.sleep(seconds)
        return self.since(mark)


class Baseline:
    """A meter and what the idle machine took on it, to be subtracted from every span."""

    def __init__(self, meter: EnergyMeter, idle: Energy) -> None:
        self._meter = meter
        self._idle = idle

    @classmethod
    def here(cls) -> Self | None:
        """Measure the idle machine for 20 s; None, at once, where no energy can be counted."""
        meter = EnergyMeter.here()
        idle = meter.idle() if meter else None
        return cls(meter, idle) if meter and idle else None

    def mark(self) -> tuple[Instant, Counted]:
        """Begin a span."""
        return self._meter.mark()

    def since(self, mark: tuple[Instant, Counted]) -> Energy | None:
        """Return what a span took above idle; None where nothing was counted."""
        energy = self._meter.since(mark)
        return energy and energy.above(self._idle)


def _grown(before: int | None, after: int | None) -> float | None:
    return None if before is None or after is None else (after - before) * _JOULES


def _less(joules: float | None, idle: float | None, share: float) -> float | None:
    return None if joules is None or idle is None else joules - idle * share
