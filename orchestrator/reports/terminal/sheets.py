"""Tables of backends, and what was measured beside, in a terminal: what has room, by priority."""

from collections.abc import Sequence

from rich.console import Console

from orchestrator import units
from orchestrator.reports import imported
from orchestrator.reports import sections as found
from orchestrator.reports.quantities import Column
from orchestrator.reports.sections import Sheet
from orchestrator.reports.terminal import tables
from orchestrator.runs.schema import ContenderSummary, Summary

_MOST_NAMED = 6  # columns that had no room
_PAGE = "see the page, or report RUN --csv"


def sections(summary: Summary, console: Console, *, pairs: bool) -> None:
    """Print what was measured beside, each part with its tables and what they say.

    Of tables of `pairs` the terminal has none unless they are asked for.
    """
    for section in found.sections(summary):
        console.print()
        tables.say(console, section.heading, "bold")
        shown = [each for each in section.sheets if pairs or each.folded != "every pair"]
        for sheet in shown:
            if len(shown) > 1:
                tables.say(console, sheet.caption)
            _sheet(sheet, console, whole(summary))
        for sentence in section.sentences:
            tables.say(console, sentence)


def backends(
    wanted: Sequence[Column],
    lines: Sequence[ContenderSummary],
    console: Console,
    elsewhere: str = _PAGE,
) -> None:
    """Print a line a backend."""
    _sheet(found.sheet("", wanted, lines), console, elsewhere)


def whole(summary: Summary) -> str:
    """Say where all columns are: what was scored without a run has no page."""
    return "--json has all" if imported.without_run(summary) else _PAGE


def _sheet(sheet: Sheet, console: Console, elsewhere: str) -> None:
    """Print a table, and name the columns that had no room."""
    widths = [max(map(len, column)) for column in zip(sheet.head, *sheet.rows, strict=True)]
    shown = tables.fitting(widths, sheet.priorities, console.width)
    head, *rows = ([row[i] for i in shown] for row in (sheet.head, *sheet.rows[: sheet.most]))
    console.print(tables.filled(head, rows, sheet.numbers))
    if sheet.most and (unseen := len(sheet.rows[sheet.most :])):
        tables.say(console, f"{units.count(unseen, 'more line')}: {elsewhere}", "dim")
    left = sorted(set(range(len(widths))) - set(shown), key=lambda i: sheet.priorities[i])
    if left:
        named = units.named([sheet.head[i].partition(",")[0] for i in left], _MOST_NAMED)
        tables.say(console, f"no room for {named}: {elsewhere}", "dim")
