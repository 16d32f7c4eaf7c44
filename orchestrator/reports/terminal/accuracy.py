"""The accuracy tables: rates with intervals, what is wrong, who makes fewer errors than whom."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from orchestrator import units
from orchestrator.reports.terminal import tables
from orchestrator.runs.schema import Accuracy, BackendSummary, ErrorDifference, Rate, Summary


def render(summary: Summary, console: Console, *, pairs: bool) -> None:
    """Print what is known of accuracy beyond the WER of one clip; nothing where there is none."""
    lines = [b for b in summary.backends if b.accuracy and b.status != "skipped"]
    if summary.corpus.clips > 1 and lines:
        console.print()
        tables.show(_errors(lines), console)
        if any(b.accuracy and b.accuracy.formatting for b in lines):
            console.print()
            tables.show(_formatting(lines), console)
    if any(b.languages for b in summary.backends):
        console.print()
        tables.show(_languages(summary.backends), console)
    for difference in summary.differences if pairs else _against_the_best(summary):
        console.print(Text(difference.sentence), soft_wrap=True)
    if len(lines) > 1 and summary.front:
        best = ", ".join(summary.front)
        console.print(Text(f"nobody else is both as fast and as accurate: {best}"), soft_wrap=True)


def _against_the_best(summary: Summary) -> list[ErrorDifference]:
    """Choose the pairs with the backend that has fewest errors, if there is an interval at all."""
    rates = {b.backend: b.wer for b in summary.backends if b.wer is not None}
    best = min(rates, key=rates.__getitem__, default=None)
    return [d for d in summary.differences if best in (d.first, d.second) and d.outcome]


def _errors(lines: Sequence[BackendSummary]) -> Table:
    titles = ("WER", "words", "wrong", "invented", "missed", "CER", "empty", "failed", "looping")
    table = tables.columns("accuracy", *titles, numbers=titles)
    for line in lines:
        if (found := line.accuracy) is not None:
            counts = (found.words, found.substitutions, found.insertions, found.deletions)
            outputs = (found.empty, found.failed, found.looping)
            tables.add(
                table,
                line.backend,
                _rate(found),
                *(f"{count:,}" for count in counts),
                units.percent(found.cer),
                *map(str, outputs),
            )
    return table


def _rate(found: Accuracy) -> str:
    """Show a rate with its limits; over characters it is said to be of characters."""
    return rate(found.wer) + (" of characters" if found.by_character else "")


def rate(value: Rate) -> str:
    """Return a share with its interval, where there is one: 4.9 % (4.1 to 5.8)."""
    if value.low is None or value.high is None:
        return units.percent(value.value)
    return f"{units.percent(value.value)} ({100 * value.low:.1f} to {100 * value.high:.1f})"


def _formatting(lines: Sequence[BackendSummary]) -> Table:
    titles = ("as written", "words", "numbers", "spelling", "casing", "punctuation")
    table = tables.columns("errors in 100 words", *titles, numbers=titles)
    for line in lines:
        found = line.accuracy.formatting if line.accuracy else None
        if found is not None:
            layers = found.model_dump().values()
            cells = (units.NONE if value is None else f"{value:.1f}" for value in layers)
            tables.add(table, line.backend, *cells)
    return table


def _languages(lines: Sequence[BackendSummary]) -> Table:
    titles = ("right", "wrong", "not told", "adds, s a clip")
    table = tables.columns("language", *titles, numbers=titles)
    for line in lines:
        if (found := line.languages) is not None:
            counts = (found.right, found.wrong, found.silent)
            seconds = units.seconds(found.seconds)
            tables.add(table, line.backend, *map(str, counts), seconds)
    return table
