"""The throttle curve as a table: speed by minute, against the first."""

from rich.console import Console

from orchestrator import units
from orchestrator.reports.terminal.tables import add, columns, show
from orchestrator.runs.schema import ThrottleCurve


def render(curve: ThrottleCurve, console: Console) -> None:
    """Print one line a minute, and what changed about the machine meanwhile."""
    titles = ("minute", "passes", "seconds", "RTFx", "of the first")
    table = columns(*titles, numbers=titles)
    first = curve.minutes[0].rtfx
    for minute in curve.minutes:
        add(
            table,
            str(minute.minute),
            str(minute.passes),
            units.seconds(minute.seconds),
            units.factor(minute.rtfx),
            f"{100 * minute.rtfx / first:.0f} %",
        )
    console.print(f"{curve.backend}, {curve.model.name}, without a pause:", soft_wrap=True)
    show(table, console)
    for change in curve.changes:
        console.print(f"meanwhile: {change.message}", style="yellow", soft_wrap=True)
