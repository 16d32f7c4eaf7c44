"""The table a run ends with: one line a backend, its transcript under it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from orchestrator import units
from orchestrator.reports import columns
from orchestrator.reports.terminal import accuracy, details, disagreement, robustness
from orchestrator.runs.schema import BackendSummary, Summary

_GAP = 2
_MOST_SHOWN = 5  # transcripts a backend: a corpus would hide the table
_MOST_CHARACTERS = 600  # of a transcript: an hour of speech would, too


@dataclass(frozen=True)
class _Column:
    title: str
    cell: Callable[[BackendSummary], str]
    right: bool = True


_COLUMNS = (
    _Column("backend", lambda b: b.backend, right=False),
    _Column("model", columns.model, right=False),
    _Column("runs as", columns.runs_as, right=False),
    _Column("seconds", lambda b: columns.interval(b.seconds)),
    _Column("RTFx", lambda b: units.factor(b.rtfx)),
    _Column("WER", lambda b: units.percent(b.wer)),
    _Column("memory", lambda b: units.size(b.peak_memory_bytes)),
    _Column("load s", lambda b: units.seconds(b.load_seconds)),
)


def render(summary: Summary, console: Console, *, pairs: bool = False) -> None:
    """Print the tables and the verdict, then what failed, was skipped, or ought to be known."""
    measured = [b for b in summary.backends if b.seconds is not None]
    _say(console, _headline(summary))
    if measured:
        console.print()
        console.print(_table(measured, console.width))
        console.print()
        details.ladder(measured, console)
        accuracy.render(summary, console, pairs=pairs)
        disagreement.render(summary, console)
    if summary.robustness:
        console.print()
        robustness.render(summary.robustness, console)
    if summary.verdict:
        console.print()
        details.verdict(summary.verdict, console, pairs=pairs)
    if summary.noise:
        console.print()
        details.noise(summary.noise, console)
    console.print()
    _sentences(summary, console)


def _sentences(summary: Summary, console: Console) -> None:
    for line in summary.backends:
        if line.status == "failed":
            _say(console, f"failed   {line.backend}: {line.reason}", "red")
            if line.fix:
                _say(console, f"         {line.fix}", "dim")
        elif line.status == "skipped":
            _say(console, f"skipped  {line.backend}: {line.reason}", "dim")
        for notice in line.warnings:
            _say(console, f"warning  {line.backend}: {notice.message}", "yellow")
    for fault in summary.corpus.faults:
        _say(console, f"unusable {fault.where}: {fault.what}", "yellow")
    if (more := summary.corpus.unusable - len(summary.corpus.faults)) > 0:
        _say(console, f"unusable {more:,} more", "yellow")
    for notice in summary.notices:
        _say(console, f"warning  {notice.message}", "yellow")
    if summary.ended:
        _say(console, f"ended    {summary.ended}", "dim")


def _say(console: Console, sentence: str, style: str = "") -> None:
    console.print(Text(sentence, style=style), soft_wrap=True)


def _headline(summary: Summary) -> str:
    host, settings = summary.host, summary.settings
    kind = "engines (--parity)" if settings.profile == "parity" else "products, as recommended"
    most = max((b.seconds.n for b in summary.backends if b.seconds), default=0)
    processes = (
        f"medians over {most} fresh processes each" if most > 1 else "one process: no medians yet"
    )
    machine = f"{host.chip or host.platform}, {host.os} {host.os_version or ''}".rstrip()
    corpus = summary.corpus
    clips = units.count(corpus.clips, "clip")
    if settings.corpus is not None:
        clips += f" of {corpus.name}"
    return f"{machine}: {clips}, {corpus.seconds:.1f} s; {kind}; {processes}"


def _table(lines: Sequence[BackendSummary], width: int) -> RenderableType:
    """Return one aligned table with transcripts between its rows; narrow terminals lose columns."""
    cells = [[column.cell(line) for column in _COLUMNS] for line in lines]
    titles = [column.title for column in _COLUMNS]
    widths = [max(map(len, column)) for column in zip(titles, *cells, strict=True)]
    shown = _fitting(widths, width)
    parts: list[RenderableType] = [_row(titles, widths, shown, "bold")]
    for line, row in zip(lines, cells, strict=True):
        parts.append(_row(row, widths, shown, ""))
        parts.extend(_transcripts(line))
    return Group(*parts)


def _fitting(widths: Sequence[int], width: int) -> list[int]:
    """Choose the columns that fit; the last ones go first, the backend and its time stay."""
    keep = list(range(len(widths)))
    for droppable in (7, 2, 6, 1, 5):
        if sum(widths[i] + _GAP for i in keep) - _GAP > width:
            keep.remove(droppable)
    return keep


def _row(cells: Sequence[str], widths: Sequence[int], shown: Iterable[int], style: str) -> Table:
    table = Table.grid(padding=(0, _GAP, 0, 0))
    for i in shown:
        justify = "right" if _COLUMNS[i].right else "left"
        table.add_column(width=widths[i], no_wrap=True, justify=justify)  # type: ignore[arg-type]
    table.add_row(*(Text(cells[i], style=style) for i in shown))
    return table


def _transcripts(line: BackendSummary) -> Iterable[RenderableType]:
    several = len(line.transcripts) > 1
    for transcript in line.transcripts if len(line.transcripts) <= _MOST_SHOWN else ():
        name = f"{transcript.clip}: " if several else ""
        text = transcript.failed or transcript.text or "(no text)"
        yield Padding(
            Text(f"{name}{units.shortened(text, _MOST_CHARACTERS)}", style="dim"), (0, 0, 0, _GAP)
        )
