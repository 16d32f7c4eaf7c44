"""The smallest difference that blocks decide, and how many blocks it takes to decide another.

A pair is decided when its interval leaves the region of practical equivalence, so a difference has
to exceed the region by as much as its interval reaches towards it. All that asks "how small a
difference?" goes by `smallest`: the rule that ends a run, its forecast, the noise certificate.
Nothing here looks at who is faster: only at widths.
"""

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from orchestrator.analysis.scoring.intervals import CONFIDENCE, median_interval, ranks
from orchestrator.analysis.scoring.pairs import compare_all, log_ratios
from orchestrator.analysis.scoring.ranking import ranking
from orchestrator.analysis.scoring.timing import Times
from orchestrator.runs.schema import Estimate, NoiseCertificate, PairVerdict
from orchestrator.runs.schema.plan import FEWEST_BLOCKS

RUNNING = 3  # blocks in a row that have to decide a difference before it counts as decided
_NORMAL = NormalDist()
# In half widths: one for the interval, and .3 for what a measured ratio is off by. Four in
# five true differences of the size said to be decided are called (docs/records/simulation.md).
_REACH = 1.3
_MOST_BLOCKS = 1_000
_TAIL = 0.2  # a spread is measured between the quantiles .2 and .8: spikes lie beyond


def smallest(region: float, reach: float) -> float:
    """Return the smallest difference that is decided, as a share.

    `reach` is how far, in logs, the nearer limit of an interval lies below the true ratio.
    """
    return math.expm1(math.log1p(region) + reach)


def decidable(times: Times, region: float) -> float | None:
    """Return the smallest difference that these blocks decide between contenders next in rank.

    Of a single one, between it and another time; None where a pair has no interval. Give it the
    contenders that are still running: one that failed would never become surer.
    """
    halves = [_half(logs) for logs in neighbours(times)]
    known = [half for half in halves if half is not None]
    return smallest(region, _REACH * max(known)) if known and len(known) == len(halves) else None


def lasting(found: Sequence[float | None]) -> float | None:
    """Return what counts as decided, of what was decidable after each of the last blocks.

    The largest of the last three: an interval is narrow once by luck, and a run that ended there
    would miss the true ratio too often. None where the last block decides nothing.
    """
    last = [difference for difference in found[-RUNNING:] if difference is not None]
    return max(last) if found and found[-1] is not None else None


def neighbours(times: Times) -> Iterator[Sequence[float]]:
    """Yield the log ratios of each pair next in rank; of a single contender its own logs."""
    ranked = [times[name] for name in ranking(times)]
    if len(ranked) == 1:
        yield [math.log(seconds) for seconds in ranked[0].values()]
    for first, second in pairwise(ranked):
        yield log_ratios(first, second)


def spread(logs: Sequence[float]) -> float:
    """Return the standard deviation of log ratios, as if normal, by what lies between the tails.

    Source: numpy.quantile's "normal_unbiased" (Hyndman and Fan, 1996, type 9). A spike in one block
    of five leaves it alone, as it leaves the median's interval alone.
    """
    low, high = np.quantile(logs, (_TAIL, 1 - _TAIL), method="normal_unbiased")
    return float(high - low) / (2 * _NORMAL.inv_cdf(1 - _TAIL))


def expected(region: float, deviation: float, blocks: int) -> float:
    """Return the smallest difference that so many blocks should decide: at least six of them."""
    return smallest(region, _REACH * deviation * _half_scores(blocks))


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
    return None if share is None else math.log1p(share) / _half_scores(ratio.n)


class Needed(NamedTuple):
    """What would most likely decide a pair that is undecided: a run of the two."""

    difference: float  # that it has to decide
    blocks: int


def to_decide(pair: PairVerdict, region: float) -> Needed | None:
    """Return what decides an undecided pair, if it is as far apart as it was measured to be.

    None where it is decided, has no interval, or is so near the edge of the region that a thousand
    blocks would not do.
    """
    deviation = deviation_of(pair.ratio) if pair.ratio else None
    if pair.ratio is None or pair.outcome != "undecided" or deviation is None:
        return None
    margin = abs(abs(math.log(pair.ratio.median)) - math.log1p(region))
    difference = math.floor(1000 * smallest(region, margin)) / 1000  # as it is written
    blocks = blocks_for(difference, region, deviation, FEWEST_BLOCKS, _MOST_BLOCKS)
    return None if blocks is None else Needed(difference, blocks)


def noise(times: Times, region: float) -> NoiseCertificate | None:
    """Return the smallest difference resolvable now, from one contender against itself.

    Between equals, what an interval reaches is seen: its farther limit.
    """
    pairs = compare_all(times, region=region)
    if not pairs:
        return None
    limits = [x for p in pairs if p.ratio for x in (p.ratio.low, p.ratio.high) if x is not None]
    widest = max((abs(math.log(limit)) for limit in limits), default=None)
    return NoiseCertificate(
        resolves=None if widest is None else smallest(region, widest),
        pairs=len(pairs),
        false_verdicts=sum(p.outcome in ("faster", "slower") for p in pairs),
    )


def _half(logs: Sequence[float]) -> float | None:
    interval = median_interval(logs) if logs else None
    if interval is None or interval.low is None or interval.high is None:
        return None
    return (interval.high - interval.low) / 2


@cache
def _half_scores(blocks: int) -> float:
    """Return half the width of a median's interval of so many values, in standard deviations.

    Source: the expected normal order statistics at the interval's ranks (Blom, "Statistical
    Estimates and Transformed Beta-Variables", 1958).
    """
    low, high = (
        _NORMAL.inv_cdf((rank + 1 - 3 / 8) / (blocks + 1 / 4))
        for rank in ranks(blocks, 0.5, CONFIDENCE)
        if rank is not None
    )
    return (high - low) / 2
