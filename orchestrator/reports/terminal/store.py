"""The store: what it holds, what joined it, what was fetched, recorded, and loaded last."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console

from orchestrator import units
from orchestrator.cache import store
from orchestrator.cache.store import Entry
from orchestrator.errors import CleanroomError, ModelError
from orchestrator.models import lock
from orchestrator.models.adopt import Offer, Refusal
from orchestrator.models.lock import Change, FileChange
from orchestrator.models.plan import Planned
from orchestrator.models.provision import Outcome, each_download
from orchestrator.models.status.usage import Usage
from orchestrator.places import tilde
from orchestrator.reports.terminal.tables import say, show
from orchestrator.runs import find
from orchestrator.runs.schema import ContenderSummary


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
        say(console, f"          {found.fix}", "dim")


def _line(verdict: str, found: Offer | Refusal, what: str, style: str, console: Console) -> None:
    name = _name(found.planned)
    say(console, f"{verdict:<10}{name}  from {found.copy.whose}: {what}", style)


def usage(found: Usage, console: Console) -> None:
    """Print who uses how much, what is there twice, and what was cut."""
    rows = []
    for use in sorted(found.uses, key=lambda use: -use.size):
        linked = units.size(use.linked) if use.linked else ""
        backends = ", ".join(use.backends) or units.NONE
        entry, size = use.entry, units.size(use.size)
        rows.append((backends, entry.model, entry.format, entry.origin, size, linked))
    show(console, ("backends", "model", "format", "origin", "size", "linked"), rows)
    for path, unfinished in found.unfinished:
        say(console, f"unfinished: {units.size(unfinished)} in {tilde(path)}")
    for twice in found.duplicates:
        say(console, f"the same {units.size(twice.size)} in:")
        for path in twice.paths:
            say(console, f"    {tilde(path)}")
    wasted = sum(twice.wasted for twice in found.duplicates)
    extra = f"; without the duplicates {units.size(wasted)} would be free" if wasted else ""
    say(console, f"in all {units.size(found.total)}{extra}")


def locked(changes: Sequence[Change], console: Console) -> None:
    """Print what moved: revisions, then files; and what the hub would not say."""
    for change in changes:
        slot = change.slot
        what = f"{change.backend} {slot.model}" + ("" if slot.key == "sources" else f" {slot.key}")
        if change.error:
            say(console, f"failed     {what}: {change.error}", "red")
        elif change.after is not None and change.moved:
            before = (slot.source.revision or "not locked")[:12]
            after = (change.after.revision or "")[:12]
            if slot.source.pinned == "claimed":
                before += f" (claimed by {slot.source.claims})"
            line = f"recorded   {what}: {slot.source.repository} {before} -> {after}"
            say(console, line, "green")
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
            same = before.size == after.size
            return f"~ {after.name}  {units.size(after.size) if same else sizes}"
        case _:
            return ""


def last_run(backend: str, model: str, results: Path) -> str:
    """Return a section for the page of a model; empty where no run here in `results` has it."""
    for summary in find.newest(results):
        for line in summary.contenders:
            if line.contender == backend and line.model and line.model.name == model:
                return _section(summary.run_id, line)
    return ""


def _section(run: str, line: ContenderSummary) -> str:
    resolved = {key: value for key, value in line.resolved.items() if value is not None}
    facts = {"status": line.status, **(_loaded(line)), **resolved}
    rows = "\n".join(f"- {key}: {value}" for key, value in facts.items() if value is not None)
    return f"## What the last run here loaded\n\nRun {run}.\n\n{rows}\n"


def _loaded(line: ContenderSummary) -> dict[str, str | None]:
    if line.model is None:
        return {}
    return {
        "source": line.model.source,
        "revision": line.model.revision,
        "sha256 of its files": line.model.sha256,
        "digest of its tensors": line.model.digest,
    }


def announce(asked: int, missing: Sequence[Planned], free: int, console: Console) -> None:
    """Say what will be done before it is."""
    for sentence in dict.fromkeys(each.notice for each in missing if each.notice):
        say(console, sentence, "yellow")
    if not missing:
        console.print(f"nothing to fetch of {units.count(asked, 'model')}")
        return
    downloads = each_download(missing)
    known = sum(each.download_bytes for each in downloads)
    open_ = sum(not each.size_known for each in downloads)
    about = f" (of {units.count(open_, 'model')} the size is not recorded yet)" if open_ else ""
    what = f"{units.count(len(missing), 'model')} to fetch, {units.size(known)}{about}"
    say(console, f"{what}; free on the disk: {units.size(free)}")


def outcome(done: Outcome, console: Console) -> None:
    """Print how one fetch ended."""
    if done.error is not None:
        failed(done.planned, done.error, console)
    elif made := done.provisioned:
        size = units.size(store.size_on_disk(done.planned.entry.folder))
        where = f"{made.source} {made.revision or ''}".rstrip()
        note = f" ({made.note})" if made.note else ""
        line = f"complete  {_name(done.planned)}  {size} from {where}{note}"
        say(console, line, "green")


def failed(planned: Planned, error: CleanroomError, console: Console) -> None:
    """Print what could not be had, and what would help."""
    say(console, f"failed    {_name(planned)}: {error}", "red")
    if error.fix:
        say(console, f"          {error.fix}", "dim")


def _name(planned: Planned) -> str:
    return f"{planned.backend.name} {planned.name}"
