"""What lies in a run's files, checked: its version, its numbers, how much of it there is."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import from_json

from orchestrator import files
from orchestrator.errors import ConfigError, in_words, program
from orchestrator.runs.schema import ClipRecord, ClipWords, LivePass, Manifest, Passes, Row, Summary
from orchestrator.runs.schema.manifest import OLDEST, SCHEMA
from orchestrator.runs.schema.record import Record

DAMAGED = "the run is damaged: restore the file, or leave the run out"
_LONGEST_LINE = 64 << 20
_MOST_SECONDS = 366 * 86_400.0  # no recording and no pass takes a year

_SOME = ("seconds", "audio_seconds", "load_seconds", "round_seconds")  # never none at all

Document = TypeVar("Document", Manifest, Summary)
Line = TypeVar("Line", Row, Passes, LivePass, ClipRecord, ClipWords)


def document(kind: type[Document], data: bytes, path: Path, mend: str = DAMAGED) -> Document:
    """Parse a manifest or a summary; raise ConfigError, for another version's in so many words."""
    try:
        found = from_json(data, allow_inf_nan=False)
        number = found.get("schema_version", found.get("schema"))
    except (ValueError, AttributeError) as error:
        raise ConfigError(f"{path} is no JSON object", mend) from error
    if isinstance(number, int) and not OLDEST <= number <= SCHEMA:
        newer = number > SCHEMA
        which = "a newer" if newer else "an older"
        raise ConfigError(
            f"{path} was written by {which} version (schema {number}, this one reads {SCHEMA})",
            "upgrade whisper-cleanroom" if newer else f"measure again: {program()} run --all",
        )
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:
        raise ConfigError(f"{path}: {in_words(error)}", mend) from error


def records(path: Path, parse: Callable[[bytes], Line]) -> Iterator[Line]:
    """Yield a file's records; raise ConfigError naming the file, and the line that is none."""
    for number, line in lines(path):
        try:
            from_json(line, allow_inf_nan=False)
            record = parse(line)
        except ValidationError as error:
            raise ConfigError(f"{path}, line {number}: {in_words(error)}", DAMAGED) from error
        except ValueError as error:
            raise ConfigError(f"{path}, line {number}: {error}", DAMAGED) from error
        if fault := absurd(record):
            raise ConfigError(f"{path}, line {number}: {fault}", DAMAGED)
        yield record


def lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield a file's lines by number; raise ConfigError where it cannot be read."""
    try:
        with files.regular(path) as file:
            number = 0
            while line := file.readline(_LONGEST_LINE):
                yield (number := number + 1), line
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", DAMAGED) from error


def exactly(expected: int, records: Iterator[Line], path: Path, what: str) -> Iterator[Line]:
    """Yield so many records; raise ConfigError where there are more or fewer."""
    count = 0
    for record in records:
        yield record
        count += 1
    if count != expected:
        raise ConfigError(f"{path} has {count} {what}, where the run had {expected}", DAMAGED)


def absurd(record: Record) -> str | None:
    """Say which of a record's times cannot be: none at all, less, or longer than a year."""
    for name, value in record:
        if name != "seconds" and not name.endswith("_seconds"):
            continue
        least = 0.0 if name in _SOME else -1e-9
        for each in value if isinstance(value, tuple) else (getattr(value, "median", value),):
            if each is not None and not least < each < _MOST_SECONDS:
                return f"{name} is {each:g}: nothing took no time, or more than a year"
    return None
