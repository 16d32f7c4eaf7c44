"""A board: any number of runs on one page, by chip, engine and model, and as one table.

Seconds of different machines are never pooled: of the runs of one chip the page shows the median
and the range, and how many there were.
"""

from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from orchestrator import units
from orchestrator.bench.events import Watcher
from orchestrator.errors import CleanroomError, UsageError, program
from orchestrator.reports.board import page as pages
from orchestrator.reports.board import table
from orchestrator.reports.board.groups import Groups
from orchestrator.reports.board.lines import Line, left_out, lines
from orchestrator.runs import find
from orchestrator.runs.folder import write_page
from orchestrator.runs.sharing.overview import overview
from orchestrator.runs.stored import IMPORTED

_MOST_SAID = 20  # sentences on what is left out


@dataclass(frozen=True)
class Made:
    """What went into a board: runs, and the lines of its page that had room."""

    runs: int
    left_out: int
    shown: int
    unseen: int


def write(
    paths: Iterable[Path], page: Path, parquet: Path | None, watcher: Watcher | None = None
) -> Made:
    """Write the page, and the table where one is wanted, of runs, shared zips and folders of them.

    What is no run, damaged or not comparable is left out: `watcher` gets a sentence for the first
    of them, and how far it is. Raises UsageError where no run is left or a file cannot be written.
    """
    said = _Said(watcher or Watcher())
    groups, runs = Groups(), 0
    with table.writing(parquet) if parquet else nullcontext(lambda _: None) as keep:
        for found in _runs(list(find.stored_and_shared(paths)), said):
            keep(found)
            groups.add(found)
            runs += 1
        if not runs:
            raise UsageError(
                "none of these is a run that a board can show",
                f"name others: {program()} board results",
            )
    listed = groups.listed()
    html, shown = pages.page(listed, runs)
    write_page(page, html)
    return Made(runs, said.many, shown, len(listed) - shown)


class _Said:
    """Says what is left out, the first of it by name and the rest as a number."""

    def __init__(self, watcher: Watcher) -> None:
        self.watcher = watcher
        self.many = 0

    def __call__(self, sentence: str) -> None:
        self.many += 1
        if self.many <= _MOST_SAID:
            self.watcher.notice(sentence)
        elif self.many == _MOST_SAID + 1:
            self.watcher.notice("more are left out: `board check` says why")


def _runs(paths: list[Path], said: _Said) -> Iterator[list[Line]]:
    """Yield each run's lines, and of a run that is there twice those of the first."""
    seen: dict[str, Path] = {}
    for number, path in enumerate(paths, 1):
        try:
            run = overview(path)
        except CleanroomError as error:
            said(f"{path} is left out: {str(error).splitlines()[0]}")
            continue
        id_ = run.manifest.run_id.removeprefix(IMPORTED)
        if fault := (f"it is {seen[id_]} again" if id_ in seen else left_out(run)):
            said(f"{path} is left out: {fault}")
            continue
        seen[id_] = path
        yield lines(run)
        said.watcher.phase(
            "board", f"reading {units.count(len(paths), 'run')}", number / len(paths)
        )
