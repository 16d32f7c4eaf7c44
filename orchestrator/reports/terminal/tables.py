"""The one style of every table: no lines; a narrow terminal has a block a row, a file one line."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

# Off a terminal nothing is folded: the lines are for grep.
_ENDLESS = 400
_NUMBERS = frozenset({"download", "size", "linked"})
_PROSE = frozenset({"from"})
_GAP = 2
_READABLE = 24  # columns that prose can be folded to


def filled(
    titles: Iterable[str],
    rows: Iterable[Iterable[str | Text]],
    numbers: Collection[str] = _NUMBERS,
    prose: Collection[str] = _PROSE,
) -> Table:
    """Return a table without lines; numbers stand to the right, prose may be folded."""
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0))
    for name in titles:
        table.add_column(
            Text(name, "bold"),
            justify="right" if name in numbers else "left",
            no_wrap=name not in prose,
            overflow="fold",
        )
    for row in rows:
        table.add_row(*map(_text, row))
    return table


def say(console: Console, sentence: str, style: str = "") -> None:
    """Print a sentence, its words taken as they are; it is not folded, a terminal does that."""
    console.print(Text(sentence, style), soft_wrap=True)


def show(
    console: Console,
    titles: Iterable[str],
    rows: Iterable[Iterable[str | Text]],
    *,
    numbers: Collection[str] = _NUMBERS,
    prose: Collection[str] = _PROSE,
) -> None:
    """Print a table that has rows; where they are wider than the terminal, each row as a block."""
    table = filled(titles, rows, numbers, prose)
    if not table.row_count:
        return
    if not console.is_terminal:
        with _endless(console):
            console.print(table)
    elif _least_width(table.columns) <= console.width:
        console.print(table)
    else:
        for row in zip(*(column.cells for column in table.columns), strict=True):
            _block(table.columns, [_text(cell) for cell in row], console)


def fitting(widths: Sequence[int], priorities: Sequence[int], width: int) -> list[int]:
    """Return which columns have room, in order: those of the highest number go first, 0 stays."""
    kept = list(range(len(widths)))
    for i in sorted(kept, key=lambda i: (-priorities[i], -i)):
        if priorities[i] and sum(widths[k] + _GAP for k in kept) - _GAP > width:
            kept.remove(i)
    return kept


def _block(titles: Collection[Column], cells: Collection[Text], console: Console) -> None:
    """Print the first cell as a heading, and every other that says something after its title."""
    for number, (column, cell) in enumerate(zip(titles, cells, strict=True)):
        title = _text(column.header).plain
        if number and cell.plain:
            console.print(Text.assemble("  ", (f"{title}: " if title else "", "dim"), cell))
        elif not number:
            console.print(Text.assemble(cell, style="bold"))


def _least_width(wanted: Collection[Column]) -> int:
    return sum(map(_least, wanted)) + _GAP * (len(wanted) - 1)


def _least(column: Column) -> int:
    width = max(_text(cell).cell_len for cell in (column.header, *column.cells))
    return width if column.no_wrap else min(width, _READABLE)


def _text(cell: object) -> Text:
    return cell if isinstance(cell, Text) else Text(str(cell))


@contextmanager
def _endless(console: Console) -> Iterator[None]:
    width, console.width = console.width, _ENDLESS
    try:
        yield
    finally:
        console.width = width
