"""Word error rates by the level of a noise: a line a contender, each point with its interval."""

from collections.abc import Iterator, Mapping

from orchestrator.reports import noise
from orchestrator.reports.html.charts import ABOVE, AXIS, Looks
from orchestrator.reports.html.drawing import (
    EDGE,
    FOOT,
    Canvas,
    Drawing,
    Mark,
    Scale,
    beside,
    curve,
    drawable,
    line,
    point,
    text,
)
from orchestrator.reports.quantities import SHARE, written
from orchestrator.runs.schema import NoiseCurve, Rate

_NUDGE = 3.0  # pixels between the intervals of two contenders at one level


def draw(canvas: Canvas, looks: Looks, curves: Mapping[str, NoiseCurve]) -> Drawing:
    """Draw clips as they are at the left, and ever harder levels to the right, evenly apart."""
    first = next(iter(curves.values()))
    plot = canvas.width - AXIS - EDGE
    height = min(plot * 0.6, 280.0)
    most = max(_high(rate) for own in curves.values() for rate in _rates(own))
    y = Scale((0.0, max(100 * most, 1.0)), height)
    names = ["clean", *(noise.level_name(first.kind, p.level) for p in first.points)]
    step = plot / len(names)
    marks: list[Mark] = list(beside(y, AXIS, plot, height, "WER, %"))
    marks += (
        text((AXIS + (place + 0.5) * step, height + 14), name, "middle", class_="soft")
        for place, name in enumerate(names)
    )
    said = []
    for number, (contender, own) in enumerate(curves.items()):
        look, shift = looks[contender], _NUDGE * (number - (len(curves) - 1) / 2)
        at = [AXIS + (place + 0.5) * step + shift for place in range(len(names))]
        rates = list(_rates(own))
        heights = [height - y(100 * rate.value) for rate in rates]
        marks.append(curve(zip(at, heights, strict=True), stroke=look.colour, class_="fit"))
        for x, top, rate, name in zip(at, heights, rates, names, strict=True):
            if rate.low is not None and rate.high is not None:
                ends = (height - y(100 * end) for end in (rate.low, rate.high))
                low, high = ((x, end) for end in ends)
                marks.append(line(low, high, stroke=look.colour, class_="spread"))
            says = f"{drawable(contender)}, {name}: WER {written(rate, SHARE)}"
            marks.append(point((x, top), look.shape, look.colour, 0.9, says))
            said.append(says)
    return Drawing(canvas.width, height + FOOT, marks, "; ".join(said), ABOVE)


def _rates(own: NoiseCurve) -> Iterator[Rate]:
    yield own.clean
    yield from (each.wer for each in own.points)


def _high(rate: Rate) -> float:
    return rate.value if rate.high is None else rate.high
