"""What the store holds, and what joined it without a download."""

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from orchestrator import units
from orchestrator.cache import store
from orchestrator.cache.store import Entry
from orchestrator.errors import ModelError
from orchestrator.models.adopt import Offer, Refusal
from orchestrator.models.pages.page import tilde
from orchestrator.models.status.usage import Usage
from orchestrator.reports.terminal.tables import add, columns, show


def entry(found: Entry, console: Console) -> None:
    """Print one entry of the store."""
    size = units.size(store.size_on_disk(found.home) + found.kept_bytes())
    console.print(f"{found.model}  {size}  {tilde(found.home)}", soft_wrap=True)


def adopted(
    outcomes: Iterable[tuple[Offer | Refusal, ModelError | None]],
    console: Console,
    *,
    dry_run: bool = False,
) -> int:
    """Print what became of each copy, as it happens; return how many could not be used."""
    failures = count = 0
    for count, (found, fault) in enumerate(outcomes, 1):  # noqa: B007 - the last count is used
        failures += bool(fault) or isinstance(found, Refusal)
        if isinstance(found, Refusal):
            _refusal(found, console)
        else:
            _offer(found, fault, console, dry_run=dry_run)
    if not count:
        console.print("nothing found that is not in the store already")
    return failures


def _offer(found: Offer, fault: ModelError | None, console: Console, *, dry_run: bool) -> None:
    if fault:
        _line("differs", found, str(fault), "red", console)
        return
    revision = f", revision {found.revision[:12]}" if found.revision else ""
    what = f"{units.size(found.size)} in {tilde(found.copy.folder)}{revision}"
    _line("could be" if dry_run else "adopted", found, what, "green", console)


def _refusal(found: Refusal, console: Console) -> None:
    _line("not used", found, f"{tilde(found.copy.folder)}: {found.why}", "yellow", console)
    if found.fix:
        console.print(Text(f"          {found.fix}", "dim"), soft_wrap=True)


def _line(verdict: str, found: Offer | Refusal, what: str, style: str, console: Console) -> None:
    name = f"{found.planned.backend.name} {found.planned.name}"
    text = f"{verdict:<10}{name}  from {found.copy.whose}: {what}"
    console.print(Text(text, style), soft_wrap=True)


def usage(found: Usage, console: Console) -> None:
    """Print who uses how much, what is there twice, and what was cut."""
    table = columns("backends", "model", "format", "origin", "size", "linked")
    for use in sorted(found.uses, key=lambda use: -use.size):
        linked = units.size(use.linked) if use.linked else ""
        backends = ", ".join(use.backends) or units.NONE
        entry = use.entry
        size = units.size(use.size)
        add(table, backends, entry.model, entry.format, entry.origin, size, linked)
    show(table, console)
    for path, unfinished in found.unfinished:
        console.print(f"unfinished: {units.size(unfinished)} in {tilde(path)}", soft_wrap=True)
    for twice in found.duplicates:
        console.print(f"the same {units.size(twice.size)} in:", soft_wrap=True)
        for path in twice.paths:
            console.print(f"    {tilde(path)}", soft_wrap=True)
    wasted = sum(twice.wasted for twice in found.duplicates)
    extra = f"; without the duplicates {units.size(wasted)} would be free" if wasted else ""
    console.print(f"in all {units.size(found.total)}{extra}", soft_wrap=True)
