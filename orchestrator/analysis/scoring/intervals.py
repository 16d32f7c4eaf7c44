"""Exact intervals of medians and quantiles for any distribution: scipy's ranks, our values."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from statistics import median

import numpy as np

from orchestrator.runs.schema import Estimate

CONFIDENCE = 0.95
_MEDIAN = 0.5
_FEWEST_FOR_A_QUANTILE = 10  # with fewer, a p90 is little else than the largest


@dataclass(frozen=True, slots=True)
class Quantile:
    """The `p`-quantile of `n` values; each limit is None where so few values cannot give it."""

    p: float
    value: float
    low: float | None
    high: float | None
    n: int


def median_interval(values: Sequence[float], confidence: float = CONFIDENCE) -> Estimate:
    """Return the median with its exact interval; limits are None under 6 values at 95 %.

    Source: scipy.stats.quantile_test (Conover, "Practical Nonparametric Statistics", 3.2).
    Raises ValueError where there are no values.
    """
    ordered = sorted(values)
    low, high = ranks(len(ordered), 0.5, confidence)
    return Estimate(
        median=median(ordered), low=_at(ordered, low), high=_at(ordered, high), n=len(ordered)
    )


def quantile(values: Sequence[float], p: float = 0.9) -> Quantile | None:
    """Return a quantile over clips, None under 10 of them; p90's upper limit needs 36.

    Source: scipy.stats.quantile_test for the limits; for the value numpy.quantile's
    "median_unbiased" (Hyndman and Fan, "Sample Quantiles in Statistical Packages", 1996, type 8).
    """
    if len(values) < _FEWEST_FOR_A_QUANTILE:
        return None
    ordered = sorted(values)
    low, high = ranks(len(ordered), p, CONFIDENCE)
    value = float(np.quantile(ordered, p, method="median_unbiased"))
    return Quantile(p, value, _at(ordered, low), _at(ordered, high), len(ordered))


@cache
def blocks_for(confidence: float) -> int:
    """Return how many values an interval of a median takes at least: 6 at 95 %.

    Source: scipy.stats.quantile_test; with fewer, even the whole range is not so sure.
    """
    return next(n for n in count(1) if _sureness(n) >= confidence)


@cache
def ranks(n: int, p: float, confidence: float) -> tuple[int | None, int | None]:
    """Return which of `n` sorted values, counted from 0, are the limits; None where none is.

    Source: scipy.stats.quantile_test, asked about 0, 1 ... n - 1: its limits are order statistics,
    so their ranks depend on nothing but `n`, and it needs asking only once. Too few values for any
    interval of a median are recognised without it: importing it takes a second, which a run of
    three blocks need not pay.
    """
    if p == _MEDIAN and _sureness(n) < confidence:
        return None, None
    from scipy import stats  # noqa: PLC0415 - as said above

    limits = stats.quantile_test(np.arange(n), p=p).confidence_interval(confidence)
    low, high = (None if math.isnan(limit) else int(limit) for limit in limits)
    return low, high


def _sureness(n: int) -> float:
    """Return how likely a median lies within the whole range of `n` values."""
    return 1 - 2.0 ** (1 - n)


def _at(ordered: Sequence[float], rank: int | None) -> float | None:
    return None if rank is None else ordered[rank]
