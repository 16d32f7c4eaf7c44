"""Names beside the points of a chart, none over another."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from orchestrator.reports.html.drawing import CHARACTER, LINE

_CLIMB = 5  # names above each other at one point; further up nobody sees whose they are
_ASIDE, _ABOVE = 9.0, -9.0  # pixels from a point to its name
_Box: TypeAlias = tuple[float, float, float]  # of a name: left, right, middle of the line


@dataclass(frozen=True, slots=True)
class Label:
    """A name, on which side of its point it ends or begins, and how far from it."""

    name: str
    align: Literal["left", "right"]
    dx: float
    dy: float


def labels(points: Iterable[tuple[str, float, float]], width: float) -> Iterator[Label]:
    """Place the name of each point (name, x, y), towards the middle and as low as there is room.

    Of many points some names have none, the rightmost first.
    """
    taken: list[_Box] = []
    for name, x, y in sorted(points, key=lambda point: point[1]):
        left = x > width / 2
        begin = x - _ASIDE - CHARACTER * len(name) if left else x + _ASIDE
        end = begin + CHARACTER * len(name)
        free = (
            dy
            for dy in (_ABOVE - LINE * step for step in range(_CLIMB))
            if y + dy >= 0 and not any(_covers(box, (begin, end, y + dy)) for box in taken)
        )
        dy = next(free, None)
        if dy is not None and begin >= 0 and end <= width:
            taken.append((begin, end, y + dy))
            yield Label(name, "right" if left else "left", -_ASIDE if left else _ASIDE, dy)


def _covers(one: _Box, other: _Box) -> bool:
    return one[0] < other[1] and other[0] < one[1] and abs(one[2] - other[2]) < LINE
