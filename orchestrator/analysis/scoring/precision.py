"""What so many blocks decide: the arithmetic of intervals' widths, and nothing about who is faster.

A pair is decided when its interval leaves the region of practical equivalence, so a difference has
to exceed the region by as much as its interval reaches towards it. All that asks "how small a
difference?" goes by `smallest`: the rule that ends a run, its forecast, the noise certificate, and
what is named with an undecided pair.
"""

import math
from bisect import bisect_left
from functools import cache
from statistics import NormalDist

from orchestrator.analysis.scoring.intervals import CONFIDENCE, ranks
from orchestrator.runs.schema import Estimate, Needed
from orchestrator.runs.schema.plan import FEWEST_BLOCKS

_NORMAL = NormalDist()
# In half widths: one for the interval, and .3 for what a measured ratio is off by. Four in
# five true differences of the size said to be decided are called (docs/records/simulation.md).
_REACH = 1.3
_MOST_BLOCKS = 1_000


def smallest(region: float, reach: float) -> float:
    """Return the smallest difference that is decided, as a share.

    `reach` is how far, in logs, the nearer limit of an interval lies below the true ratio.
    """
    return math.expm1(math.log1p(region) + reach)


def decided_by(half_width: float, region: float) -> float:
    """Return the smallest difference that is decided where a log ratio is known so well."""
    return smallest(region, _REACH * half_width)


def expected(region: float, deviation: float, blocks: int) -> float:
    """Return the smallest difference that so many blocks should decide: at least six of them."""
    return decided_by(deviation * _half_scores(blocks, CONFIDENCE), region)


def blocks_for(
    difference: float, region: float, deviation: float, fewest: int, most: int
) -> int | None:
    """Return after how many blocks a difference should be decided; None where not within `most`."""
    counts = range(fewest, most + 1)
    place = bisect_left(counts, True, key=lambda n: expected(region, deviation, n) <= difference)
    return counts[place] if place < len(counts) else None


def deviation_of(ratio: Estimate) -> float | None:
    """Return the standard deviation of log ratios that an interval goes with; None without one."""
    share = ratio.half_width
    return None if share is None else math.log1p(share) / _half_scores(ratio.n, CONFIDENCE)


def to_decide(interval: Estimate, region: float, confidence: float = CONFIDENCE) -> Needed | None:
    """Return the run that decides an undecided pair, if it is as far apart as it was measured.

    `interval` is that of its log ratio. None where there is none, or where the pair is so near the
    edge of the region that a thousand blocks would not do.
    """
    if interval.low is None or interval.high is None:
        return None
    deviation = (interval.high - interval.low) / 2 / _half_scores(interval.n, confidence)
    margin = abs(abs(interval.median) - math.log1p(region))
    difference = math.floor(1000 * smallest(region, margin)) / 1000  # as it is written
    blocks = blocks_for(difference, region, deviation, FEWEST_BLOCKS, _MOST_BLOCKS)
    return None if blocks is None else Needed(difference=difference, blocks=blocks)


@cache
def _half_scores(blocks: int, confidence: float) -> float:
    """Return half the width of a median's interval of so many values, in standard deviations.

    Source: the expected normal order statistics at the interval's ranks (Blom, "Statistical
    Estimates and Transformed Beta-Variables", 1958).
    """
    low, high = (
        _NORMAL.inv_cdf((rank + 1 - 3 / 8) / (blocks + 1 / 4))
        for rank in ranks(blocks, confidence)
        if rank is not None
    )
    return (high - low) / 2
