"""The accuracy tables: rates with intervals, what is wrong, who makes fewer errors than whom."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from orchestrator.report import words
from orchestrator.results import Accuracy, BackendSummary, ErrorDifference, Rate, Summary


def render(summary: Summary, console: Console, *, pairs: bool) -> None:
    """Print what is known of accuracy beyond the WER of one clip; nothing where there is none."""
    lines = [b for b in summary.backends if b.accuracy and b.status != "skipped"]
    if summary.corpus.clips > 1 and lines:
        console.print()
        console.print(_errors(lines))
        if any(b.accuracy and b.accuracy.formatting for b in lines):
            console.print()
            console.print(_formatting(lines))
    if any(b.languages for b in summary.backends):
        console.print()
        console.print(_languages(summary.backends))
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
    table = _table("accuracy", titles)
    for line in lines:
        if (found := line.accuracy) is not None:
            counts = (found.words, found.substitutions, found.insertions, found.deletions)
            outputs = (found.empty, found.failed, found.looping)
            table.add_row(
                Text(line.backend),
                _rate(found),
                *(f"{count:,}" for count in counts),
                words.percent(found.cer),
                *map(str, outputs),
            )
    return table


def _rate(found: Accuracy) -> str:
    """Show a rate with its limits; over characters it is said to be of characters."""
    return rate(found.wer) + (" of characters" if found.by_character else "")


def rate(value: Rate) -> str:
    """Return a share with its interval, where there is one: 4.9 % (4.1 to 5.8)."""
    if value.low is None or value.high is None:
        return words.percent(value.value)
    return f"{words.percent(value.value)} ({100 * value.low:.1f} to {100 * value.high:.1f})"


def _formatting(lines: Sequence[BackendSummary]) -> Table:
    table = _table(
        "errors in 100 words",
        ("as written", "words", "numbers", "spelling", "casing", "punctuation"),
    )
    for line in lines:
        found = line.accuracy.formatting if line.accuracy else None
        if found is not None:
            layers = found.model_dump().values()
            cells = (words.NONE if value is None else f"{value:.1f}" for value in layers)
            table.add_row(Text(line.backend), *cells)
    return table


def _languages(lines: Sequence[BackendSummary]) -> Table:
    table = _table("language", ("right", "wrong", "not told", "adds, s a clip"))
    for line in lines:
        if (found := line.languages) is not None:
            counts = (found.right, found.wrong, found.silent)
            seconds = words.seconds(found.seconds)
            table.add_row(Text(line.backend), *map(str, counts), seconds)
    return table


def _table(title: str, columns: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(title, header_style="bold", no_wrap=True)
    for name in columns:
        table.add_column(name, header_style="bold", justify="right")
    return table
