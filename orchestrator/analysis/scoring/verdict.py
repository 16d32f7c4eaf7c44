"""Verdicts on pairs of backends: faster, slower, tie or undecided, by intervals alone.

A pair is judged on the blocks both finished: machine and moment are then the same for both. Ratios
within the region of practical equivalence (3 %) are a tie, whatever statistics could tell apart.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from orchestrator.analysis.scoring.intervals import (
    CONFIDENCE,
    Interval,
    blocks_for,
    median_interval,
    ranks,
)
from orchestrator.analysis.scoring.timing import Blocks, Times

Outcome = Literal["faster", "slower", "tie", "undecided"]
REGION = 0.03
_MOST_BLOCKS = 200  # a pair that would need more lies on the region's edge


@dataclass(frozen=True, slots=True)
class Pair:
    """How `first` does against `second`; `outcome` is None where `reason` says why."""

    first: str
    second: str
    ratio: Interval | None  # how many times as fast as `second` the `first` is
    outcome: Outcome | None
    reason: str | None


def speed_ratio(first: Blocks, second: Blocks, confidence: float = CONFIDENCE) -> Interval | None:
    """Return how many times as fast `first` is: the median over common blocks; None without any.

    Source: exp of the median of log ratios, limits by scipy.stats.quantile_test on these.
    """
    logs = log_ratios(first, second)
    return _exp(median_interval(logs, confidence)) if logs else None


def compare(
    times: Times,
    first: str,
    second: str,
    *,
    region: float = REGION,
    confidence: float = CONFIDENCE,
) -> Pair:
    """Judge one pair; swapping the two swaps faster and slower and inverts the ratio.

    Source: Kruschke, "Rejecting or accepting parameter values" (2018): an interval wholly outside
    the region decides, one wholly inside is a tie, any other leaves it open.
    """
    logs = log_ratios(times[first], times[second])
    if not logs:
        return Pair(first, second, None, None, "there is no block in which both were measured")
    interval = median_interval(logs, confidence)
    outcome = _outcome(interval.low, interval.high, region)
    reason = None if outcome else _too_few(len(logs), confidence)
    return Pair(first, second, _exp(interval), outcome, reason)


def compare_all(
    times: Times, *, region: float = REGION, confidence: float = CONFIDENCE
) -> tuple[Pair, ...]:
    """Judge every pair, each by itself, in the order in which `times` has the backends."""
    return tuple(
        compare(times, first, second, region=region, confidence=confidence)
        for first, second in combinations(times, 2)
    )


def blocks_needed(
    times: Times,
    first: str,
    second: str,
    *,
    region: float = REGION,
    confidence: float = CONFIDENCE,
) -> int | None:
    """Estimate how many more blocks would decide a pair; None: over 200, or nothing to go by.

    The ratios at hand stand for those to come: for each number of blocks the limits' ranks
    (quantile_test) are looked up as quantiles of what was measured (numpy.quantile, "weibull": a
    rank over n + 1), until the two decide. docs/records/simulation.md tells how often that is
    enough: the nearer the ratio to the region's edge, the more the estimate is a lower bound.
    """
    logs = log_ratios(times[first], times[second])
    if len(logs) < blocks_for(confidence):
        return None
    sizes = range(max(len(logs), 1), _MOST_BLOCKS + 1)
    both = np.array([ranks(n, 0.5, confidence) for n in sizes], dtype=float)
    shares = (both + 1) / (np.array(sizes)[:, np.newaxis] + 1)
    for n, (low, high) in zip(sizes, np.quantile(logs, shares, method="weibull"), strict=True):
        if _outcome(float(low), float(high), region) != "undecided":
            return n - len(logs)
    return None


def log_ratios(first: Blocks, second: Blocks) -> Sequence[float]:
    """Return log(second's seconds / first's) of every block both finished."""
    common = [block for block in first if block in second]
    # A difference of logs changes nothing but its sign when the two are swapped; a quotient might.
    return [math.log(second[block]) - math.log(first[block]) for block in common]


def _outcome(low: float | None, high: float | None, region: float) -> Outcome | None:
    """Place an interval of log ratios against the region, which is as wide on both sides."""
    if low is None or high is None:
        return None
    edge = math.log1p(region)
    if low > edge:
        return "faster"
    if high < -edge:
        return "slower"
    return "tie" if -edge <= low and high <= edge else "undecided"


def _too_few(blocks: int, confidence: float) -> str:
    needed = blocks_for(confidence)
    return f"too few blocks for a verdict: {blocks}, and it takes {needed} (--blocks {needed})"


def _exp(logs: Interval) -> Interval:
    low, high = (None if limit is None else math.exp(limit) for limit in (logs.low, logs.high))
    return Interval(math.exp(logs.median), low, high, logs.n)
