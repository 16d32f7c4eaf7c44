"""Small multiples: the time of every contender of a backend that differ in two factors."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
_LEAST = 2  # values of either factor


@dataclass(frozen=True)
class Grid:
    """A backend's times by two factors, all else equal: `cells` by the values of both."""

    backend: str
    rows: str
    columns: str
    cells: dict[tuple[Scalar, Scalar], ContenderSummary]

    @property
    def title(self) -> str:
        """Say what is drawn."""
        return (
            f"{drawable(self.backend)}: seconds by {self.rows} (down) and {self.columns} (across)"
        )

    @property
    def names(self) -> list[str]:
        """The values of the rows, as they are written."""
        return list(dict.fromkeys(written(row) for row, _ in self.cells))


def grids(lines: Sequence[ContenderSummary]) -> Iterator[Grid]:
    """Yield a grid for each backend of which two factors vary, and every pair of values ran."""
    for backend in dict.fromkeys(line.backend for line in lines):
        own = [line for line in lines if line.backend == backend and line.seconds]
        factors = dict.fromkeys(factor for line in own for factor in line.asked)
        values = {f: list(dict.fromkeys(line.asked.get(f) for line in own)) for f in factors}
        varying = [factor for factor, found in values.items() if len(found) >= _LEAST]
        if len(varying) != _LEAST:
            continue
        rows, columns = varying
        whole = len(values[rows]) * len(values[columns])
        cells = {(line.asked.get(rows), line.asked.get(columns)): line for line in own}
        if len(cells) == len(own) == whole:
            order = sorted(cells, key=lambda at: (values[rows].index(at[0]), str(at[1])))
            yield Grid(backend, rows, columns, {at: cells[at] for at in order})


def draw(canvas: Canvas, grid: Grid) -> Drawing:
    """Draw a row a value of the one factor and a column a value of the other: bars of seconds."""
    columns = list(dict.fromkeys(column for _, column in grid.cells))
    width = canvas.plot / len(columns)
    times = {at: line.seconds.median for at, line in grid.cells.items() if line.seconds}
    x = Scale((0.0, max(times.values())), max(width - _NUMBER, 1.0))
    marks: list[Mark] = [
        text((canvas.names + place * width, _HEAD / 2), written(column), class_="soft")
        for place, column in enumerate(columns)
    ]
    for place, row in enumerate(dict.fromkeys(row for row, _ in grid.cells)):
        y = _HEAD + place * _ROW + _ROW / 2
        marks.append(name(canvas, y, written(row)))
        for number, column in enumerate(columns):
            seconds, left = times[row, column], canvas.names + number * width
            says = f"{drawable(grid.cells[row, column].contender)}: {units.seconds(seconds)} s"
            marks.append(bar((left, y), x(seconds), 14, "var(--s1)", says))
            marks.append(text((left + x(seconds) + 6, y), units.seconds(seconds)))
    height = _HEAD + _ROW * len(grid.names)
    return Drawing(canvas.width, height, marks, "; ".join(m.says for m in marks if m.says))


def written(value: Scalar) -> str:
    """Return a factor's value as an axis has it."""
    return "default" if value is None else drawable(str(value))
