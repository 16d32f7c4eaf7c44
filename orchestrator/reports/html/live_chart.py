"""A clip's life: its sound, and what each engine showed of it until the final text; to be played.

The chart needs no script. With one, a cursor moves over it, and below it stands what each engine
showed at that moment.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from orchestrator import units
from orchestrator.analysis.live.stream import Change, changes
from orchestrator.reports.html.charts import Looks
from orchestrator.reports.html.drawing import (
    FOOT,
    Canvas,
    Drawing,
    Figure,
    Mark,
    Scale,
    bar,
    below,
    curve,
    drawable,
    figure,
    line,
    name,
    text,
)
from orchestrator.reports.html.run_data import Spoken, Story
from orchestrator.runs.schema import LivePass

_ROW = 34.0  # pixels
_TICK = 2.0  # pixels that a partial is wide, at least
_LOUD = 13.0  # pixels from the middle of the sound's row to its loudest
_SOUND = "audio"
_PLAYED_BYTES = 400_000  # of all texts that are shown while a page's clips are played


@dataclass(frozen=True, slots=True)
class Shown:
    """What one contender showed: its final text, and every change as JSON."""

    contender: str
    text: str
    changes: str


@dataclass(frozen=True, slots=True)
class Life:
    """A clip's chart; played, it takes so many `seconds`. Without room on the page none is `shown`.

    `clip` is the hash that its audio is known by.
    """

    clip: str
    figure: Figure
    seconds: float
    pace: float
    shown: tuple[Shown, ...]


def lives(story: Story, looks: Looks, share: float) -> Iterator[Life]:
    """Yield the lives of clips, as far as they came to their end; all of them in a page's share."""
    room = _PLAYED_BYTES * share
    pace = story.summary.settings.pace or 1.0
    for spoken in story.spoken:
        if not (streams := _whole(spoken)):
            continue
        title = f"What was shown of {drawable(spoken.clip.name)} while it was spoken"
        draw = partial(_draw, looks=looks, spoken=spoken, pace=pace)
        shown = tuple(
            Shown(own, live.text.strip(), _written(live, spoken.language))
            for own, live in streams.items()
        )
        room -= sum(len(each.changes) + len(each.text) for each in shown)
        drawn = figure(title, [_SOUND, *streams], draw)
        yield Life(
            spoken.clip.sha256, drawn, _ends(streams.values()), pace, shown if room >= 0 else ()
        )


def _whole(spoken: Spoken) -> dict[str, LivePass]:
    """Return the streams that came to their end, a row each."""
    return {own: live for own, live in spoken.by.items() if live.final is not None}


def _ends(streams: Iterable[LivePass]) -> float:
    return max(max(live.ended or 0.0, live.final or 0.0) for live in streams)


def _written(live: LivePass, language: str) -> str:
    """Return all changes: when, what stands, what may change, and which words were taken back."""
    return json.dumps(
        [
            (round(c.at, 3), c.stands.lstrip(), c.may_change, " ".join(c.taken_back))
            for c in changes(live, language)
        ],
        separators=(",", ":"),
    )


def _draw(canvas: Canvas, looks: Looks, spoken: Spoken, pace: float) -> Drawing:
    """Draw a row a contender: a mark where its text changed, which says the text.

    Marks that took words back have a sign above; a line shows where the clip had been spoken.
    """
    streams = _whole(spoken)
    seconds = _ends(streams.values())
    x, left = Scale((0.0, seconds), canvas.plot), canvas.names
    each = canvas.row(_ROW)
    bottom = each * (1 + len(streams))
    marks = list(below(x, left, (0, bottom), "seconds since the clip began"))
    ended = left + x(max(live.ended or 0.0 for live in streams.values()))
    marks.append(line((ended, 0), (ended, bottom), class_="condition"))
    marks += name(canvas, each / 2, _SOUND)
    marks += _sound(spoken, pace, x, left, each / 2)
    for row, (own, live) in enumerate(streams.items(), 1):
        y = each * (row + 0.5)
        marks += name(canvas, y, drawable(own))
        for change in changes(live, spoken.language):
            marks += _change(change, left + x(change.at), y, looks[own].colour)
    how = {"data_seconds": f"{seconds:.3f}", "data_width": f"{x.length:.2f}"}
    marks.append(line((left, 0), (left, bottom), class_="cursor", **how))
    says = "; ".join(f"{own}: {_many(live, spoken.language)}" for own, live in streams.items())
    return Drawing(canvas.width, bottom + FOOT, marks, says)


def _sound(spoken: Spoken, pace: float, x: Scale, left: float, y: float) -> Iterator[Mark]:
    """Draw how loud the clip is, and below that its words, where it is known when they are said."""
    if loudest := max(spoken.peaks, default=0.0):
        step = spoken.clip.seconds / pace / len(spoken.peaks)
        above = [
            (left + x(step * (part + 0.5)), y - _LOUD * peak / loudest)
            for part, peak in enumerate(spoken.peaks)
        ]
        yield curve([*above, *((px, 2 * y - py) for px, py in reversed(above))], class_="sound")
    for word in spoken.said:
        begin, end = x(word.start / pace), x(word.end / pace)
        says = f"{word.start:.2f} s: {word.key}"
        yield bar((left + begin, y + _LOUD), max(end - begin, _TICK), 3, "var(--soft)", says)


def _change(change: Change, x: float, y: float, colour: str) -> Iterator[Mark]:
    back = f", took back {' '.join(change.taken_back)}" if change.taken_back else ""
    yield bar((x, y), _TICK, 16, colour, drawable(f"{change.at:.2f} s{back}: {change.text}"))
    if change.taken_back:
        yield text((x, y - 13), "\u25be", "middle", class_="bad")


def _many(live: LivePass, language: str) -> str:
    found = list(changes(live, language))
    back = sum(len(change.taken_back) for change in found)
    return f"{units.count(len(found), 'change')}, {units.count(back, 'word')} taken back"
