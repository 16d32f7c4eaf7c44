"""Downloads as they go: a bar a model in a terminal, else a line a step."""

import threading
from collections.abc import Sequence
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.text import Text

from orchestrator import units
from orchestrator.cache import store
from orchestrator.errors import CleanroomError
from orchestrator.models.plan import Planned
from orchestrator.models.progress import Advance
from orchestrator.models.provision import Outcome


class Bars:
    """Listens to several fetches at once; to be entered around them."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = threading.Lock()
        self._tasks: dict[str, TaskID] = {}
        self._said: dict[str, str] = {}
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[doing]}"),
            console=console,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, planned: Planned, advance: Advance) -> None:
        """Take one report, from whichever thread."""
        name = _name(planned)
        with self._lock:
            if self._console.is_terminal:
                self._draw(name, advance)
            elif self._said.get(name) != advance.doing:
                self._said[name] = advance.doing
                size = f", {units.size(advance.total)}" if advance.total else ""
                self._console.print(f"{name}: {advance.doing}{size}", soft_wrap=True)

    def _draw(self, name: str, advance: Advance) -> None:
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name, total=None, doing="")
        self._progress.update(
            self._tasks[name],
            completed=advance.done or 0,
            total=advance.total,
            doing=advance.doing,
        )


def announce(asked: int, missing: Sequence[Planned], free: int, console: Console) -> None:
    """Say what will be done before it is."""
    for sentence in dict.fromkeys(each.notice for each in missing if each.notice):
        console.print(Text(sentence, "yellow"), soft_wrap=True)
    if not missing:
        console.print(f"nothing to fetch of {units.count(asked, 'model')}")
        return
    sizes = {each.download_key: each for each in missing}
    known = sum(each.download_bytes for each in sizes.values())
    open_ = sum(not each.size_known for each in sizes.values())
    about = f" (of {units.count(open_, 'model')} the size is not recorded yet)" if open_ else ""
    console.print(
        f"{units.count(len(missing), 'model')} to fetch, {units.size(known)}{about};"
        f" free on the disk: {units.size(free)}",
        soft_wrap=True,
    )


def outcome(done: Outcome, console: Console) -> None:
    """Print how one fetch ended."""
    if done.error is not None:
        failed(done.planned, done.error, console)
    elif made := done.provisioned:
        size = units.size(store.size_on_disk(done.planned.entry.folder))
        where = f"{made.source} {made.revision or ''}".rstrip()
        note = f" ({made.note})" if made.note else ""
        line = f"complete  {_name(done.planned)}  {size} from {where}{note}"
        console.print(Text(line, "green"), soft_wrap=True)


def failed(planned: Planned, error: CleanroomError, console: Console) -> None:
    """Print what could not be had, and what would help."""
    console.print(Text(f"failed    {_name(planned)}: {error}", "red"), soft_wrap=True)
    if error.fix:
        console.print(Text(f"          {error.fix}", "dim"), soft_wrap=True)


def _name(planned: Planned) -> str:
    return f"{planned.backend.name} {planned.name}"
