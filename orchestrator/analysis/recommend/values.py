"""A cost with its interval: seconds, a share of words, bytes, joules; the less the better."""

from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.analysis.scoring.intervals import median_interval
from orchestrator.runs.schema import Estimate, Rate


@dataclass(frozen=True, slots=True)
class Value:
    """A cost; its 95 % limits are None where there is too little for an interval.

    What is a maximum or has no stored interval (memory, the first text) has itself as limits.
    """

    middle: float
    low: float | None
    high: float | None


def exact(value: float | None) -> Value | None:
    """Return a cost that is taken as it is."""
    return None if value is None else Value(value, value, value)


def estimated(value: Estimate | None, scale: float) -> Value | None:
    """Return an estimate over blocks, times a positive number."""
    if value is None:
        return None
    low, high = (None if x is None else x * scale for x in (value.low, value.high))
    return Value(value.median * scale, low, high)


def over_blocks(values: Sequence[float]) -> Value:
    """Return the median over blocks with its interval."""
    found = median_interval(values)
    return Value(found.median, found.low, found.high)


def rate(value: Rate) -> Value:
    """Return a share with its interval over recordings."""
    return Value(value.value, value.low, value.high)
