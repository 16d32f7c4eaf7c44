"""`corpora`: one line a corpus, and under it what one should know before fetching it."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from orchestrator import units
from orchestrator.clips.corpora import Listed
from orchestrator.reports.terminal.tables import add, columns, show


def listing(known: Sequence[Listed], console: Console) -> None:
    """Print the catalogue; where a corpus comes from and its licence are part of every line."""
    table = columns("corpus", "hours", "download", "here", "licence", "from")
    for one in known:
        hours = units.NONE if one.hours is None else f"{one.hours:g}"
        size = units.size(one.download_bytes)
        add(table, one.name, hours, size, "yes" if one.here else "no", one.licence, one.place)
    show(table, console)
    for one in known:
        console.print()
        codes = f" ({', '.join(one.languages)})" if one.languages else ""
        console.print(Text(f"{one.name}: {one.about}{codes}"), soft_wrap=True)
        for remark in filter(None, (*one.notes, one.elsewhere)):
            console.print(Text(f"  {remark}", style="dim"), soft_wrap=True)
