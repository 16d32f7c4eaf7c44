"""Small multiples: the time of every contender of a backend by all factors that vary."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from orchestrator import units
from orchestrator.reports.html.drawing import (
    Canvas,
    Drawing,
    Mark,
    Scale,
    bar,
    drawable,
    name,
    text,
)
from orchestrator.runs.schema import ContenderSummary, Scalar

_ROW, _HEAD = 30.0, 26.0  # pixels of a row, and above the first for the columns' values
_NUMBER = 48.0  # pixels for the time after its bar
_LEAST = 2  # factors that vary, and values of each


@dataclass(frozen=True)
class Grid:
    """A backend's times by its factors: `cells` by the values of a row, and that of a column."""

    backend: str
    rows: tuple[str, ...]
    columns: str
    cells: dict[tuple[tuple[Scalar, ...], Scalar], ContenderSummary]

    @property
    def title(self) -> str:
        """Say what is drawn."""
        down = ", ".join(self.rows)
        return drawable(f"{self.backend}: seconds by {down} (down) and {self.columns} (across)")

    @property
    def names(self) -> list[str]:
        """The values of the rows, as they are written."""
        return [row_name(row) for row in dict.fromkeys(row for row, _ in self.cells)]


def grids(lines: Sequence[ContenderSummary]) -> Iterator[Grid]:
    """Yield a grid for each backend of which factors vary, and every product of values ran.

    Columns are of the factor with the fewest values: they share the width.
    """
    for backend in dict.fromkeys(line.backend for line in lines):
        own = [line for line in lines if line.backend == backend and line.seconds]
        factors = dict.fromkeys(factor for line in own for factor in line.asked)
        every = {f: list(dict.fromkeys(line.asked.get(f) for line in own)) for f in factors}
        values = {factor: found for factor, found in every.items() if len(found) >= _LEAST}
        if len(values) < _LEAST:
            continue
        columns = min(reversed(values), key=lambda factor: len(values[factor]))
        across = sorted(values.pop(columns), key=_order)
        places = list(product(product(*values.values()), across))
        cells = {
            (tuple(line.asked.get(row) for row in values), line.asked.get(columns)): line
            for line in own
        }
        if len(own) == len(cells) == len(places):
            yield Grid(backend, tuple(values), columns, {at: cells[at] for at in places})


def draw(canvas: Canvas, grid: Grid) -> Drawing:
    """Draw a bar of seconds a contender, in the row and the column of its values."""
    columns = list(dict.fromkeys(column for _, column in grid.cells))
    width, each = canvas.plot / len(columns), canvas.row(_ROW)
    times = {at: line.seconds.median for at, line in grid.cells.items() if line.seconds}
    x = Scale((0.0, max(times.values())), max(width - _NUMBER, 1.0))
    marks: list[Mark] = [
        text((canvas.names + place * width, _HEAD / 2), written(column), class_="soft")
        for place, column in enumerate(columns)
    ]
    for place, row in enumerate(dict.fromkeys(row for row, _ in grid.cells)):
        y = _HEAD + (place + 0.5) * each
        marks += name(canvas, y, row_name(row))
        for number, column in enumerate(columns):
            seconds, left = times[row, column], canvas.names + number * width
            says = f"{drawable(grid.cells[row, column].contender)}: {units.seconds(seconds)} s"
            marks.append(bar((left, y), x(seconds), 14, "var(--s1)", says))
            marks.append(text((left + x(seconds) + 6, y), units.seconds(seconds)))
    height = _HEAD + each * len(grid.names)
    return Drawing(canvas.width, height, marks, "; ".join(m.says for m in marks if m.says))


def _order(value: Scalar) -> tuple[bool, float, str]:
    """Sort numbers as numbers, before words."""
    number = value if isinstance(value, int | float) else math.inf
    return isinstance(value, str), number, str(value)


def row_name(values: Sequence[Scalar]) -> str:
    """Return the values of a row's factors, in the order in which the title has them."""
    return ", ".join(map(written, values))


def written(value: Scalar) -> str:
    """Return a factor's value as an axis has it."""
    return "default" if value is None else drawable(str(value))
