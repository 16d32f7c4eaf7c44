"""The charts of what was measured: speed, speed against accuracy, memory, cold start, length."""

from collections.abc import Iterator, Mapping
from typing import Any

import altair as alt

from orchestrator.reports.html.drawing import Canvas, Chart, Values, data, drawable, names_axis
from orchestrator.reports.html.labels import Label, labels, pixels
from orchestrator.reports.html.palette import Look

_WIDE_RANGE = 8.0  # times: beyond it a scale counts by factors
_TICK = 70.0  # pixels between two, about
_ROOMY = 300  # pixels for a legend on one line
_SIDE, _FOOT = 12.0, 14.0  # pixels between the outermost marks and the ends of an axis
_AXIS = 62  # pixels for the numbers of an upright axis and its title

Looks = Mapping[str, Look]


def speed(canvas: Canvas, looks: Looks, medians: Values, blocks: Values) -> Chart:
    """Draw a dot a block and above them the median with its interval, a row a backend."""
    x = _seconds([*blocks, *medians], canvas.plot)
    y = _names(canvas, medians)
    dots = (
        alt.Chart(data(blocks))
        .mark_point(filled=True, shape="circle", size=20, opacity=0.55, yOffset=8)
        .encode(x=x, y=y, color=_colour(looks), description="says:N")
    )
    base = alt.Chart(data(medians)).encode(y=y, color=_colour(looks), description="says:N")
    whisker = base.mark_rule(strokeWidth=2.5, yOffset=-4).encode(
        x=alt.X("low:Q", scale=x["scale"], title="seconds"), x2="high:Q"
    )
    median = base.mark_point(filled=True, size=100, opacity=1, yOffset=-4).encode(
        x=x, shape=_shape(looks)
    )
    chart = alt.layer(whisker, dots, median)
    return chart.properties(width=canvas.plot, height=alt.Step(36))


def front(canvas: Canvas, looks: Looks, points: Values) -> Chart:
    """Draw a point a backend, named beside it, and the line of those that nobody beats."""
    plot = canvas.width - _AXIS
    height = min(plot * 0.75, 300)
    scale = alt.Scale(domain=_errors(points), padding=_FOOT, nice=False)
    x, y = _seconds(points, plot), alt.Y("wer:Q", title="WER, %", scale=scale)
    best = sorted((row for row in points if row["best"]), key=lambda row: row["seconds"])
    step: dict[str, Any] = {"interpolate": "step-after", "strokeDash": [4, 3], "strokeWidth": 1.5}
    line = alt.Chart(data(best)).mark_line(color="var(--soft)", **step).encode(x=x, y=y)
    base = alt.Chart(data(points)).encode(x=x, color=_colour(looks), description="says:N")
    rule = base.mark_rule(opacity=0.6).transform_filter("isValid(datum.high)")
    whisker = rule.encode(y=alt.Y("low:Q", title="WER, %"), y2="high:Q")
    point = base.mark_point(filled=True, size=120, opacity=1).encode(y=y, shape=_shape(looks))
    names = [
        alt.Chart(data([row for row in points if row["name"] == label.name]))
        .mark_text(align=label.align, dx=label.dx, dy=label.dy)
        .encode(x=x, y=y, text="name:N")
        for label in _labels(points, plot, height)
    ]
    return alt.layer(line, whisker, point, *names).properties(width=plot, height=height)


def _labels(points: Values, plot: float, height: float) -> Iterator[Label]:
    seconds = [row["seconds"] for row in points]
    whole = (min(seconds), max(seconds))
    across = pixels(seconds, whole, plot, _SIDE, log=_by_factors(points))
    up = pixels([row["wer"] for row in points], _errors(points), height, _FOOT)
    named = zip((row["name"] for row in points), across, up, strict=True)
    return labels(((name, x, height - y) for name, x, y in named), plot)


def _errors(points: Values) -> tuple[float, float]:
    """Return the ends of an axis of error rates and their intervals: from 0 on where all is one."""
    shown = (row[limit] for row in points for limit in ("low", "wer", "high"))
    known = [float(rate) for rate in shown if rate is not None]
    least, most = min(known), max(known)
    return (least, most) if least < most else (0.0, max(1.0, 2 * most))


