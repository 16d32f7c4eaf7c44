"""A clip's life: what each engine showed of it, from its first sample to the final text."""

from collections.abc import Iterator

from orchestrator import units
from orchestrator.analysis.live.stream import Change, changes
from orchestrator.reports.html.charts import Looks
from orchestrator.reports.html.drawing import (
    FOOT,
    Canvas,
    Drawing,
    Mark,
    Scale,
    bar,
    below,
    drawable,
    line,
    name,
    text,
)
from orchestrator.reports.html.run_data import Spoken
from orchestrator.runs.schema import LivePass

_ROW = 34.0  # pixels
_TICK = 2.0  # pixels that a partial is wide, at least


def draw(canvas: Canvas, looks: Looks, spoken: Spoken) -> Drawing:
    """Draw a row a contender: a mark where its text changed, which says the text.

    Marks that took words back have a sign above; a line shows where the clip had been spoken.
    """
    streams = showing(spoken)
    ends = [live.final or 0.0 for live in streams.values()]
    ended = max((live.ended or 0.0 for live in streams.values()), default=0.0)
    x, left = Scale((0.0, max([ended, *ends])), canvas.plot), canvas.names
    each = canvas.row(_ROW)
    bottom = each * len(streams)
    marks = list(below(x, left, (0, bottom), "seconds since the clip began"))
    marks.append(line((left + x(ended), 0), (left + x(ended), bottom), class_="condition"))
    for row, (own, live) in enumerate(streams.items()):
        y = each * (row + 0.5)
        marks += name(canvas, y, drawable(own))
        for change in changes(live, spoken.language):
            marks += _change(change, left + x(change.at), y, looks[own].colour)
    says = "; ".join(f"{own}: {_many(live, spoken.language)}" for own, live in streams.items())
    return Drawing(canvas.width, bottom + FOOT, marks, says)


def showing(spoken: Spoken) -> dict[str, LivePass]:
    """Return the streams that came to their end, a row each."""
    return {own: live for own, live in spoken.by.items() if live.final is not None}


def _change(change: Change, x: float, y: float, colour: str) -> Iterator[Mark]:
    back = f", {units.count(change.taken_back, 'word')} taken back" if change.taken_back else ""
    yield bar((x, y), _TICK, 16, colour, drawable(f"{change.at:.2f} s{back}: {change.text}"))
    if change.taken_back:
        yield text((x, y - 13), "\u25be", "middle", class_="bad")


def _many(live: LivePass, language: str) -> str:
    found = list(changes(live, language))
    back = sum(change.taken_back for change in found)
    return f"{units.count(len(found), 'change')}, {units.count(back, 'word')} taken back"
