"""What `models lock` recorded: revisions, then the files that moved."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from orchestrator import units
from orchestrator.models import lock
from orchestrator.models.lock import Change, FileChange


def locked(changes: Sequence[Change], console: Console) -> None:
    """Print what moved: revisions, then files; and what the hub would not say."""
    for change in changes:
        slot = change.slot
        what = f"{change.backend} {slot.model}" + ("" if slot.key == "sources" else f" {slot.key}")
        if change.error:
            console.print(Text(f"failed     {what}: {change.error}", "red"), soft_wrap=True)
        elif change.after is not None and change.moved:
            before = (slot.source.revision or "not locked")[:12]
            after = (change.after.revision or "")[:12]
            line = f"recorded   {what}: {slot.source.repository} {before} -> {after}"
            console.print(Text(line, "green"), soft_wrap=True)
            for pair in lock.differences(change):
                console.print(f"    {_difference(pair)}", soft_wrap=True)
    same = sum(not change.moved and not change.error for change in changes)
    console.print(f"{units.count(same, 'source')} as recorded before")


def _difference(pair: FileChange) -> str:
    match pair:
        case FileChange(None, after) if after:
            return f"+ {after.name}  {units.size(after.size)}"
        case FileChange(before, None) if before:
            return f"- {before.name}"
        case FileChange(before, after) if before and after:
            sizes = f"{units.size(before.size)} -> {units.size(after.size)}"
            return (
                f"~ {after.name}  {units.size(after.size) if before.size == after.size else sizes}"
            )
        case _:
            return ""
