"""What is told where nobody knows the truth: who differs from whom, and the places to listen to."""

from rich.console import Console
from rich.text import Text

from orchestrator import units
from orchestrator.reports.terminal.tables import add, columns, show
from orchestrator.runs.schema import Disputed, Summary

_SHOWN = 5


def render(summary: Summary, console: Console) -> None:
    """Print the rates of every two backends, and the places disputed most."""
    if not summary.disagreements:
        return
    console.print()
    table = columns("disagreement", "with", "words heard differently")
    for pair in summary.disagreements:
        add(table, pair.first, pair.second, units.percent(pair.rate))
    show(table, console)
    for dispute in summary.disputed[:_SHOWN]:
        console.print()
        _dispute(dispute, console)
    if (more := len(summary.disputed) - _SHOWN) > 0:
        console.print(f"{units.count(more, 'more disputed place')} in summary.json")


def _dispute(dispute: Disputed, console: Console) -> None:
    place = ""
    if dispute.start is not None and dispute.end is not None:
        place = f" at {units.seconds(dispute.start)} to {units.seconds(dispute.end)} s"
    head = f"{dispute.clip}{place}, {100 * dispute.share:.0f} % disputed"
    console.print(Text(head, style="bold"), soft_wrap=True)
    for name, text in dispute.heard.items():
        console.print(Text(f"  {name}: {text or '(nothing)'}"), soft_wrap=True)
