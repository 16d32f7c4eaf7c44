"""Tables without lines: folded to a terminal, one endless line a row anywhere else."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

# Off a terminal nothing is folded: the lines are for grep.
_ENDLESS = 400


def columns(*titles: str) -> Table:
    """Return a table without lines; numbers stand to the right."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in titles:
        right = name in {"download", "size", "linked"}
        justify = "right" if right else "left"
        table.add_column(name, header_style="bold", justify=justify, no_wrap=name != "from")  # type: ignore[arg-type]
        table.columns[-1].overflow = "fold"
    return table


def add(table: Table, *cells: str | Text) -> None:
    """Add a row, its words taken as they are."""
    table.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in cells))


def show(table: Table, console: Console) -> None:
    """Print a table that has rows."""
    if table.row_count:
        if not console.is_terminal:
            console.width = _ENDLESS
        console.print(table)
