"""Two backends over the same clips: how many errors in 100 words one makes fewer, and how sure.

What is hard to hear is so for both: the difference is surer than either rate.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from math import ceil, log10
from typing import Literal

import numpy as np

from orchestrator.analysis.scoring import rates
from orchestrator.analysis.scoring.accuracy import Accuracy
from orchestrator.analysis.scoring.intervals import CONFIDENCE
from orchestrator.analysis.scoring.rates import FEWEST_CLUSTERS

Outcome = Literal["fewer", "more", "undecided"]
_MOST_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class Difference:
    """How many errors in 100 words `first` makes fewer than `second`: below 0, it makes more.

    Without limits, under 10 clusters, `outcome` is None.
    """

    first: str
    second: str
    fewer: float
    low: float | None
    high: float | None
    clips: int  # that both have
    clusters: int

    @property
    def outcome(self) -> Outcome | None:
        """Whether `first` makes fewer errors, or more: the interval must be wholly on one side."""
        if self.low is None or self.high is None:
            return None
        if self.low > 0:
            return "fewer"
        return "more" if self.high < 0 else "undecided"

    @property
    def sentence(self) -> str:
        """The finding as one reads it: with its limits, or why there are none."""
        direction = "fewer" if self.fewer >= 0 else "more"
        shown = f"{self._shown(self.fewer)} {direction} errors in 100 words than {self.second}"
        claim = f"{self.first} makes {shown}"
        if self.low is None or self.high is None:
            needed = f"it takes {FEWEST_CLUSTERS} speakers, recordings or clips"
            return f"{claim}; too few for a verdict: {self.clusters}, and {needed}"
        if self.outcome == "undecided":
            more, fewer = self._shown(self.low), self._shown(self.high)
            return f"{claim}: undecided ({more} more to {fewer} fewer)"
        nearest, farthest = sorted((self.low, self.high), key=abs)
        return f"{claim} ({self._shown(nearest)} to {self._shown(farthest)})"

    def _shown(self, value: float) -> str:
        """Write a size with as many decimals as the interval's width gives sense to."""
        width = (self.high or 0) - (self.low or 0)
        decimals = ceil(-log10(width)) if width else 1
        return f"{abs(value):.{min(max(decimals, 1), _MOST_DECIMALS)}f}"


def compare(
    backends: Mapping[str, Accuracy], first: str, second: str, confidence: float = CONFIDENCE
) -> Difference | None:
    """Compare two over the clips both have; None where these have no words.

    Both are drawn anew together, by speaker or recording (`rates.estimate`). Source: Bisani and
    Ney, "Bootstrap estimates for confidence intervals in ASR performance evaluation" (2004).
    """
    one, other = backends[first], backends[second]
    common, here, there = np.intersect1d(one.clips, other.clips, return_indices=True)
    columns = (one.errors[here], one.words[here], other.errors[there], other.words[there])
    if not columns[1].sum():
        return None
    clusters = one.clusters[here]
    found = rates.estimate(
        rates.gap, clusters, *columns, method="percentile", confidence=confidence
    )
    low, high = (None if limit is None else 100 * limit for limit in (found.low, found.high))
    return Difference(first, second, 100 * found.value, low, high, len(common), found.clusters)


def compare_all(
    backends: Mapping[str, Accuracy], confidence: float = CONFIDENCE
) -> tuple[Difference, ...]:
    """Compare every pair, each by itself, in the order in which `backends` has them."""
    found = (compare(backends, *pair, confidence) for pair in combinations(backends, 2))
    return tuple(difference for difference in found if difference)
