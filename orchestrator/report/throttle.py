"""The throttle curve as a table: speed by minute, against the first."""

from rich.console import Console
from rich.table import Table

from orchestrator.report import words
from orchestrator.results import ThrottleCurve


def render(curve: ThrottleCurve, console: Console) -> None:
    """Print one line a minute, and what changed about the machine meanwhile."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("minute", "passes", "seconds", "RTFx", "of the first"):
        table.add_column(title, header_style="bold", justify="right")
    first = curve.minutes[0].rtfx
    for minute in curve.minutes:
        table.add_row(
            str(minute.minute),
            str(minute.passes),
            words.seconds(minute.seconds),
            words.factor(minute.rtfx),
            f"{100 * minute.rtfx / first:.0f} %",
        )
    console.print(f"{curve.backend}, {curve.model.name}, without a pause:", soft_wrap=True)
    console.print(table)
    for change in curve.changes:
        console.print(f"meanwhile: {change.message}", style="yellow", soft_wrap=True)
