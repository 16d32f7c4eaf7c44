"""What ran when, and how the machine was doing meanwhile: load, heat and power beneath."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from orchestrator import units
from orchestrator.reports.html.charts import Looks
from orchestrator.reports.html.drawing import (
    FOOT,
    Canvas,
    Drawing,
    Mark,
    Scale,
    bar,
    below,
    curve,
    drawable,
    line,
    name,
    text,
)
from orchestrator.reports.html.run_data import Story
from orchestrator.runs.schema import PRESSURES, Failed, Measured

_MOST_SAMPLES = 300
_LONG = 180.0  # seconds: a longer run is shown in minutes
_ROW, _HIGH, _BETWEEN = 26.0, 56.0, 26.0  # pixels: a backend, a condition, the room above it

Moments = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Cell:
    """One process, from when to when; seconds since the first began."""

    row: Measured | Failed
    start: float
    end: float


def cells(story: Story) -> list[Cell]:
    """Return every cell by when it ran, in seconds since the first; one that failed has an end too.

    A row says when it began. It ended with the last sample of the machine before the next began;
    those that took turns ended together.
    """
    rows = _begun(story)
    if not rows:
        return []
    zero = rows[0][0]
    starts = [start for start, _ in rows]
    ends = [next((s for s in starts if s > start), float("inf")) for start in starts]
    moments = [float(moment["at"]) for moment in story.timeline]
    found = []
    for (start, row), following in zip(rows, ends, strict=True):
        last = max((at for at in moments if start <= at < following), default=start)
        found.append(Cell(row, start - zero, max(last, start + _spent(row)) - zero))
    return found


def conditions(story: Story) -> dict[str, Moments]:
    """Return what is known of the machine, by name: load, thermal pressure, battery charge."""
    zero = min((start for start, _ in _begun(story)), default=0.0)
    stride = max(1, len(story.timeline) // _MOST_SAMPLES)
    found: dict[str, Moments] = {}
    for moment in story.timeline[::stride]:
        for what, known in _CONDITIONS.items():
            if isinstance(value := moment.get(known), int | float) or value in PRESSURES:
                level = PRESSURES.index(value) if isinstance(value, str) else value
                found.setdefault(what, []).append((moment["at"] - zero, float(level)))
    return found


def _begun(story: Story) -> list[tuple[float, Measured | Failed]]:
    """Return the rows of cells with when they began, in that order."""
    rows = [row for row in story.rows if isinstance(row, Measured | Failed) and row.block]
    return sorted(((_unix(row.started_at), row) for row in rows), key=lambda began: began[0])


def draw(
    canvas: Canvas, looks: Looks, cells: Sequence[Cell], machine: Mapping[str, Moments]
) -> Drawing:
    """Draw a row a backend, and under them a line for each thing known of the machine."""
    last = max([cell.end for cell in cells] + [at for own in machine.values() for at, _ in own])
    unit, by = ("minutes", 60.0) if last > _LONG else ("seconds", 1.0)
    x, left = Scale((0, last / by), canvas.plot), canvas.names
    names = [own for own in looks if any(cell.row.contender == own for cell in cells)]
    each = canvas.row(_ROW)
    bottom = each * len(names)
    marks = list(below(x, left, (0, bottom), unit, numbers=not machine))
    for row, own in enumerate(names):
        marks += name(canvas, each * (row + 0.5), drawable(own))
    for cell in cells:
        y = each * (names.index(cell.row.contender) + 0.5)
        marks += _cell(cell, left + x(cell.start / by), left + x(cell.end / by), y, looks)
    for number, (what, moments) in enumerate(machine.items(), 1):
        top, bottom = bottom + _BETWEEN, bottom + _BETWEEN + _HIGH
        numbers = number == len(machine)
        marks += below(x, left, (top, bottom), unit, numbers=numbers)
        marks += _condition(canvas, what, [(x(at / by), value) for at, value in moments], bottom)
    turns = any(isinstance(cell.row, Measured) and cell.row.round_seconds for cell in cells)
    how = "by themselves, later taking turns" if turns else "one after the other"
    says = f"{len(cells):,} processes, {how}" if len(cells) > 1 else "1 process"
    return Drawing(canvas.width, bottom + FOOT, marks, says)


def _cell(cell: Cell, begin: float, end: float, y: float, looks: Looks) -> Iterator[Mark]:
    """Draw one process as a bar, or as a cross where it failed, and a mark where much changed."""
    if isinstance(cell.row, Failed):
        yield text((begin, y), "✕", "middle", _says(cell.row), class_="bad")
        return
    width = max(end - begin, 1.0)
    yield bar((begin, y), width, 12, looks[cell.row.contender].colour, _says(cell.row))
    if cell.row.changes:
        yield text((begin, y - 11), "▾", "middle", class_="soft")


def _condition(
    canvas: Canvas, what: str, placed: Sequence[tuple[float, float]], bottom: float
) -> Iterator[Mark]:
    """Draw one thing known of the machine over time."""
    levels = what == "thermal pressure"
    most = max(len(PRESSURES) - 1 if levels else 1, *(value for _, value in placed))
    y = Scale((0, 100 if what == "battery, %" else most), _HIGH)
    left = canvas.names
    yield text((left, bottom - _HIGH - 9), what, class_="soft")
    for value in range(len(PRESSURES)) if levels else y.ticks(3):
        height = bottom - y(value)
        yield line((left, height), (left + canvas.plot, height), class_="grid")
        shown = PRESSURES[int(value)] if levels else f"{value:g}"
        yield text((left - 8, height), shown, "end", class_="soft")
    points = [(left + x, bottom - y(value)) for x, value in placed]
    yield curve(points, steps=levels, class_="condition")


_CONDITIONS = {
    "load average": "load_average",
    "thermal pressure": "thermal_pressure",
    "battery, %": "battery_percent",
}


def _unix(time: str) -> float:
    parsed = datetime.fromisoformat(time)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()


def _spent(row: Measured | Failed) -> float:
    """Return the seconds that are known to have passed in a cell."""
    if isinstance(row, Failed):
        return 0.0
    return row.spawn_seconds + row.import_seconds + row.load_seconds + row.seconds


def _says(row: Measured | Failed) -> str:
    place = f"{drawable(row.contender)}, block {row.block}, {row.started_at[11:19]}"
    if isinstance(row, Failed):
        return f"{place}: failed, {row.kind}"
    said = (f"{units.seconds(row.seconds)} s", *(change.message for change in row.changes))
    return f"{place}: {'; '.join(said)}"
