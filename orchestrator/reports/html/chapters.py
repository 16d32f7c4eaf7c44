"""One run as a page tells it, in the order in which it is read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from orchestrator.reports import noise, sections, wording
from orchestrator.reports.html import charts, grids, noise_chart, tables, timeline
from orchestrator.reports.html.charts import Looks
from orchestrator.reports.html.drawing import Figure, drawable, figure
from orchestrator.reports.html.live_chart import Life, lives
from orchestrator.reports.html.run_data import Story
from orchestrator.reports.html.tables import Table
from orchestrator.reports.html.transcripts import Transcripts, transcripts
from orchestrator.reports.sections import Section
from orchestrator.reports.wording import Note
from orchestrator.runs.schema import Failed, Manifest, Summary
from orchestrator.runs.schema.rows import block_times

_LEAST_LENGTHS = 3
_FIGURES = ("speed", "front", "memory", "cold", "length", "timeline")
_MOST_FAILURES = 60
_LOG_CHARACTERS = 4000


@dataclass(frozen=True, slots=True)
class Chapter:
    """What the template shows of one run; what is None or empty is not there."""

    summary: Summary
    manifest: Manifest | None
    date: str
    machine: str
    kind: str
    verdict: str
    remote: str
    figures: dict[str, Figure | None]
    tables: dict[str, Table | None]
    differing: set[str]
    notes: Sequence[Note]
    sections: Sequence[tuple[Section, list[Table]]]  # what was measured beside
    lives: Sequence[Life]
    transcripts: Transcripts
    failures: Sequence[Failed]
    unseen_failures: int


def chapter(story: Story, looks: Looks, *, embed_audio: bool, share: float) -> Chapter:
    """Return everything at once: charts drawn, tables filled, transcripts chosen."""
    summary = story.summary
    found = tables.tables(summary)
    backends = {line.contender for line in (*summary.contenders, *summary.imported)}
    failures = [row for row in story.rows if isinstance(row, Failed)]
    return Chapter(
        summary=summary,
        manifest=story.manifest,
        date=_date(story),
        machine=wording.machine(summary.host),
        kind=wording.kind(summary),
        verdict=wording.verdict(summary),
        remote=wording.remote(summary),
        figures=dict.fromkeys(_FIGURES) | dict(_figures(story, looks)),
        tables=found,
        differing=tables.differing(found["parity"]),
        notes=[note for note in wording.notes(summary) if note.kind != "ended"],
        sections=[
            (each, [tables.of_sheet(sheet, backends) for sheet in each.sheets])
            for each in sections.sections(summary)
        ],
        lives=list(lives(story, looks, share)),
        transcripts=transcripts(story, embed_audio=embed_audio, share=share),
        failures=[
            row.model_copy(update={"log_tail": row.log_tail[-_LOG_CHARACTERS:]})
            for row in failures[:_MOST_FAILURES]
        ],
        unseen_failures=max(0, len(failures) - _MOST_FAILURES),
    )


def _figures(story: Story, looks: Looks) -> Iterator[tuple[str, Figure]]:
    """Yield the charts that there is data for."""
    lines = story.summary.ranked
    names = [b.contender for b in lines]
    if lines:
        blocks = {own: times for own, times in block_times(story.rows).items() if own in names}
        draw = partial(charts.speed, looks=looks, lines=lines, blocks=blocks)
        title = "Seconds for all clips: median, 95 % interval, and every block"
        yield "speed", figure(title, names, draw)
        title = "From nothing to the first text: medians of each step"
        yield "cold", figure(title, names, partial(charts.cold, lines=lines))
    if sum(b.wer is not None for b in lines) > 1:
        draw = partial(charts.front, looks=looks, lines=lines, best=story.summary.front)
        yield "front", figure("Word error rate by seconds, with its 95 % interval", (), draw)
    for number, grid in enumerate(grids.grids(lines)):
        yield f"grid {number}", figure(grid.title, grid.names, partial(grids.draw, grid=grid))
    if any(b.peak_memory_bytes is not None for b in lines):
        draw = partial(charts.memory, looks=looks, lines=lines)
        yield "memory", figure("Peak memory of the process", names, draw)
    lengths = {name: own for name, own in story.lengths.items() if name in names}
    if len({audio for own in lengths.values() for audio, _ in own}) >= _LEAST_LENGTHS:
        draw = partial(charts.length, looks=looks, clips=lengths, lines=lines)
        yield "length", figure("Seconds for a clip by its length", (), draw)
    for kind, curves in noise.by_kind(story.summary):
        draw = partial(noise_chart.draw, looks=looks, curves=curves)
        yield f"noise {kind}", figure(f"WER by level: {drawable(noise.kind_name(kind))}", (), draw)
    if cells := timeline.cells(story):
        machine = timeline.conditions(story)
        draw = partial(timeline.draw, looks=looks, cells=cells, machine=machine)
        names = ["thermal pressure", *dict.fromkeys(cell.row.contender for cell in cells)]
        yield "timeline", figure("Every process, and the machine meanwhile", names, draw)


def _date(story: Story) -> str:
    """Return when the run began, as its manifest or its name has it."""
    if story.manifest:
        started = datetime.fromisoformat(story.manifest.started_at)
        return f"{started:%Y-%m-%d %H:%M} {started.tzname() or ''}".rstrip()
    day = story.summary.run_id[:8]
    return f"{day[:4]}-{day[4:6]}-{day[6:]}" if day.isdigit() else day