def memory(canvas: Canvas, looks: Looks, sizes: Values) -> Chart:
    """Draw a bar a backend with its size at the end."""
    room = max(row["gigabytes"] for row in sizes) * (1 + 70 / canvas.plot)
    ticks = alt.Axis(tickCount=canvas.plot / _TICK)
    x = alt.X("gigabytes:Q", title="GB", scale=alt.Scale(domain=[0, room], nice=False), axis=ticks)
    base = alt.Chart(data(sizes)).encode(x=x, y=_names(canvas, sizes))
    bars = base.mark_bar(size=14).encode(color=_colour(looks), description="says:N")
    numbers = base.mark_text(align="left", dx=6).encode(text="size:N")
    return alt.layer(bars, numbers).properties(width=canvas.plot, height=alt.Step(28))


def cold(canvas: Canvas, steps: Values) -> Chart:
    """Draw a bar a backend, of steps that darken towards the first text."""
    found = {row["step"]: row["place"] for row in sorted(steps, key=lambda row: row["place"])}
    colours = [f"var(--s{place})" for place in found.values()]
    colour = alt.Color(
        "step:N",
        scale=alt.Scale(domain=list(found), range=colours),
        legend=alt.Legend(
            title=None, orient="top", columns=4 if canvas.plot > _ROOMY else 2, symbolType="square"
        ),
    )
    ticks = alt.Axis(tickCount=canvas.plot / _TICK)
    chart: alt.Chart = (
        alt.Chart(data(steps))
        .mark_bar(size=16, stroke="var(--paper)", strokeWidth=1)
        .encode(
            x=alt.X("sum(seconds):Q", title="seconds", axis=ticks),
            y=_names(canvas, steps),
            color=colour,
            order="place:Q",
            description="says:N",
        )
    )
    return chart.properties(width=canvas.plot, height=alt.Step(28))


def length(canvas: Canvas, looks: Looks, clips: Values, fits: Values) -> Chart:
    """Draw a point a clip and the line through them: what a clip costs, and a minute."""
    plot = canvas.width - _AXIS
    x = alt.X("audio:Q", title="seconds of audio", axis=alt.Axis(tickCount=plot / _TICK))
    y = alt.Y("seconds:Q", title="seconds")
    colour = _colour(looks)
    shape = _shape(looks)
    dots = (
        alt.Chart(data(clips))
        .mark_point(filled=True, size=34, opacity=0.75)
        .encode(x=x, y=y, color=colour, shape=shape, description="says:N")
    )
    lines = alt.Chart(data(fits)).mark_line(strokeWidth=1.5).encode(x=x, y=y, color=colour)
    return alt.layer(lines, dots).properties(width=plot, height=min(plot * 0.75, 300))


def _seconds(rows: Values, plot: float) -> alt.X:
    """Return an axis of seconds: by factors where they are many times apart."""
    kind = {"type": "log"} if _by_factors(rows) else {"zero": False}
    scale = alt.Scale(padding=_SIDE, nice=False, **kind)
    ticks = alt.Axis(tickCount=min(plot / _TICK, 8))
    return alt.X("seconds:Q", title="seconds", scale=scale, axis=ticks)


def _by_factors(rows: Values) -> bool:
    known = [float(row["seconds"]) for row in rows]
    return min(known) > 0 and max(known) / min(known) > _WIDE_RANGE


def _names(canvas: Canvas, rows: Values) -> alt.Y:
    order = list(dict.fromkeys(row["name"] for row in rows))
    return alt.Y("name:N", sort=order, axis=names_axis(canvas))


def _colour(looks: Looks) -> alt.Color:
    names, drawn = [drawable(name) for name in looks], [look.colour for look in looks.values()]
    return alt.Color("name:N", scale=alt.Scale(domain=names, range=drawn), legend=None)


def _shape(looks: Looks) -> alt.Shape:
    names, drawn = [drawable(name) for name in looks], [look.shape for look in looks.values()]
    return alt.Shape("name:N", scale=alt.Scale(domain=names, range=drawn), legend=None)
