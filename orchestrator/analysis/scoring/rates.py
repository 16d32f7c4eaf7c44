"""Intervals of error rates over a corpus: by drawing whole speakers or recordings anew.

Words of one recording are wrong together, so that each counted for itself would make every interval
too narrow. What did not happen in the corpus is in no interval: a backend that loops in one clip of
a hundred looks sound in most samples of twenty.
"""

import math
from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from orchestrator.analysis.scoring.intervals import CONFIDENCE
from orchestrator.runs.schema import Rate

Numbers = NDArray[np.float64]

FEWEST_CLUSTERS = 10
"""Of 10, a 95 % interval has the truth 90 times in 100; of 5, 75 to 87 times (by simulation)."""
_MOST_CLUSTERS = 1_000
_RESAMPLES = 4_999
_BATCH = 100  # resamples in memory at a time: fastest, and 1 MB
_ALIKE = 1e-12  # clusters whose rates differ by less have one rate


def rate(errors: Numbers, words: Numbers) -> Numbers:
    """Return errors a word, given both as sums; 0 where a draw has no words and no errors."""
    return errors / np.maximum(words, 1)


def gap(errors: Numbers, words: Numbers, its_errors: Numbers, its_words: Numbers) -> Numbers:
    """Return by how much the second rate is above the first."""
    return rate(its_errors, its_words) - rate(errors, words)


def share(
    clusters: NDArray[np.uint64],
    some: NDArray[np.int64],
    every: NDArray[np.int64],
    most: float = math.inf,
) -> Rate:
    """Return `some` of `every` with its interval, between 0 and what it can be at most."""
    found = estimate(rate, clusters, some, every)
    if found.low is None or found.high is None:
        return found
    return found.model_copy(update={"low": max(0.0, found.low), "high": min(most, found.high)})


def estimate(
    of: Callable[..., Numbers],
    clusters: NDArray[np.uint64],
    *columns: NDArray[np.int64],
    method: Literal["BCa", "percentile"] = "BCa",
    confidence: float = CONFIDENCE,
) -> Rate:
    """Return `of` the columns' sums, with its interval over clusters, the same each time.

    `clusters` says for each clip which speaker or recording it is of; columns are as `of` takes
    them (`rate`: errors and words), clip by clip; every second one is what there is to be wrong. A
    rate is skewed, as most clips have few errors and a few have many, and calls for "BCa". A
    difference is not: there "percentile" calls fewer equals different, 5 in 100 instead of 8 (by
    simulation). Source: scipy.stats.bootstrap (Efron, "Better bootstrap confidence intervals",
    1987), widened for few clusters.
    """
    _, which = np.unique(clusters, return_inverse=True)
    sums = [np.bincount(which, weights=column).astype(np.float64) for column in columns]
    value = float(of(*(column.sum() for column in sums)))
    count = min(int(np.count_nonzero(words)) for words in sums[1::2])
    if count < FEWEST_CLUSTERS:
        return Rate(value=value, low=None, high=None, clusters=count)
    without_one = of(*(column.sum() - column for column in sums))
    if np.ptp(without_one) < _ALIKE:
        margin = max(map(_unseen, sums[1::2]))
        return Rate(value=value, low=value - margin, high=value + margin, clusters=count)
    from scipy import stats  # noqa: PLC0415 - a second, when needed

    def statistic(*drawn: Numbers, axis: int) -> Numbers:
        return of(*(column.sum(axis=axis) for column in drawn))

    found = stats.bootstrap(
        [_grouped(column) for column in sums],
        statistic,
        paired=True,
        vectorized=True,
        n_resamples=_RESAMPLES,
        batch=_BATCH,
        confidence_level=_widened(count, confidence),
        method=method,
        rng=0,
    )
    low, high = (float(limit) for limit in found.confidence_interval)
    return Rate(value=value, low=low, high=high, clusters=count)


def _grouped(column: Numbers) -> Numbers:
    """Put clusters together by chance, where there are over 1,000, into as many.

    Random groups have the same variance (Wolter, "Introduction to Variance Estimation", 2), and
    BCa, which leaves out each in turn, stays quick. Clusters are sorted by a hash of their names,
    so that neighbours are as good as random.
    """
    if len(column) <= _MOST_CLUSTERS:
        return column
    begins = np.arange(_MOST_CLUSTERS) * len(column) // _MOST_CLUSTERS
    return np.add.reduceat(column, begins)


def _unseen(words: Numbers) -> float:
    """Return what clusters that all have one rate leave possible: no draw of them would differ.

    Of n that are alike, at most a share 1 - .05^(1/n) of all others are not (Hanley and
    Lippman-Hand, "If nothing goes wrong, is everything all right?", 1983: the rule of three), each
    wholly wrong at worst. Words would give a far smaller limit, if their errors were independent.
    n is Kish's effective number, as long recordings weigh more.
    """
    effective = float(words.sum() ** 2 / (words**2).sum())
    return float(1 - (1 - CONFIDENCE) ** (1 / effective))


def _widened(clusters: int, confidence: float) -> float:
    """Return the level at which few clusters cover as much as is asked.

    Source: Hesterberg, "What Teachers Should Know About the Bootstrap" (2015), expanded intervals.
    """
    from scipy import stats  # noqa: PLC0415 - a second, when needed

    t = stats.t.ppf((1 + confidence) / 2, clusters - 1)
    return float(1 - 2 * stats.norm.cdf(-t * (clusters / (clusters - 1)) ** 0.5))
