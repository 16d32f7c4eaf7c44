"""Two samples taken at different times: how many times the one is the other, exactly, by ranks.

Blocks of two runs are no pairs: block 3 of one shares no moment with block 3 of the other.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from orchestrator.analysis.scoring.intervals import CONFIDENCE

Place = Literal["above", "below", "within", "open"]

_MOST_EXACT = 2_500  # products of sizes: beyond 50 blocks each the normal distribution is as good


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times the second sample the first is; limits are None where so few give none."""

    value: float
    low: float | None
    high: float | None

    def place(self, region: float) -> Place | None:
        """Place the interval against the region around 1, as wide on both sides; None without one.

        `region` is a share: 0.03 reaches from 1/1.03 to 1.03. An interval that neither lies inside
        nor outside is open.
        """
        if self.low is None or self.high is None:
            return None
        edge = 1 + region
        if self.low > edge:
            return "above"
        if self.high < 1 / edge:
            return "below"
        return "within" if 1 / edge <= self.low and self.high <= edge else "open"


def ratio(first: Sequence[float], second: Sequence[float]) -> Ratio | None:
    """Return how many times `second` the `first` is; None for one that is empty or not above 0.

    Source: as `shift`, on logs.
    """
    if not first or not second or min(*first, *second) <= 0:
        return None
    return shift([math.log(x) for x in first], [math.log(x) for x in second])


def shift(first: Sequence[float], second: Sequence[float], confidence: float = CONFIDENCE) -> Ratio:
    """Return by how much the logs of `first` lie above those of `second`, as a ratio.

    Source: Hodges and Lehmann, "Estimates of location based on rank tests" (1963), the median of
    all differences; limits by Moses (Hollander and Wolfe, "Nonparametric Statistical Methods",
    4.3): exact whatever the distribution, if both have the same but for the shift.
    """
    apart = np.sort(np.subtract.outer(first, second), axis=None)
    outside = outside_of(len(first), len(second), confidence)
    low, high = (apart[outside - 1], apart[-outside]) if outside else (None, None)
    return Ratio(
        math.exp(float(np.median(apart))),
        None if low is None else math.exp(low),
        None if high is None else math.exp(high),
    )


@cache
def blocks_for(confidence: float = CONFIDENCE) -> int:
    """Return of how many blocks two equally long runs must be for any interval: 4 at 95 %."""
    return next(n for n in range(1, 50) if outside_of(n, n, confidence))


@cache
def outside_of(first: int, second: int, confidence: float) -> int:
    """Return which of the sorted differences, counted from either end, is the limit; 0 for none.

    Source: scipy.stats.mannwhitneyu; the limits are the differences at which it turns from a shift
    that can be told from chance to one that cannot.
    """
    if 2 / math.comb(first + second, first) > 1 - confidence:
        return 0  # even the most extreme order of all values is not so rare
    from scipy import stats  # noqa: PLC0415 - a second, when needed

    pairs = first * second

    def chance(pairs_won: int) -> float:
        """Return how likely the first sample wins so few comparisons, by an example of it."""
        beats_all, beats = divmod(pairs_won, second)
        values = [second] * beats_all + [beats - 0.5] * (beats_all < first)
        values += [-1] * (first - len(values))
        method = "exact" if pairs <= _MOST_EXACT else "asymptotic"
        found = stats.mannwhitneyu(values, range(second), alternative="less", method=method)
        return float(found.pvalue)

    return bisect_right(range(pairs // 2), (1 - confidence) / 2, key=chance)
