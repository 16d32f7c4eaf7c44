"""What ran when, and how the machine was doing meanwhile: load, heat and power beneath."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import altair as alt

from orchestrator import units
from orchestrator.host import PRESSURES
from orchestrator.reports.html.charts import Looks
from orchestrator.reports.html.drawing import Canvas, Chart, Values, data, drawable, names_axis
from orchestrator.reports.html.run_data import Story
from orchestrator.runs.schema import Failed, Measured

_MOST_SAMPLES = 300
_LONG = 180.0  # seconds: a longer run is told in minutes


def runs(story: Story) -> Values:
    """Return every cell by when it ran, in seconds since the first; one that failed has an end too.

    A row says when it began. It ended with the last sample of the machine before the next began.
    """
    cells = [row for row in story.rows if isinstance(row, Measured | Failed) and row.block]
    began = sorted((_unix(row.started_at), number) for number, row in enumerate(cells))
    if not began:
        return []
    zero = began[0][0]
    ends = [start for start, _ in began[1:]] + [float("inf")]
    moments = [float(moment["at"]) for moment in story.timeline]
    return [
        {
            "name": drawable(row.backend),
            "start": start - zero,
            "end": max(_ended(moments, start, end), start + _spent(row)) - zero,
            "failed": isinstance(row, Failed),
            "changed": _changed(row),
            "says": _says(row),
        }
        for (start, number), end in zip(began, ends, strict=True)
        for row in (cells[number],)
    ]


def conditions(story: Story) -> dict[str, Values]:
    """Return what is known of the machine, by name: load, thermal pressure, battery charge."""
    cells = [row for row in story.rows if isinstance(row, Measured | Failed) and row.block]
    zero = min((_unix(row.started_at) for row in cells), default=0.0)
    stride = max(1, len(story.timeline) // _MOST_SAMPLES)
    found: dict[str, Values] = {}
    for moment in story.timeline[::stride]:
        for name, known in _CONDITIONS.items():
            if isinstance(value := moment.get(known), int | float) or value in PRESSURES:
                level = PRESSURES.index(value) if isinstance(value, str) else value
                found.setdefault(name, []).append({"at": moment["at"] - zero, "value": level})
    return found


def draw(canvas: Canvas, looks: Looks, cells: Values, machine: dict[str, Values]) -> Chart:
    """Draw a row a backend, and under them a line for each thing known of the machine."""
    last = max([cell["end"] for cell in cells] + [m["at"] for own in machine.values() for m in own])
    unit, by = ("minutes", 60.0) if last > _LONG else ("seconds", 1.0)
    scale = alt.Scale(domain=[0, last / by], nice=False)
    order = [name for name in map(drawable, looks) if any(cell["name"] == name for cell in cells)]
    scaled = [{**c, "start": c["start"] / by, "end": c["end"] / by} for c in cells]
    axis = alt.Axis(labels=not machine, ticks=not machine, title=None if machine else unit)
    x = alt.X("start:Q", scale=scale, axis=axis)
    y = alt.Y("name:N", sort=order, axis=names_axis(canvas))
    base = alt.Chart(data(scaled)).encode(y=y, description="says:N")
    domain = [drawable(name) for name in looks]
    colour = alt.Color(
        "name:N",
        legend=None,
        scale=alt.Scale(domain=domain, range=[look.colour for look in looks.values()]),
    )
    layers = [
        base.transform_filter("!datum.failed")
        .mark_bar(size=12, stroke="var(--paper)", strokeWidth=0.5)
        .encode(x=x, x2="end:Q", color=colour),
        base.transform_filter("datum.failed")
        .mark_text(text="✕", fontSize=14, color="var(--bad)")
        .encode(x=x),
        base.transform_filter("datum.changed != ''")
        .mark_text(text="▾", yOffset=-11, color="var(--soft)")
        .encode(x=x),
    ]
    charts: list[Chart] = [
        alt.layer(*layers).properties(width=canvas.plot, height=alt.Step(26)),
        *_machine(canvas, machine, scale, unit, by),
    ]
    return alt.vconcat(*charts, spacing=26, bounds="flush")


def _machine(
    canvas: Canvas, machine: dict[str, Values], scale: alt.Scale, unit: str, by: float
) -> Iterator[Chart]:
    names = list(machine)
    for name in names:
        rows = [{"at": m["at"] / by, "value": m["value"], "name": name} for m in machine[name]]
        last = name == names[-1]
        below = alt.Axis(labels=last, ticks=last, title=unit if last else None)
        levels = name == "thermal pressure"
        named: dict[str, Any] = {"tickCount": 3}
        if levels:
            told = f"{list(PRESSURES)}[datum.value]"
            named = {"values": list(range(len(PRESSURES))), "labelExpr": told}
        extent = canvas.names
        ticks = alt.Axis(
            title=None, minExtent=extent, maxExtent=extent, domain=False, ticks=False,
            labelPadding=8, **named,
        )  # fmt: skip
        top = max(len(PRESSURES) - 1 if levels else 1, *(row["value"] for row in rows))
        domain = alt.Scale(domain=[0, 100 if name == "battery, %" else top])
        base = alt.Chart(data(rows)).encode(x=alt.X("at:Q", scale=scale, axis=below))
        line = base.mark_line(
            strokeWidth=1.5, color="var(--ink)", interpolate="step-after" if levels else "linear"
        ).encode(y=alt.Y("value:Q", axis=ticks, scale=domain))
        note = alt.Chart(data([{"name": name}])).mark_text(
            align="left", baseline="bottom", x=0, y=-3, color="var(--soft)"
        )
        yield alt.layer(line, note.encode(text="name:N")).properties(width=canvas.plot, height=56)


_CONDITIONS = {
    "load average": "load_average",
    "thermal pressure": "thermal_pressure",
    "battery, %": "battery_percent",
}


def _unix(time: str) -> float:
    parsed = datetime.fromisoformat(time)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()


def _ended(moments: list[float], start: float, end: float) -> float:
    return max((at for at in moments if start <= at < end), default=start)


def _changed(row: Measured | Failed) -> str:
    return "; ".join(c.message for c in row.changes) if isinstance(row, Measured) else ""


def _spent(row: Measured | Failed) -> float:
    """Return the seconds that are known to have passed in a cell."""
    if isinstance(row, Failed):
        return 0.0
    return row.spawn_seconds + row.import_seconds + row.load_seconds + row.seconds


def _says(row: Measured | Failed) -> str:
    place = f"{drawable(row.backend)}, block {row.block}, {row.started_at[11:19]}"
    if isinstance(row, Failed):
        return f"{place}: failed, {row.kind}"
    changed = _changed(row)
    return f"{place}: {units.seconds(row.seconds)} s{changed and '; '}{changed}"
