"""A run on disk: `results/<run-id>/`, where a finished row is never lost."""

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self, TypeVar

from pydantic import ValidationError

from orchestrator.errors import ConfigError, UsageError
from orchestrator.host.sample import Sample
from orchestrator.runs.schema import (
    ROW,
    ClipRecord,
    Failed,
    Manifest,
    Measured,
    Passes,
    Skipped,
    Summary,
    ThrottleCurve,
)
from orchestrator.runs.schema.plan import Cell

RECORDINGS = "recordings"  # among the runs' folders: what `run --record` was about
IMPORTED = "imported-"
"""What the name of somebody else's run begins with: it was not run on this machine."""

_Line = TypeVar("_Line")
_NAMES = {Manifest: "manifest.json", Summary: "summary.json", ThrottleCurve: "curve.json"}


class RunFolder:
    """Reads and writes one run; a context manager around its open row file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.logs = path / "logs"
        self.work = path / "work"  # the runners' private working directories, gone at the end
        self.rows_file = path / "rows.jsonl"
        self.clips_file = path / "clips.jsonl"

    def __enter__(self) -> Self:
        """Create the folder and open the rows for appending; a cut last line is cut off."""
        with _writing(self.path):
            self.logs.mkdir(parents=True, exist_ok=True)
            _repair(self.rows_file)
            self._rows = self.rows_file.open("ab")
        return self

    def __exit__(self, *_: object) -> None:
        self._rows.close()
        shutil.rmtree(self.work, ignore_errors=True)

    def log(self, key: str) -> Path:
        """Return the log file of a cell."""
        return self.logs / f"{key}.log"

    def append(self, row: Measured | Failed | Skipped) -> None:
        """Write one row through to the disk before anything else happens."""
        with _writing(self.path):
            self._rows.write(row.model_dump_json().encode() + b"\n")
            self._rows.flush()
            os.fsync(self._rows.fileno())

    @contextmanager
    def keeping(self, cell: str, attempt: int) -> Iterator[Callable[[Iterable[Passes]], None]]:
        """Give what appends a cell's transcripts to its file, which is on disk before its row."""
        path = self._passes(cell, attempt)
        with _writing(self.path):
            path.parent.mkdir(exist_ok=True)
            with path.open("wb") as file:
                yield lambda batch: file.writelines(
                    p.model_dump_json().encode() + b"\n" for p in batch
                )
                file.flush()
                os.fsync(file.fileno())

    def passes(self, row: Measured) -> Iterator[Passes]:
        """Yield the transcripts of a cell, in the order of the clips."""
        path = self._passes(Cell(row.block, row.backend).key, row.attempt)
        return _read(path, Passes.model_validate_json)

    def clips(self) -> Iterator[ClipRecord]:
        """Yield the clips of the run in order."""
        return _read(self.clips_file, ClipRecord.model_validate_json)

    def _passes(self, cell: str, attempt: int) -> Path:
        again = f"-again-{attempt}" if attempt > 1 else ""
        return self.path / "passes" / f"{cell}{again}.jsonl"

    def append_timeline(self, samples: Iterable[Sample]) -> None:
        """Keep what the machine was like, once a second: `timeline.jsonl`."""
        lines = (json.dumps(sample.record()) + "\n" for sample in samples)
        with _writing(self.path), (self.path / "timeline.jsonl").open("a") as file:
            file.writelines(lines)

    @property
    def has_manifest(self) -> bool:
        """Whether the run was planned already: then it goes on as it was planned."""
        return (self.path / "manifest.json").exists()

    def manifest(self) -> Manifest:
        """Read the manifest; raise UsageError where there is no run, ConfigError for another's."""
        path = self.path / "manifest.json"
        try:
            return Manifest.model_validate_json(path.read_bytes())
        except OSError as error:
            raise UsageError(
                f"{self.path} is no run: {path} cannot be read ({error.strerror})",
                "name the folder of a run, such as results/20261122-160117-bfd6",
            ) from error
        except ValidationError as error:
            raise ConfigError(f"{path}: {error}", "it was written by another version") from error

    def summary(self) -> Summary | None:
        """Read the summary; None where the run was cut off before there was one."""
        path = self.path / "summary.json"
        try:
            return Summary.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except ValidationError as error:
            raise ConfigError(f"{path}: {error}", "it was written by another version") from error

    def rows(self) -> Iterator[Measured | Failed | Skipped]:
        """Yield the stored rows in order; raise ConfigError naming a line that is none."""
        return _read(self.rows_file, ROW.validate_json)

    def write(self, document: Manifest | Summary | ThrottleCurve) -> None:
        """Write a run's document whole or not at all."""
        name = _NAMES[type(document)]
        text = document.model_dump_json(by_alias=True, indent=2) + "\n"
        partial = self.path / f".{name}.partial"
        with _writing(self.path):
            partial.write_text(text)
            partial.replace(self.path / name)


def _read(path: Path, parse: Callable[[bytes], _Line]) -> Iterator[_Line]:
    """Yield a file's lines; raise ConfigError naming the file, and the line that is none."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    yield parse(line)
                except ValidationError as error:
                    raise ConfigError(f"{path}, line {number}: {error}") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Tell the system's refusals (no room, no permission) as ours."""
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"the results folder {folder} cannot be written: {error.strerror}",
            "free some space, or give another folder with --output DIR",
        ) from error


def _repair(rows: Path) -> None:
    """Cut a last line that a crash left without its end."""
    if not rows.exists():
        return
    data = rows.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        os.truncate(rows, whole)
