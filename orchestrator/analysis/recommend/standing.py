"""Scores and totals: logarithms of costs against the least one, weighted by what is known.

And whether the first is shown to be before the second, everything uncertain taken against it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orchestrator.analysis.recommend.criteria import Criterion
from orchestrator.analysis.scoring.intervals import Interval
from orchestrator.runs.schema import ContenderSummary, Summary

Weights = Mapping[str, float]


@dataclass(frozen=True)
class Standing:
    """One candidate: by criterion its cost and the log of its score (0 the best, else below).

    A criterion that is not known of it is absent, and its weight is shared by the others as they
    stand to each other.
    """

    contender: str
    values: Mapping[str, Interval]
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


def standings(lines: Sequence[ContenderSummary], criteria: Sequence[Criterion]) -> list[Standing]:
    """Return the candidates, best total first; those of whom nothing that counts is known last.

    Each criterion has one reading by now.
    """
    values = {line.contender: _values(line, criteria) for line in lines}
    free = {each.name: each.free for each in criteria}
    logs = {
        contender: {name: math.log(cost.value + free[name]) for name, cost in own.items()}
        for contender, own in values.items()
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


def _values(line: ContenderSummary, criteria: Sequence[Criterion]) -> dict[str, Interval]:
    """Return what is known; a fitted time that is not above zero says nothing."""
    found = ((each, each.readings[0].cost(line)) for each in criteria)
    return {each.name: cost for each, cost in found if cost and cost.value + each.free > 0}


def doubts(
    ranked: Sequence[Standing], criteria: Sequence[Criterion], summary: Summary
) -> list[str]:
    """Say why the choice between the first two is not decided; nothing where it is.

    Each criterion at that limit of its 95 % interval which speaks for the second: paired, where the
    run compared the two clip by clip or block by block. What is not known of the second is taken
    for as good as the best, of the first for as bad as the worst.
    """
    first, second = ranked[:2]
    found: list[str] = []
    unknown: list[str] = []
    least = 0.0
    for each in criteria:
        if not each.weight:
            continue
        if each.name in first.logs and each.name in second.logs:
            margin = _margin(each, first, second, summary)
            if margin is None:
                found.append(f"{each.name} has no interval: too few {_counted(each)}")
                continue
        else:
            margin = _unknown(each.name, ranked)
            lacking = [own.contender for own in (first, second) if each.name not in own.logs]
            if len(lacking) == 1:
                unknown.append(f"{each.name} is not known of {lacking[0]}, and could reverse it")
        least += each.weight * margin
    if not found and least <= 0:
        return unknown or ["their intervals leave it open"]
    return found


def _counted(criterion: Criterion) -> str:
    return "clips" if criterion.readings[0].paired == "errors" else "blocks (--blocks 6)"


def _unknown(name: str, ranked: Sequence[Standing]) -> float:
    """Return by how much the first would lead at worst where one of the two is not known."""
    first, second = ranked[0].logs.get(name), ranked[1].logs.get(name)
    if first is None and second is None:
        return 0.0
    worst = min(each.logs[name] for each in ranked if name in each.logs)
    return (worst if first is None else first) - (0.0 if second is None else second)


def _margin(
    criterion: Criterion, first: Standing, second: Standing, summary: Summary
) -> float | None:
    """Return the lower limit of log(second's cost / first's); None where there is none."""
    one, two = first.values[criterion.name], second.values[criterion.name]
    paired = criterion.readings[0].paired
    if paired == "speed" and (limit := _faster(first.contender, second.contender, summary)):
        return math.log(limit)
    if paired == "errors":
        fewer = _fewer(first.contender, second.contender, summary)
        low = two.low if fewer is None else one.value + fewer
        high = one.high if fewer is None else one.value
    else:
        low, high = two.low, one.high
    if low is None or high is None:
        return None
    log = math.log(low + criterion.free) if low + criterion.free > 0 else -math.inf
    return log - math.log(high + criterion.free)


def _faster(first: str, second: str, summary: Summary) -> float | None:
    """Return how many times as fast as the second the first is at least, block against block."""
    for pair in summary.pairs:
        if pair.ratio and (pair.first, pair.second) == (first, second):
            return pair.ratio.low
        if pair.ratio and (pair.second, pair.first) == (first, second):
            return pair.ratio.high and 1 / pair.ratio.high
    return None


def _fewer(first: str, second: str, summary: Summary) -> float | None:
    """Return how many fewer errors a word the first makes at least, clip against clip."""
    for found in summary.differences:
        if (found.first, found.second) == (first, second) and found.low is not None:
            return found.low / 100
        if (found.second, found.first) == (first, second) and found.high is not None:
            return -found.high / 100
    return None
