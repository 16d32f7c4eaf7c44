"""Whether the first is shown to be before the second, everything uncertain taken against it."""

import math
from collections.abc import Sequence

from orchestrator.analysis.recommend.criteria import Criterion
from orchestrator.analysis.recommend.standing import Standing
from orchestrator.runs.schema import Summary


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
            lacking = [own.backend for own in (first, second) if each.name not in own.logs]
            if len(lacking) == 1:
                unknown.append(f"{each.name} is not known of {lacking[0]}, and could turn it")
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
    if paired == "speed" and (limit := _faster(first.backend, second.backend, summary)):
        return math.log(limit)
    if paired == "errors":
        fewer = _fewer(first.backend, second.backend, summary)
        low = two.low if fewer is None else one.middle + fewer
        high = one.high if fewer is None else one.middle
    else:
        low, high = two.low, one.high
    if low is None or high is None:
        return None
    log = math.log(low + criterion.free) if low + criterion.free > 0 else -math.inf
    return log - math.log(high + criterion.free)


def _faster(first: str, second: str, summary: Summary) -> float | None:
    """Return how many times as fast as the second the first is at least, block against block."""
    for pair in summary.verdict.pairs if summary.verdict else ():
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
