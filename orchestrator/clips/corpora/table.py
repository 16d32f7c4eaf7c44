"""A table or manifest that names recordings in its own folder, with their texts."""

import math
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from orchestrator.clips.audio import container
from orchestrator.clips.audio.container import ENDINGS
from orchestrator.clips.corpora.entry import Entry, group, is_unicode, objection
from orchestrator.clips.corpora.rows import BETWEEN, Row
from orchestrator.clips.references import MOST_TEXTS
from orchestrator.errors import ConfigError
from orchestrator.files import composed, found
from orchestrator.runs import terms
from orchestrator.runs.schema import Fault, Term

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
    "seconds": ("duration", "seconds", "length"),
    "terms": ("terms",),
    "start": ("start", "start_time", "begin", "begin_time", "offset", "start_seconds"),
    "end": ("end", "end_time", "stop", "stop_time", "end_seconds"),
}
GIVEN = ("audio", "text", "speaker", "language")  # what a user can name a column for
_PART_SECONDS = 0.5  # what a row may leave out of a recording without being a part of it
_HEADER = "audio,text"
_FOLDERS = ("clips", "wavs", "audio")  # of Common Voice, LJSpeech and many others


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
        raise ConfigError(f"{self.file} has no row that can be read{first}", f"correct {self.file}")

    def entries(self, *, audio: bool = True) -> Iterator[Entry | Fault]:  # noqa: ARG002 - no parquet
        """Yield the recordings in the order of their rows."""
        folder = self.file.parent
        below = (folder / name for name in _FOLDERS)
        folders = (folder, *(each for each in below if each.is_dir()))
        for row in self.rows(self.file):
            yield row if isinstance(row, Fault) else self._entry(row, folders)

    def _names(self, what: str) -> tuple[str, ...]:
        given = self.given.get(what)
        return (composed(given.casefold()),) if given else COLUMNS[what]

    def _lacks(self, what: str, row: Row) -> ConfigError:
        there = ", ".join(row.fields)
        fix = f"say which it is: --corpus {self.file}:audio=COLUMN,text=COLUMN"
        if any(_audio(self.file.parent / name).suffix.lower() in ENDINGS for name in row.fields):
            fix = f"its first line is a row: write the names of the columns above it ({_HEADER})"
        elif len(row.fields) == 1:
            fix = f"give each row its audio and its text, under names for both ({_HEADER})"
        return ConfigError(
            f"{self.file} has no column {' or '.join(self._names(what))} for the {what};"
            f" it has: {there}",
            fix,
        )

    def _entry(self, row: Row, folders: tuple[Path, ...]) -> Entry | Fault:
        value = _pick(row, self._names("audio"))
        if not value:
            return Fault(row.where, "it names no audio")
        paths = [_audio(folder / value) for folder in folders]
        problems = [objection(self.file.parent, path) for path in paths]
        if all(problems):
            outside = "outside" in problems[0]
            move = f"; put {self.file.name} into the folder its audio is in" if outside else ""
            return Fault(row.where, f"its audio {value} {problems[0]}{move}")
        at = problems.index("")
        folder, path = folders[at], paths[at]
        try:
            part, seconds = _part(row, path)
        except ValueError as error:
            return Fault(row.where, str(error))
        try:
            listed = _terms(row)
        except ConfigError as error:
            return Fault(row.where, f"{error}: {error.fix}")
        name = _name(folder, value)
        speaker = _pick(row, self._names("speaker"))
        text, *others = self._texts(row) if self.references else [None]
        return Entry(
            row.where,
            f"{name}-{part[0]:g}-{part[1]:g}" if part else name,
            path,
            text,
            _pick(row, self._names("language")),
            speaker or (name if part else speaker),
            seconds,
            part,
            terms=listed,
            groups=self._groups(row),
            alternatives=tuple(other for other in others if other and other.strip()),
        )

    def _texts(self, row: Row) -> list[str | None]:
        """Return what is said in a row: its text, or all of a list, and of text_2, text_3 ..."""
        whole = _pick(row, self._names("text"))
        more = (f"{name}_{n}" for name in self._names("text") for n in range(2, MOST_TEXTS))
        texts = [None] if whole is None else whole.split(BETWEEN)
        return [*texts, *(row.fields.get(name) for name in more)]

    def _groups(self, row: Row) -> dict[str, str]:
        """Return what other columns say, by which clips can be grouped: no texts, and no paths."""
        taken = {name for names in COLUMNS.values() for name in names}
        taken |= {name for what in self.given for name in self._names(what)}
        taken |= {f"{name}_{n}" for name in self._names("text") for n in range(2, MOST_TEXTS)}
        return {
            name: value
            for name, text in row.fields.items()
            if name not in taken and (value := group(text))
        }


