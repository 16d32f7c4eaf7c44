"""What would change the order: a weight at which another comes first, or a measured change."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import Polynomial

from orchestrator.analysis.recommend.criteria import Criterion
from orchestrator.analysis.recommend.standing import Standing, Weights

_ROUNDING = 1e-9


@dataclass(frozen=True)
class WeightFlip:
    """Beyond `weight`, the other weights in proportion, another contender comes first."""

    criterion: str
    now: float
    weight: float
    first: str


@dataclass(frozen=True)
class ChangeFlip:
    """The cost at which the second would draw level with the first, all else as it is."""

    criterion: str
    now: float
    needed: float


def by_weight(ranked: Sequence[Standing], weights: Weights) -> list[WeightFlip]:
    """Return for each criterion the nearest weight below and above at which another is first."""
    found = []
    leader, *others = ranked
    for name in (name for name, weight in weights.items() if weight < 1):
        crossings = [
            WeightFlip(name, weights[name], weight, other.contender)
            for other in others
            for weight in _crossings(leader, other, name, weights)
        ]
        below = [flip for flip in crossings if flip.weight < weights[name]]
        above = [flip for flip in crossings if flip.weight > weights[name]]
        found += [max(below, key=lambda f: f.weight)] if below else []
        found += [min(above, key=lambda f: f.weight)] if above else []
    return found


def _crossings(one: Standing, two: Standing, name: str, weights: Weights) -> Iterator[float]:
    """Yield the weights of a criterion at which two totals are equal.

    With t the weight over the factor by which the others shrink, a log total is the quotient of two
    lines in t; two of them meet at the roots of a polynomial of degree two or less.
    """
    (top1, bottom1), (top2, bottom2) = _lines(one, name, weights), _lines(two, name, weights)
    rest = 1 - weights[name]
    for root in (top1 * bottom2 - top2 * bottom1).trim(_ROUNDING * _ROUNDING).roots():
        t = float(np.real(root))
        if abs(np.imag(root)) < _ROUNDING and 0 < t < math.inf and t / (t + rest) < 1 - _ROUNDING:
            yield t / (t + rest)


def _lines(own: Standing, name: str, weights: Weights) -> tuple[Polynomial, Polynomial]:
    others = {other: log for other, log in own.logs.items() if other != name}
    slope = (own.logs[name], 1.0) if name in own.logs else (0.0, 0.0)
    top = sum(weights[other] * log for other, log in others.items())
    bottom = sum(weights[other] for other in others)
    return Polynomial([top, slope[0]]), Polynomial([bottom, slope[1]])


def by_change(
    first: Standing, second: Standing, criteria: Sequence[Criterion]
) -> Iterator[ChangeFlip]:
    """Yield for each criterion the cost that would bring the second level; none where none would.

    Up to the best, what a contender gains counts for itself; beyond, everyone else's score falls.
    """
    weights = {each.name: each.weight for each in criteria}
    gap = first.log_total(weights) - second.log_total(weights)
    known1, known2 = (sum(weights[name] for name in each.logs) for each in (first, second))
    for each in criteria:
        name, weight = each.name, each.weight
        if name not in second.logs or not weight:
            continue
        gain, room = gap * known2 / weight, -second.logs[name]
        if gain > room:
            if name not in first.logs:
                continue
            gain = room + (gap - room * weight / known2) * known1 / weight
        now = second.values[name].value
        needed = (now + each.free) * math.exp(-gain) - each.free
        if needed >= 0:
            yield ChangeFlip(name, now, needed)
