"""Exact intervals of medians for any distribution: scipy's ranks, our values."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from statistics import median

import numpy as np

from orchestrator.runs.schema import Estimate

CONFIDENCE = 0.95
_FEWEST_FOR_A_P90 = 10  # with fewer it is little else than the largest


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its 95 % limits, which are None where there is too little for an interval."""

    value: float
    low: float | None
    high: float | None


def median_interval(values: Sequence[float], confidence: float = CONFIDENCE) -> Estimate:
    """Return the median with its exact interval; limits are None under 6 values at 95 %.

    Source: scipy.stats.quantile_test (Conover, "Practical Nonparametric Statistics", 3.2).
    Raises ValueError where there are no values.
    """
    ordered, n = sorted(values), len(values)
    low, high = (None if rank is None else ordered[rank] for rank in ranks(n, confidence))
    return Estimate(median=median(ordered), low=low, high=high, n=n)


def p90(values: Sequence[float]) -> float | None:
    """Return the 90th percentile over clips; None under 10 of them.

    Source: numpy.quantile's "median_unbiased" (Hyndman and Fan, "Sample Quantiles in Statistical
    Packages", 1996, type 8).
    """
    if len(values) < _FEWEST_FOR_A_P90:
        return None
    return float(np.quantile(values, 0.9, method="median_unbiased"))


@cache
def blocks_for(confidence: float) -> int:
    """Return how many values an interval of a median takes at least: 6 at 95 %.

    Source: scipy.stats.quantile_test; with fewer, even the whole range is not so sure.
    """
    return next(n for n in count(1) if _sureness(n) >= confidence)


@cache
def ranks(n: int, confidence: float) -> tuple[int | None, int | None]:
    """Return which of `n` sorted values, counted from 0, limit the median; None where none does.

    Source: scipy.stats.quantile_test, asked about 0, 1 ... n - 1: its limits are order statistics,
    so their ranks depend on nothing but `n`, and it needs asking only once. Too few values for any
    interval are recognised without it: importing it takes a second, which a run of three blocks
    need not pay.
    """
    if _sureness(n) < confidence:
        return None, None
    from scipy import stats  # noqa: PLC0415 - as said above

    limits = stats.quantile_test(np.arange(n), p=0.5).confidence_interval(confidence)
    low, high = (None if math.isnan(limit) else int(limit) for limit in limits)
    return low, high


def _sureness(n: int) -> float:
    """Return how likely a median lies within the whole range of `n` values."""
    return 1 - 2.0 ** (1 - n)
