"""Two clocks, one of which sleeps with the machine: together they tell that it slept."""

import time
from dataclasses import dataclass
from typing import Self

_LEAST_SECONDS = 1.0  # less than any sleep, more than the pause between reading two clocks

# Clocks of one source that differ in this alone. The wall clock would not do as the second: whoever
# sets it, a time server too, would look like a sleep.
_AWAKE = getattr(time, "CLOCK_UPTIME_RAW", time.CLOCK_MONOTONIC)  # macOS, Linux
_ALWAYS = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC_RAW)  # Linux, macOS


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