def _terms(row: Row) -> tuple[Term, ...]:
    """Return a row's terms: a list in a manifest, between semicolons in a table."""
    text = _pick(row, COLUMNS["terms"]) or ""
    if not is_unicode(text):
        raise ConfigError("its terms are not UTF-8", "save it as UTF-8")
    return terms.parsed(text.replace(";", BETWEEN).split(BETWEEN), row.where, none=True)


def _pick(row: Row, names: tuple[str, ...]) -> str | None:
    """Return what the first of these columns that the row has holds."""
    return next((row.fields[name] for name in names if name in row.fields), None)


def _audio(path: Path) -> Path:
    """Return the recording a row means, which some name without its ending."""
    there = found(path)
    if path.suffix.lower() in ENDINGS or os.path.lexists(there):
        return there
    named = (found(path.with_name(path.name + ending)) for ending in (".wav", ".flac", ".mp3"))
    return next((each for each in named if os.path.lexists(each)), there)


def _part(row: Row, path: Path) -> tuple[tuple[float, float] | None, float | None]:
    """Return which part of its recording a row is, None for all of it; and its seconds.

    Raises ValueError for a part that cannot be.
    """
    start, end, stated = (_seconds(row, what) for what in ("start", "end", "seconds"))
    if start is None and end is None and stated is None:
        return None, None
    whole = _length(path)
    if stated is not None and abs(stated / 1000 - whole) < _PART_SECONDS / 10:
        stated /= 1000  # milliseconds, as Common Voice has them
    begin = start or 0.0
    if end is None:
        end = whole if stated is None else begin + stated
    if start is None and end > whole:
        end = whole  # the header of the file knows better
    if math.isnan(end) or (begin < _PART_SECONDS / 10 and not end < whole - _PART_SECONDS):
        return None, stated if math.isnan(whole) else whole
    if end <= begin:
        raise ValueError(f"it is no part of {path.name}: from {begin:g} s to {end:g} s")
    if end > whole + _PART_SECONDS:
        raise ValueError(f"it is from {begin:g} s to {end:g} s of {path.name}, of {whole:.1f} s")
    return (begin, end), end - begin


def _seconds(row: Row, what: str) -> float | None:
    """Return what the row's column says in seconds; raise ValueError for no number."""
    text = _pick(row, COLUMNS[what])
    if not text or not text.strip():
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        if what == "seconds":
            return None  # lengths are only known better
        raise ValueError(f"its {what} is no number of seconds: {text}")
    return number


@lru_cache(maxsize=1024)  # the rows of one recording follow each other
def _length(path: Path) -> float:
    return container.seconds(path)


def _name(folder: Path, value: str) -> str:
    """Name a clip by its path in the corpus, without the ending."""
    path = os.path.normpath(value)
    if os.path.isabs(path) or path.startswith(os.pardir):  # noqa: PTH117 - a text until now
        path = os.path.relpath(os.path.realpath(folder / value), os.path.realpath(folder))
    return os.path.splitext(path)[0]  # noqa: PTH122 - the same
