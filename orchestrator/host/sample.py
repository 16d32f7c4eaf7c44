"""One look at the machine: its clocks, its condition, and counters whose differences tell more."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from orchestrator.host import Condition
from orchestrator.host.probe import read
from orchestrator.host.processes import processor_seconds
from orchestrator.host.resources import cpu_seconds

_LEAST_SECONDS = 1.0  # less than any sleep, more than the pause between reading two clocks

# Clocks of one source that differ in this alone. The wall clock would not do as the second: whoever
# sets it, a time server too, would look like a sleep.
_AWAKE = getattr(time, "CLOCK_UPTIME_RAW", time.CLOCK_MONOTONIC)  # macOS, Linux
_ALWAYS = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC_RAW)  # Linux, macOS
# Intel's processors count here how often they were too hot to run at full speed.
_THROTTLED = Path("/sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_count")


@dataclass(frozen=True)
class Instant:
    """A point in time on both clocks, in seconds from points of their own."""

    awake: float  # stands still while the machine sleeps, as time.perf_counter does
    always: float  # goes on

    @classmethod
    def now(cls) -> Self:
        """Read both clocks."""
        return cls(time.clock_gettime(_AWAKE), time.clock_gettime(_ALWAYS))


@dataclass(frozen=True)
class Span:
    """The time between two instants."""

    start: Instant
    end: Instant

    @classmethod
    def since(cls, start: Instant) -> Self:
        """Return the span from `start` until now."""
        return cls(start, Instant.now())

    @property
    def awake_seconds(self) -> float:
        """How long it was without sleep."""
        return self.end.awake - self.start.awake

    @property
    def asleep_seconds(self) -> float:
        """How long the machine slept in it: 0, or over a second; discard what it interrupted."""
        asleep = self.end.always - self.start.always - self.awake_seconds
        return asleep if asleep > _LEAST_SECONDS else 0.0


@dataclass(frozen=True)
class Sample:
    """The machine at one instant; the counters run since it, or this process, started."""

    at: float  # Unix time in seconds: a label for people
    instant: Instant
    condition: Condition
    worked_seconds: float  # by all processors together
    own_seconds: float  # of these for us: this process, the runner, children that have ended
    stolen_seconds: float | None  # a virtual machine's processors stood still for their host
    throttled: int | None  # times

    @classmethod
    def now(cls, runner: int | None = None) -> Self:
        """Look, in about a millisecond, starting no process."""
        worked, stolen = processor_seconds()
        mine = os.times()
        ended = mine.children_user + mine.children_system
        throttled = read(_THROTTLED)
        return cls(
            at=time.time(),
            instant=Instant.now(),
            condition=Condition.at_a_glance(),
            worked_seconds=worked,
            own_seconds=mine.user + mine.system + ended + _living(runner),
            stolen_seconds=stolen,
            throttled=int(throttled) if throttled else None,
        )

    def record(self) -> dict[str, str | float | bool]:
        """Return what a run's timeline keeps of it: flat, and without what is not known."""
        all_of_it = {
            "at": round(self.at, 3),
            "awake": round(self.instant.awake, 3),
            **self.condition.model_dump(),
            "worked_seconds": round(self.worked_seconds, 2),
            "own_seconds": round(self.own_seconds, 2),
            "stolen_seconds": self.stolen_seconds,
            "throttled": self.throttled,
        }
        return {name: value for name, value in all_of_it.items() if value is not None}


def _living(runner: int | None) -> float:
    """Return a runner's processor time; one that was waited for is among the ended children."""
    return 0.0 if runner is None else cpu_seconds(runner) or 0.0
