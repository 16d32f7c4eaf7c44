"""The charts of what was measured: speed, speed against accuracy, memory, cold start, length."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from orchestrator import units
from orchestrator.reports.columns import COLUMNS
from orchestrator.reports.html.drawing import (
    EDGE,
    FOOT,
    Canvas,
    Drawing,
    Mark,
    Scale,
    bar,
    below,
    beside,
    curve,
    drawable,
    line,
    name,
    point,
    text,
)
from orchestrator.reports.html.labels import labels
from orchestrator.reports.html.palette import CIRCLE, Look
from orchestrator.reports.quantities import SECONDS, SHARE, interval, written
from orchestrator.runs.schema import ContenderSummary, Estimate

Looks = Mapping[str, Look]

# What every start takes. Making the environment and fetching weights happen once: in the table.
_STEPS = {
    column.title: column.key
    for key in ("spawn_seconds", "import_seconds", "load_seconds", "first_seconds")
    for column in COLUMNS
    if column.key == key
}

_WIDE_RANGE = 8.0  # times: beyond it a scale counts by factors
_ROOMY = 300  # pixels for a legend on one line
_SIDE, _HEAD = 12.0, 14.0  # pixels between the outermost marks and the ends of an axis
AXIS = 62  # pixels for the numbers of an upright axis and its title
ABOVE = 8.0  # pixels for the half of a number at the top of an upright axis
_SIZE = 60  # pixels for a size after its bar


def speed(
    canvas: Canvas,
    looks: Looks,
    lines: Sequence[ContenderSummary],
    blocks: Mapping[str, Mapping[int, float]],
) -> Drawing:
    """Draw a dot a block and above them the median with its interval, a row a backend."""
    timed = [(b.contender, b.seconds) for b in lines if b.seconds]
    known = [limit for _, time in timed for limit in _ends(time)]
    known += [seconds for times in blocks.values() for seconds in times.values()]
    x = Scale((min(known), max(known)), canvas.plot, _SIDE, _by_factors(known))
    each, left = canvas.row(36), canvas.names
    height = each * len(timed)
    marks = list(below(x, left, (0, height), "seconds"))
    said = []
    for row, (backend, time) in enumerate(timed):
        y, look, shown = each * (row + 0.5), looks[backend], drawable(backend)
        low, median, high = ((left + x(value), y - 4) for value in _ends(time))
        said.append(f"{shown}, median: {interval(time)}")
        marks += name(canvas, y, shown)
        marks.append(line(low, high, stroke=look.colour, class_="interval"))
        for block, seconds in blocks.get(backend, {}).items():
            says = f"{shown}, block {block}: {units.seconds(seconds)} s"
            marks.append(point((left + x(seconds), y + 8), CIRCLE, look.colour, 0.45, says))
        marks.append(point(median, look.shape, look.colour, says=said[-1]))
    return Drawing(canvas.width, height + FOOT, marks, "; ".join(said))


def _ends(time: Estimate) -> tuple[float, float, float]:
    """Return a median between the ends of its interval; where there is none they are the median."""
    low = time.median if time.low is None else time.low
    return low, time.median, time.median if time.high is None else time.high


def front(
    canvas: Canvas, looks: Looks, lines: Sequence[ContenderSummary], best: Collection[str]
) -> Drawing:
    """Draw a point a backend, named beside it, and the line of those that are Pareto-optimal."""
    found = [(b, b.seconds.median, 100 * b.wer) for b in lines if b.seconds and b.wer is not None]
    limits = {b.contender: _rate_limits(b) for b, _, _ in found}
    plot = canvas.width - AXIS - EDGE
    height = min(plot * 0.75, 300)
    seconds = [time for _, time, _ in found]
    x = Scale((min(seconds), max(seconds)), plot, _SIDE, _by_factors(seconds))
    y = Scale(_errors([wer for _, _, wer in found], limits.values()), height, _HEAD)
    at = {b.contender: (AXIS + x(time), height - y(wer)) for b, time, wer in found}
    marks = [
        *below(x, AXIS, (0, height), "seconds"),
        *beside(y, AXIS, plot, height, "WER, %"),
    ]
    if optimal := sorted(at[b] for b in at if b in best):
        marks.append(curve(optimal, steps=True, class_="front"))
    for own in _models(b for b, _, _ in found):
        colour = looks[own[0]].colour
        marks.append(curve(sorted(at[contender] for contender in own), stroke=colour, class_="fit"))
    for backend, ends in limits.items():
        if ends:
            bottom, top = ((at[backend][0], height - y(end)) for end in ends)
            marks.append(line(bottom, top, stroke=looks[backend].colour, class_="spread"))
    said = []
    for b, time, _ in found:
        look, rate = looks[b.contender], written(b.accuracy.wer if b.accuracy else b.wer, SHARE)
        said.append(f"{drawable(b.contender)}: {written(time, SECONDS)} s, WER {rate}")
        marks.append(point(at[b.contender], look.shape, look.colour, 1.1, said[-1]))
    shown = {drawable(backend): place for backend, place in at.items()}
    for label in labels(((own, px - AXIS, py) for own, (px, py) in shown.items()), plot):
        px, py = shown[label.name]
        anchor = "start" if label.align == "left" else "end"
        marks.append(text((px + label.dx, py + label.dy), label.name, anchor))
    return Drawing(canvas.width, height + FOOT, marks, "; ".join(said), ABOVE)


def _models(lines: Iterable[ContenderSummary]) -> Iterator[list[str]]:
    """Yield contenders that differ in their model alone: one line joins them."""
    found: dict[str, list[str]] = {}
    for line_ in lines:
        rest = {factor: value for factor, value in line_.asked.items() if factor != "model"}
        found.setdefault(repr((line_.backend, rest)), []).append(line_.contender)
    yield from (own for own in found.values() if len(own) > 1)


def _rate_limits(line: ContenderSummary) -> tuple[float, float] | None:
    rate = line.accuracy.wer if line.accuracy else None
    if rate is None or rate.low is None or rate.high is None:
        return None
    return 100 * rate.low, 100 * rate.high


def _errors(
    rates: Sequence[float], limits: Iterable[tuple[float, float] | None]
) -> tuple[float, float]:
    """Return the ends of an axis of error rates and their intervals: from 0 on where all is one."""
    known = [*rates, *(end for ends in limits if ends for end in ends)]
    least, most = min(known), max(known)
    return (least, most) if least < most else (0.0, max(1.0, 2 * most))


def memory(canvas: Canvas, looks: Looks, lines: Sequence[ContenderSummary]) -> Drawing:
    """Draw a bar a backend with its size at the end."""
    sizes = {b.contender: b.peak_memory_bytes for b in lines if b.peak_memory_bytes is not None}
    x = Scale((0, max(sizes.values()) / 1e9), canvas.plot - _SIZE)
    each, left = canvas.row(28), canvas.names
    height = each * len(sizes)
    marks = list(below(x, left, (0, height), "GB"))
    for row, (backend, size) in enumerate(sizes.items()):
        y, width, shown = each * (row + 0.5), x(size / 1e9), drawable(backend)
        says = f"{shown}: {units.size(size)}"
        marks += name(canvas, y, shown)
        marks.append(bar((left, y), width, 14, looks[backend].colour, says))
        marks.append(text((left + width + 6, y), units.size(size)))
    said = "; ".join(mark.says for mark in marks if mark.says)
    return Drawing(canvas.width, height + FOOT, marks, said)


def cold(canvas: Canvas, lines: Sequence[ContenderSummary]) -> Drawing:
    """Draw a bar a backend, of steps that darken towards the first text."""
    found = {b.contender: {s: getattr(b, key) for s, key in _STEPS.items()} for b in lines}
    whole = max(sum(filter(None, own.values())) for own in found.values())
    legend = list(_legend(canvas, [s for s in _STEPS if any(own[s] for own in found.values())]))
    top = 24.0 if canvas.plot > _ROOMY else 44.0
    x, left, each = Scale((0, whole), canvas.plot), canvas.names, canvas.row(28)
    bottom = top + each * len(found)
    marks = [*legend, *below(x, left, (top, bottom), "seconds")]
    for row, (backend, own) in enumerate(found.items()):
        y, spent, shown = top + each * (row + 0.5), 0.0, drawable(backend)
        marks += name(canvas, y, shown)
        for place, (step, seconds) in enumerate(own.items()):
            if seconds is not None:
                says = f"{shown}, {step}: {units.seconds(seconds)} s"
                width = x(spent + seconds) - x(spent)
                marks.append(bar((left + x(spent), y), width, 16, f"var(--s{place})", says))
                spent += seconds
    said = "; ".join(mark.says for mark in marks if mark.says)
    return Drawing(canvas.width, bottom + FOOT, marks, said)


def _legend(canvas: Canvas, steps: Sequence[str]) -> Iterator[Mark]:
    """Draw what the colours of the steps mean, on one line or on two."""
    columns = 4 if canvas.plot > _ROOMY else 2
    for place, step in enumerate(_STEPS):
        if step in steps:
            row, column = divmod(place, columns)
            left = canvas.names * (columns == 4) + 120 * column  # noqa: PLR2004 - on one line
            yield bar((left, 8 + 20 * row), 10, 10, f"var(--s{place})")
            yield text((left + 16, 8 + 20 * row), step, class_="soft")


def length(
    canvas: Canvas,
    looks: Looks,
    clips: Mapping[str, Sequence[tuple[float, float]]],
    lines: Sequence[ContenderSummary],
) -> Drawing:
    """Draw a point a clip and the line through them: what a clip costs, and a minute."""
    plot = canvas.width - AXIS - EDGE
    height = min(plot * 0.75, 300)
    longest = max(audio for own in clips.values() for audio, _ in own)
    costs = {b.contender: b.costs for b in lines if b.costs}
    fits = {
        backend: [
            (audio, max(0.0, cost.fixed.median + audio / 60 * cost.a_minute.median))
            for audio in (0.0, longest)
        ]
        for backend, cost in costs.items()
    }
    slowest = max(s for own in (*clips.values(), *fits.values()) for _, s in own)
    x, y = Scale((0, longest), plot), Scale((0, slowest), height)
    marks = [
        *below(x, AXIS, (0, height), "seconds of audio"),
        *beside(y, AXIS, plot, height, "seconds"),
    ]
    for backend, ends in fits.items():
        placed = ((AXIS + x(audio), height - y(seconds)) for audio, seconds in ends)
        marks.append(curve(placed, stroke=looks[backend].colour, class_="fit"))
    for backend, own in clips.items():
        look = looks[backend]
        for audio, seconds in own:
            at = AXIS + x(audio), height - y(seconds)
            says = f"{drawable(backend)}: {units.seconds(seconds)} s for {audio:.1f} s of audio"
            marks.append(point(at, look.shape, look.colour, 0.6, says))
    said = "the table under the chart has each backend's cost of a clip and of a minute"
    return Drawing(canvas.width, height + FOOT, marks, said, ABOVE)


def _by_factors(known: Sequence[float]) -> bool:
    return min(known) > 0 and max(known) / min(known) > _WIDE_RANGE
