"""One run as a page tells it, in the order in which it is read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from orchestrator import units
from orchestrator.reports import sentences
from orchestrator.reports.html import chart_data, charts, tables, timeline
from orchestrator.reports.html.charts import Looks
from orchestrator.reports.html.drawing import Figure, figure
from orchestrator.reports.html.run_data import Story
from orchestrator.reports.html.tables import Table
from orchestrator.reports.html.transcripts import Transcripts, transcripts
from orchestrator.reports.sentences import Note
from orchestrator.runs.schema import Failed, Manifest, Summary

_LEAST_LENGTHS = 3
_FIGURES = ("speed", "front", "memory", "cold", "length", "timeline")
_MOST_FAILURES = 60
_LOG_CHARACTERS = 4000


@dataclass(frozen=True, slots=True)
class Chapter:
    """What the template shows of one run; what is None or empty is not there."""

    summary: Summary
    manifest: Manifest | None
    folder: str
    date: str
    machine: str
    kind: str
    verdict: str
    figures: dict[str, Figure | None]
    tables: dict[str, Table | None]
    differing: set[str]
    notes: Sequence[Note]
    transcripts: Transcripts
    failures: Sequence[Failed]
    unseen_failures: int


def chapter(story: Story, looks: Looks, *, embed_audio: bool, share: float) -> Chapter:
    """Return everything at once: charts drawn, tables filled, transcripts chosen."""
    summary = story.summary
    found = tables.tables(summary)
    failures = [row for row in story.rows if isinstance(row, Failed)]
    return Chapter(
        summary=summary,
        manifest=story.manifest,
        folder=story.folder.name,
        date=_date(story),
        machine=sentences.machine(summary.host),
        kind=sentences.kind(summary.settings),
        verdict=sentences.verdict(summary),
        figures=dict.fromkeys(_FIGURES) | dict(_figures(story, looks)),
        tables=found,
        differing=tables.differing(found["parity"]),
        notes=[note for note in sentences.notes(summary) if note.kind != "ended"],
        transcripts=transcripts(story, embed_audio=embed_audio, share=share),
        failures=[
            row.model_copy(update={"log_tail": row.log_tail[-_LOG_CHARACTERS:]})
            for row in failures[:_MOST_FAILURES]
        ],
        unseen_failures=max(0, len(failures) - _MOST_FAILURES),
    )


def _figures(story: Story, looks: Looks) -> Iterator[tuple[str, Figure]]:
    """Yield the charts that there is data for."""
    medians = chart_data.medians(story)
    names = [b.backend for b in story.summary.backends]
    shown = {name: look for name, look in looks.items() if name in names}
    if not medians:
        yield from _when(story, shown)
        return
    draw = partial(charts.speed, looks=shown, medians=medians, blocks=chart_data.blocks(story))
    title = "Seconds for all clips: median, 95 % interval, and every block"
    yield "speed", figure(title, chart_data.said(medians), names, draw)
    if len(points := chart_data.accuracy(story)) > 1:
        draw = partial(charts.front, looks=shown, points=points)
        yield (
            "front",
            figure(
                "Word error rate by seconds, with its 95 % interval",
                chart_data.said(points),
                (),
                draw,
            ),
        )
    if sizes := chart_data.memory(story):
        draw = partial(charts.memory, looks=shown, sizes=sizes)
        yield "memory", figure("Peak memory of the process", chart_data.said(sizes), names, draw)
    steps = chart_data.steps(story)
    draw = partial(charts.cold, steps=steps)
    yield (
        "cold",
        figure(
            "From nothing to the first text: medians of each step",
            chart_data.said(steps),
            names,
            draw,
        ),
    )
    clips = chart_data.lengths(story)
    if len({clip["audio"] for clip in clips}) >= _LEAST_LENGTHS:
        draw = partial(charts.length, looks=shown, clips=clips, fits=chart_data.fits(story))
        said = "the table under the chart has each backend's cost of a clip and of a minute"
        yield "length", figure("Seconds for a clip by its length", said, (), draw)
    yield from _when(story, shown)


def _when(story: Story, looks: Looks) -> Iterator[tuple[str, Figure]]:
    if cells := timeline.runs(story):
        draw = partial(timeline.draw, looks=looks, cells=cells, machine=timeline.conditions(story))
        names = ["thermal pressure", *looks]
        said = f"{units.count(len(cells), 'process')[:-1]}es, one after the other"
        yield "timeline", figure("Every process, and the machine meanwhile", said, names, draw)


def _date(story: Story) -> str:
    """Return when the run began, as its manifest or its name has it."""
    if story.manifest:
        started = datetime.fromisoformat(story.manifest.started_at)
        return f"{started:%Y-%m-%d %H:%M} {started.tzname() or ''}".rstrip()
    day = story.summary.run_id[:8]
    return f"{day[:4]}-{day[4:6]}-{day[6:]}" if day.isdigit() else day
