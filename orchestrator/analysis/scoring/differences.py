"""Two backends over the same clips: how many errors in 100 words one makes fewer, and how sure.

What is hard to hear is so for both: the difference is surer than either rate.
"""

from collections.abc import Mapping
from itertools import combinations
from math import ceil, log10
from typing import Literal

import numpy as np

from orchestrator.analysis.scoring import rates
from orchestrator.analysis.scoring.accuracy import Errors
from orchestrator.analysis.scoring.rates import FEWEST_CLUSTERS
from orchestrator.runs.schema import ErrorDifference, Rate

Outcome = Literal["fewer", "more", "undecided"]
_ENOUGH = f"{FEWEST_CLUSTERS} speakers, recordings or clips"
_MOST_DECIMALS = 3


def compare(backends: Mapping[str, Errors], first: str, second: str) -> ErrorDifference | None:
    """Compare two over the clips both have; None where these have no words.

    Both are drawn anew together, by speaker or recording (`rates.estimate`). Source: Bisani and
    Ney, "Bootstrap estimates for confidence intervals in ASR performance evaluation" (2004).
    """
    one, other = backends[first], backends[second]
    common, here, there = np.intersect1d(one.clips, other.clips, return_indices=True)
    columns = (one.errors[here], one.words[here], other.errors[there], other.words[there])
    if not columns[1].sum():
        return None
    gap = rates.estimate(rates.gap, one.clusters[here], *columns, method="percentile")
    return judged(first, second, gap, len(common))


def compare_all(backends: Mapping[str, Errors]) -> tuple[ErrorDifference, ...]:
    """Compare every pair, each by itself, in the order in which `backends` has them."""
    found = (compare(backends, *pair) for pair in combinations(backends, 2))
    return tuple(difference for difference in found if difference)


def judged(first: str, second: str, gap: Rate, clips: int) -> ErrorDifference:
    """Return what it means that `first` makes so many errors a word fewer than `second`."""
    fewer = 100 * gap.value
    low, high = (None if limit is None else 100 * limit for limit in (gap.low, gap.high))
    if low is None or high is None:
        outcome, doubt = None, f"; too few for a verdict: {gap.clusters}, and it takes {_ENOUGH}"
    else:
        outcome, doubt = _outcome(low, high), _limits(low, high)
    size, direction = _shown(fewer, low, high), "fewer" if fewer >= 0 else "more"
    return ErrorDifference(
        first=first,
        second=second,
        fewer=fewer,
        low=low,
        high=high,
        clips=clips,
        clusters=gap.clusters,
        outcome=outcome,
        sentence=f"{first} makes {size} {direction} errors in 100 words than {second}{doubt}",
    )


def _outcome(low: float, high: float) -> Outcome:
    """Place the interval: to decide anything it must be wholly on one side of 0."""
    if low > 0:
        return "fewer"
    return "more" if high < 0 else "undecided"


def _limits(low: float, high: float) -> str:
    if _outcome(low, high) == "undecided":
        return f": undecided ({_shown(low, low, high)} more to {_shown(high, low, high)} fewer)"
    nearest, farthest = (_shown(limit, low, high) for limit in sorted((low, high), key=abs))
    return f" ({nearest} to {farthest})"


def _shown(value: float, low: float | None, high: float | None) -> str:
    """Write a size with as many decimals as the interval's width gives sense to."""
    width = (high or 0) - (low or 0)
    decimals = ceil(-log10(width)) if width else 1
    return f"{abs(value):.{min(max(decimals, 1), _MOST_DECIMALS)}f}"
