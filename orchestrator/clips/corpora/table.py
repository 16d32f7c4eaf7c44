"""A table or manifest that names recordings in its own folder, with their texts."""

import math
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from orchestrator.clips.audio import container
from orchestrator.clips.audio.clips import Fault
from orchestrator.clips.corpora.entry import Entry, objection
from orchestrator.clips.corpora.rows import Row
from orchestrator.errors import ConfigError
from orchestrator.files import composed, found

# What each is called by those who publish corpora; of several that are there the first is meant.
COLUMNS = {
    "audio": (
        "audio_filepath",
        "audio",
        "path",
        "audio_path",
        "file",
        "file_name",
        "filename",
        "wav",
        "wav_filename",
    ),
    "text": ("sentence", "text", "transcript", "transcription", "reference"),
    "speaker": ("client_id", "speaker", "speaker_id"),
    "language": ("locale", "language", "lang"),
    "seconds": ("duration", "seconds"),
    "offset": ("offset",),
}
GIVEN = ("audio", "text", "speaker", "language")  # what a user can name a column for
_PART_SECONDS = 0.5  # a recording longer than its row says by more than this is another


@dataclass(frozen=True)
class Listing:
    """Reads `file` by `rows`; `given` are the columns the user named, by what they are for."""

    file: Path
    rows: Callable[[Path], Iterator[Row | Fault]]
    given: Mapping[str, str] = field(default_factory=dict)
    references: bool = True

    def require_columns(self) -> None:
        """Raise ConfigError where no row can be read, or lacks a column: with those it has."""
        first = ""
        for row in self.rows(self.file):
            if isinstance(row, Fault):
                first = first or f": {row.where}: {row.what}"
                continue
            for what in ("audio", "text") if self.references else ("audio",):
                if _pick(row, self._names(what)) is None:
                    raise self._lacks(what, row)
            return
        raise ConfigError(f"{self.file} has no row that can be read{first}", f"mend {self.file}")

    def entries(self, *, audio: bool = True) -> Iterator[Entry | Fault]:  # noqa: ARG002 - no parquet
        """Yield the recordings in the order of their rows."""
        folder = self.file.parent
        clips = folder / "clips"  # Common Voice
        folders = (folder, clips) if clips.is_dir() else (folder,)
        for row in self.rows(self.file):
            yield row if isinstance(row, Fault) else self._entry(row, folders)

    def _names(self, what: str) -> tuple[str, ...]:
        given = self.given.get(what)
        return (composed(given.casefold()),) if given else COLUMNS[what]

    def _lacks(self, what: str, row: Row) -> ConfigError:
        return ConfigError(
            f"{self.file} has no column {' or '.join(self._names(what))} for the {what};"
            f" it has: {', '.join(row.fields)}",
            f"say which it is: --corpus {self.file}:audio=COLUMN,text=COLUMN",
        )

    def _entry(self, row: Row, folders: tuple[Path, ...]) -> Entry | Fault:
        value = _pick(row, self._names("audio"))
        if not value:
            return Fault(row.where, "it names no audio")
        paths = [found(folder / value) for folder in folders]
        problems = [objection(self.file.parent, path) for path in paths]
        if all(problems):
            outside = "outside" in problems[0]
            mend = f"; put {self.file.name} into the folder its audio is in" if outside else ""
            return Fault(row.where, f"its audio {value} {problems[0]}{mend}")
        at = problems.index("")
        folder, path = folders[at], paths[at]
        seconds = _number(_pick(row, COLUMNS["seconds"]))
        if part := _part(row, path, seconds):
            return Fault(row.where, part)
        return Entry(
            row.where,
            _name(folder, value),
            path,
            _pick(row, self._names("text")) if self.references else None,
            _pick(row, self._names("language")),
            _pick(row, self._names("speaker")),
            seconds,
        )


def _pick(row: Row, names: tuple[str, ...]) -> str | None:
    """Return what the first of these columns that the row has holds."""
    return next((row.fields[name] for name in names if name in row.fields), None)


def _number(text: str | None) -> float | None:
    """Read a length; None for what is none."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if 0 < number < math.inf else None


def _part(row: Row, path: Path, seconds: float | None) -> str:
    """Say which part of its recording a row with an offset is; empty where it is all of it."""
    offset = _pick(row, COLUMNS["offset"])
    if offset is None:
        return ""
    begins, whole = _number(offset), container.seconds(path)
    if not begins and not (seconds and whole > seconds + _PART_SECONDS):
        return ""
    return f"it is a part of {path.name}, from {begins or 0:g} s on; cut the parts into files"


def _name(folder: Path, value: str) -> str:
    """Name a clip by its path in the corpus, without the ending."""
    path = os.path.normpath(value)
    if os.path.isabs(path) or path.startswith(os.pardir):  # noqa: PTH117 - a text until now
        path = os.path.relpath(os.path.realpath(folder / value), os.path.realpath(folder))
    return os.path.splitext(path)[0]  # noqa: PTH122 - the same
