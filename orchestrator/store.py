"""A run on disk: `results/<run-id>/`, where a finished row is never lost."""

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from pydantic import ValidationError

from orchestrator.errors import ConfigError, UsageError
from orchestrator.host.sample import Sample
from orchestrator.results import ROW, Failed, Manifest, Measured, Skipped, Summary, ThrottleCurve

_NAMES = {Manifest: "manifest.json", Summary: "summary.json", ThrottleCurve: "curve.json"}


class RunFolder:
    """Reads and writes one run; a context manager around its open row file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.logs = path / "logs"
        self.work = path / "work"  # the runners' private working directories, gone at the end
        self.rows_file = path / "rows.jsonl"

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

    def rows(self) -> Iterator[Measured | Failed | Skipped]:
        """Yield the stored rows in order; raise ConfigError naming a line that is none."""
        with self.rows_file.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    yield ROW.validate_json(line)
                except ValidationError as error:
                    raise ConfigError(f"{self.rows_file}, line {number}: {error}") from error

    def write(self, document: Manifest | Summary | ThrottleCurve) -> None:
        """Write a run's document whole or not at all."""
        name = _NAMES[type(document)]
        text = document.model_dump_json(by_alias=True, indent=2) + "\n"
        partial = self.path / f".{name}.partial"
        with _writing(self.path):
            partial.write_text(text)
            partial.replace(self.path / name)


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
