"""The rows of CSV, TSV and JSON lines, one at a time; a broken row costs itself alone."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import msgspec

from orchestrator import files
from orchestrator.clips.audio.clips import Fault
from orchestrator.errors import ConfigError
from orchestrator.files import composed

_LARGEST_FIELD = 1 << 24  # characters: an unclosed quote swallows lines up to here
_LONGEST_HEADER = 1 << 20
_LONGEST_LINE = 1 << 24  # bytes


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what its columns hold, by their names in small letters."""

    where: str
    fields: dict[str, str]


def table(path: Path) -> Iterator[Row | Fault]:
    """Yield the rows of a table with a header: separated by tabs, commas or semicolons.

    Raises ConfigError where the file or its header cannot be read.
    """
    csv.field_size_limit(_LARGEST_FIELD)
    try:
        # Bytes that are no UTF-8 become surrogates, which are told row by row.
        with (
            files.regular(path) as data,
            io.TextIOWrapper(data, "utf-8-sig", "surrogateescape", newline="") as file,
        ):
            yield from _rows(path, file)
    except OSError as error:
        raise _unreadable(path, error) from error


def _rows(path: Path, file: TextIO) -> Iterator[Row | Fault]:
    header = file.readline(_LONGEST_HEADER)
    if any("\udc80" <= c <= "\udcff" or c == "\0" for c in header):
        raise ConfigError(f"{path}, line 1 is not UTF-8", "save it as UTF-8")
    separator = "\t" if path.suffix.lower() == ".tsv" else max("\t,;", key=header.count)
    file.seek(0)
    reader = (
        # A quotation mark is one there: Common Voice has sentences that begin with it.
        csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        if separator == "\t"
        else csv.reader(file, delimiter=separator, strict=True)
    )
    names: list[str] = []
    while True:
        where = f"{path.name}, line {reader.line_num + 1}"
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if not names:
                raise ConfigError(f"{path}, line 1 is no header: {error}", "mend it") from error
            yield Fault(where, f"it is broken, up to line {reader.line_num}: {error}")
            continue
        if not names:
            names = [composed(name.strip().casefold()) for name in fields]
        elif len(fields) == len(names):
            yield Row(where, dict(zip(names, fields, strict=True)))
        elif fields:
            yield Fault(where, f"it has {len(fields)} columns, the header {len(names)}")


def manifest(path: Path) -> Iterator[Row | Fault]:
    """Yield the rows of a file with one JSON object a line; numbers become texts, null nothing.

    Raises ConfigError where the file cannot be read.
    """
    try:
        with files.regular(path) as file:
            for number, line in enumerate(iter(lambda: file.readline(_LONGEST_LINE), b""), 1):
                if line.strip():
                    yield _row(f"{path.name}, line {number}", line)
    except OSError as error:
        raise _unreadable(path, error) from error


def _row(where: str, line: bytes) -> Row | Fault:
    try:
        record = msgspec.json.decode(line.removeprefix(b"\xef\xbb\xbf"), type=dict[str, object])
    except UnicodeDecodeError:
        return Fault(where, "it is not UTF-8")
    except (msgspec.MsgspecError, RecursionError) as error:
        return Fault(where, f"it is no JSON object: {error}")
    scalars = {k: v for k, v in record.items() if isinstance(v, str | int | float)}
    return Row(
        where, {composed(name.strip().casefold()): str(value) for name, value in scalars.items()}
    )


def _unreadable(path: Path, error: OSError) -> ConfigError:
    return ConfigError(f"{path} cannot be read: {error.strerror}", "check its permissions")
