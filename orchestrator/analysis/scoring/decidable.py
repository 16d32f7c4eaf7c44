"""The smallest difference that the blocks of a run decide: by widths alone, never by verdicts."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import NormalDist

import numpy as np

from orchestrator.analysis.scoring.intervals import median_interval
from orchestrator.analysis.scoring.pairs import compare_all, log_ratios
from orchestrator.analysis.scoring.precision import decided_by, smallest
from orchestrator.analysis.scoring.ranking import ranking
from orchestrator.analysis.scoring.timing import Times
from orchestrator.runs.schema import NoiseCertificate

RUNNING = 3  # blocks in a row that have to decide a difference before it counts as decided
_TAIL = 0.2  # a spread is measured between the quantiles .2 and .8: spikes lie beyond


def decidable(times: Times, region: float) -> float | None:
    """Return the smallest difference that these blocks decide between contenders next in rank.

    Of a single one, between it and another time; None where a pair has no interval. Give it the
    contenders that are still running: one that failed would never become surer.
    """
    halves = [_half(logs) for logs in neighbours(times)]
    known = [half for half in halves if half is not None]
    return decided_by(max(known), region) if known and len(known) == len(halves) else None


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
    return float(high - low) / (2 * NormalDist().inv_cdf(1 - _TAIL))


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
