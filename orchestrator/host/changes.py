"""What changed on a machine between two samples, as values with a sentence each."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import psutil
from pydantic import BaseModel, ConfigDict

from orchestrator.host import PRESSURES, Condition
from orchestrator.host.sample import Sample, Span

_SWAP_BYTES = 64_000_000  # less is the system tidying up
_OTHERS_SHARE = 0.1  # of all processors, on average
_STOLEN_SHARE = 0.02
_LATE_SECONDS = 2.0  # how late a look may be on a busy machine
_COUNTED_SECONDS = 1.0  # processor time comes in ticks of 10 ms: a short span says nothing of it

# What makes a block worth repeating, told without a look at any measured time. Not "throttled":
# many laptops are for a moment whenever they work hard.
INTERRUPTING = frozenset({"power-lost", "low-power-mode", "thermal-pressure", "slept", "stopped"})


class Change(BaseModel):
    """One thing that changed while something was measured."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    message: str

    @property
    def interrupting(self) -> bool:
        """Whether what was measured meanwhile should be measured again."""
        return self.kind in INTERRUPTING


def changes(samples: Sequence[Sample], period: float | None = None) -> tuple[Change, ...]:
    """Compare the first sample with those after it; states by the worst seen, counters by the last.

    Where there is a `period`, samples further apart than that are a hole: we stood still.

    A machine that was hot, loaded or on battery from the first sample on did not change: its
    condition before the run says so. Others' load is an average over the whole span.
    """
    if len(samples) < 2:  # noqa: PLR2004 - it takes two to compare
        return ()
    found = (*_states([s.condition for s in samples]), *_counters(samples[0], samples[-1]))
    return found if period is None else (*_stops(samples, period), *found)


def _stops(samples: Sequence[Sample], period: float) -> Iterator[Change]:
    longest = max(Span(a.instant, b.instant).awake_seconds for a, b in pairwise(samples))
    if longest > period + _LATE_SECONDS:
        cause = "stopped (Ctrl-Z), a suspended virtual machine or a stalled disk"
        message = f"this program stood still for {longest:.0f} s: {cause}"
        yield Change(kind="stopped", message=message)


def _states(seen: Sequence[Condition]) -> Iterator[Change]:
    first = seen[0]
    if first.on_battery is False and any(c.on_battery for c in seen):
        yield Change(kind="power-lost", message="the machine went on battery")
    modes = {c.low_power_mode for c in seen} - {None}
    if len(modes) > 1:
        switched = "off" if first.low_power_mode else "on"
        yield Change(kind="low-power-mode", message=f"low-power mode was switched {switched}")
    levels = [PRESSURES.index(c.thermal_pressure) for c in seen if c.thermal_pressure]
    if levels and max(levels) > levels[0]:
        rise = f"from {PRESSURES[levels[0]]} to {PRESSURES[max(levels)]}"
        yield Change(kind="thermal-pressure", message=f"thermal pressure rose {rise}")
    governors = list(dict.fromkeys(c.cpu_governor for c in seen if c.cpu_governor))
    if len(governors) > 1:
        message = f"the frequency governor changed: {' to '.join(governors)}"
        yield Change(kind="governor", message=message)
    grown = max(c.swap_used_bytes for c in seen) - first.swap_used_bytes
    if grown > _SWAP_BYTES:
        message = f"swap grew by {grown / 1e6:.0f} MB: memory ran short"
        yield Change(kind="swap-grew", message=message)


def _counters(first: Sample, last: Sample) -> Iterator[Change]:
    span = Span(first.instant, last.instant)
    if span.asleep_seconds:
        message = f"the machine slept for {span.asleep_seconds:.0f} s"
        yield Change(kind="slept", message=message)
    if first.throttled is not None and last.throttled is not None:
        times = last.throttled - first.throttled
        if times > 0:
            message = f"the processor was too hot for its full speed, {times} times"
            yield Change(kind="throttled", message=message)
    if span.awake_seconds < _COUNTED_SECONDS:
        return
    processors = psutil.cpu_count() or 1
    others = (last.worked_seconds - first.worked_seconds) - (last.own_seconds - first.own_seconds)
    if others > _OTHERS_SHARE * processors * span.awake_seconds:
        busy = f"{others / span.awake_seconds:.1f} of {processors} processors"
        yield Change(kind="others-busy", message=f"other programs kept {busy} busy")
    stolen = (last.stolen_seconds or 0.0) - (first.stolen_seconds or 0.0)
    if stolen > _STOLEN_SHARE * processors * span.awake_seconds:
        share = 100 * stolen / (processors * span.awake_seconds)
        message = f"the virtual machine's host withheld {share:.0f} % of its processors"
        yield Change(kind="stolen", message=message)
