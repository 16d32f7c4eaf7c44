"""Scores and totals: logarithms of costs against the least one, weighted by what is known."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orchestrator.analysis.recommend.criteria import Criterion
from orchestrator.analysis.recommend.values import Value
from orchestrator.runs.schema import BackendSummary

Weights = Mapping[str, float]


@dataclass(frozen=True)
class Standing:
    """One candidate: by criterion its cost and the log of its score (0 the best, else below).

    A criterion that is not known of it is absent, and its weight is shared by the others as they
    stand to each other.
    """

    backend: str
    values: Mapping[str, Value]
    logs: Mapping[str, float]

    def score(self, name: str) -> float | None:
        """Return the score in a criterion: 1 is the best; None where it is not known."""
        return math.exp(self.logs[name]) if name in self.logs else None

    def log_total(self, weights: Weights) -> float:
        """Return the log of the total: 0 would be the best in everything."""
        known = sum(weights[name] for name in self.logs)
        return sum(weights[name] * log for name, log in self.logs.items()) / known

    def total(self, weights: Weights) -> float:
        """Return the weighted geometric mean of the scores known: 1 is the best in everything."""
        return math.exp(self.log_total(weights))


def standings(lines: Sequence[BackendSummary], criteria: Sequence[Criterion]) -> list[Standing]:
    """Return the candidates, best total first; those of whom nothing that counts is known last.

    Each criterion has one reading by now.
    """
    values = {line.backend: _values(line, criteria) for line in lines}
    free = {each.name: each.free for each in criteria}
    logs = {
        backend: {name: math.log(value.middle + free[name]) for name, value in own.items()}
        for backend, own in values.items()
    }
    least = {
        name: min((own[name] for own in logs.values() if name in own), default=0.0) for name in free
    }
    found = [
        Standing(name, own, {k: least[k] - log for k, log in logs[name].items()})
        for name, own in values.items()
    ]
    weights = {each.name: each.weight for each in criteria}
    found.sort(key=lambda s: -s.log_total(weights) if knows(s, weights) else math.inf)
    return found


def knows(standing: Standing, weights: Weights) -> bool:
    """Tell whether anything that counts is known of a candidate."""
    return any(weights[name] > 0 for name in standing.logs)


def _values(line: BackendSummary, criteria: Sequence[Criterion]) -> dict[str, Value]:
    """Return what is known; a fitted time that is not above zero says nothing."""
    found = {each.name: each.readings[0].cost(line) for each in criteria}
    free = {each.name: each.free for each in criteria}
    return {name: v for name, v in found.items() if v is not None and v.middle + free[name] > 0}
