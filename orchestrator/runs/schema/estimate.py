"""A number and how sure it is."""

import math
from collections.abc import Callable
from typing import Self

from orchestrator.runs.schema.record import Record


class Estimate(Record):
    """A median with its 95 % interval over `n` blocks; no interval exists under six."""

    median: float
    low: float | None
    high: float | None
    n: int

    @property
    def half_width(self) -> float | None:
        """Half the interval as a share of the value, on a log scale: 0.03 is 3 % either way.

        None where there is no interval, or one that reaches zero.
        """
        if self.low is None or self.high is None or self.low <= 0:
            return None
        return math.sqrt(self.high / self.low) - 1

    def mapped(self, increasing: Callable[[float], float]) -> Self:
        """Return the same on another scale, such as in minutes, or as a ratio instead of a log."""
        low, high = (
            None if limit is None else increasing(limit) for limit in (self.low, self.high)
        )
        return type(self)(median=increasing(self.median), low=low, high=high, n=self.n)
