"""A run on disk: `results/<run-id>/`, where a finished row is never lost."""

import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Self

from orchestrator import files
from orchestrator.errors import CleanroomError, unwritable
from orchestrator.host.sample import Sample
from orchestrator.runs.schema import (
    LivePass,
    Manifest,
    Measured,
    Passes,
    Row,
    Summary,
    ThrottleCurve,
)
from orchestrator.runs.schema.plan import file_stem
from orchestrator.runs.stored import RunFiles

PAGE = "report.html"  # what a run looks like
RECORDINGS = "recordings"  # among the runs' folders: what `run --record` was about
_NAMES = {Manifest: "manifest.json", Summary: "summary.json", ThrottleCurve: "curve.json"}


def new_id(kind: str = "") -> str:
    """Return an id for a run that begins now, which sorts by time: 20261122-160117-bfd6."""
    return time.strftime(f"%Y%m%d-%H%M%S-{kind}", time.gmtime()) + secrets.token_hex(2)


class RunFolder(RunFiles):
    """Writes one run; a context manager around its open row file."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.logs = self.path / "logs"
        self.work = self.path / "work"  # the runners' private working directories, gone at the end

    def __enter__(self) -> Self:
        """Create the folder and open the rows for appending; a cut last line is cut off."""
        with writing(self.path):
            self.logs.mkdir(parents=True, exist_ok=True)
            _repair(self.rows_file)
            self._rows = self.rows_file.open("ab")
        return self

    def __exit__(self, *_: object) -> None:
        self._rows.close()
        shutil.rmtree(self.work, ignore_errors=True)

    def log(self, key: str) -> Path:
        """Return the log file of a cell."""
        return self.logs / f"{file_stem(key)}.log"

    def append(self, row: Row) -> None:
        """Write one row through to the disk before anything else happens."""
        with writing(self.path):
            self._rows.write(row.model_dump_json().encode() + b"\n")
            self._rows.flush()
            os.fsync(self._rows.fileno())

    @contextmanager
    def keeping(self, cell: str, attempt: int) -> Iterator[Callable[[Iterable[Passes]], None]]:
        """Give what appends a cell's transcripts to its file, which is on disk before its row."""
        with self._whole(self.lines_of("passes", cell, attempt)) as append:
            yield append

    @contextmanager
    def keeping_live(
        self, cell: str, attempt: int
    ) -> Iterator[Callable[[Iterable[LivePass]], None]]:
        """Give what appends what a cell showed live to a file beside its transcripts."""
        with self._whole(self.lines_of("live", cell, attempt)) as append:
            yield append

    def write_accuracy(self, kind: str, contender: str, heard: Iterable[Passes]) -> None:
        """Write what a contender hears in passes for accuracy alone, whole or not at all."""
        path = self._accuracy(kind, contender)
        with writing(self.path):
            path.parent.mkdir(exist_ok=True)
            with files.replacing(path) as file:
                file.writelines(each.model_dump_json().encode() + b"\n" for each in heard)

    @contextmanager
    def _whole(self, path: Path) -> Iterator[Callable[[Iterable[Passes | LivePass]], None]]:
        with writing(self.path):
            path.parent.mkdir(exist_ok=True)
            with path.open("wb") as file:
                yield lambda batch: file.writelines(
                    each.model_dump_json().encode() + b"\n" for each in batch
                )
                file.flush()
                os.fsync(file.fileno())

    def append_timeline(self, samples: Iterable[Sample]) -> None:
        """Keep what the machine was like, once a second: `timeline.jsonl`."""
        lines = (json.dumps(sample.record()) + "\n" for sample in samples)
        with (
            writing(self.path),
            (self.path / "timeline.jsonl").open("a", encoding="utf-8") as file,
        ):
            file.writelines(lines)

    def write(self, document: Manifest | Summary | ThrottleCurve) -> None:
        """Write a run's document whole or not at all."""
        name = _NAMES[type(document)]
        with writing(self.path):
            text = document.model_dump_json(by_alias=True, indent=2)
            files.write(self.path / name, text + "\n")


def write_page(path: Path, html: str) -> None:
    """Write a page of runs whole or not at all; raise UsageError where it cannot be."""
    with replacing(path, "--output FILE") as file:
        file.write(html.encode("utf-8", "replace"))


@contextmanager
def replacing(path: Path, option: str) -> Iterator[BinaryIO]:
    """Open what is made of runs, to be there whole or not at all.

    Raises UsageError, which names the option that moves it, where it cannot be written.
    """
    with unwritable(path, f"name another file with {option}"), files.replacing(path) as file:
        yield file


@contextmanager
def unless_refused(path: Path) -> Iterator[None]:
    """Leave nothing of a new run that is refused, or interrupted before it began."""
    fresh = not path.exists()
    with unless_empty(path.parent):
        try:
            yield
        except (CleanroomError, KeyboardInterrupt):
            if fresh and not _has_measured(RunFiles(path)):
                shutil.rmtree(path, ignore_errors=True)
            raise


def _has_measured(run: RunFiles) -> bool:
    return run.rows_file.exists() and any(isinstance(row, Measured) for row in run.rows())


@contextmanager
def unless_empty(folder: Path) -> Iterator[None]:
    """Remove a folder, and those above it, that are made within and have nothing in them after."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        yield
    finally:
        with suppress(OSError):  # only an empty one can be removed
            for place in missing:
                place.rmdir()


def writing(folder: Path) -> AbstractContextManager[None]:
    """Tell the system's refusals (no room, no permission) as ours."""
    fix = "free some space there, or name a folder that you can write: --output DIR"
    return unwritable(f"the results folder {folder}", fix)


def _repair(rows: Path) -> None:
    """Cut a last line that a crash left without its end."""
    if not rows.exists():
        return
    data = rows.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        os.truncate(rows, whole)
