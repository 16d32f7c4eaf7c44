"""What each choice buys: contenders of one backend that differ in one factor, side by side."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from orchestrator.runs.schema import (
    ContenderSummary,
    ErrorDifference,
    PairVerdict,
    Scalar,
    Summary,
    TermDifference,
)


@dataclass(frozen=True)
class Bought:
    """One factor at another value, everything else the same: `chosen` for `instead` of it.

    `chosen` is the contender that took less time.
    """

    factor: str
    chosen: ContenderSummary
    instead: ContenderSummary
    speed: PairVerdict | None
    errors: ErrorDifference | None  # how many fewer errors `first` makes, whichever that is
    terms: TermDifference | None  # of a run with terms
    memory: float | None  # peak memory of `chosen`, as a share of that of `instead`

    @property
    def values(self) -> tuple[Scalar, Scalar]:
        """The factor's value, and the one instead."""
        return self.chosen.asked.get(self.factor), self.instead.asked.get(self.factor)


def bought(summary: Summary) -> list[Bought]:
    """Return every change of one factor that a run measured, by factor and backend."""
    speeds = {frozenset((pair.first, pair.second)): pair for pair in summary.pairs}
    errors = {frozenset((d.first, d.second)): d for d in summary.differences}
    terms = {frozenset((d.missed.first, d.missed.second)): d for d in summary.term_differences}
    found = []
    for factor, one, other in _pairs(summary):
        both = frozenset((one.contender, other.contender))
        memory = _share(one.peak_memory_bytes, other.peak_memory_bytes)
        differences = speeds.get(both), errors.get(both), terms.get(both)
        found.append(Bought(factor, one, other, *differences, memory))
    return sorted(found, key=lambda each: (each.factor, each.chosen.backend))


def _pairs(summary: Summary) -> Iterator[tuple[str, ContenderSummary, ContenderSummary]]:
    """Yield ranked pairs that differ in one factor; lines stand by their times, shortest first."""
    for one, other in combinations(summary.ranked, 2):
        if one.backend != other.backend:
            continue
        factors = dict.fromkeys((*one.asked, *other.asked))
        differing = [f for f in factors if repr(one.asked.get(f)) != repr(other.asked.get(f))]
        if len(differing) == 1:
            yield differing[0], one, other


def _share(value: int | None, whole: int | None) -> float | None:
    return value / whole if value and whole else None
