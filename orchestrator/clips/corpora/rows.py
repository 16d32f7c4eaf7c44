"""The rows of CSV, TSV and JSON lines, one at a time; a broken row costs itself alone."""

import csv
import io
import itertools
import os
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import msgspec

from orchestrator import files
from orchestrator.clips.audio.clips import UTF_16, decoded_text
from orchestrator.errors import ConfigError, unread
from orchestrator.files import composed
from orchestrator.runs.schema import Fault

_LARGEST_FIELD = 1 << 24  # characters: an unclosed quote swallows lines up to here
_LONGEST_HEADER = 1 << 20
_LONGEST_LINE = 1 << 24  # bytes
_LONGEST_QUOTE = 100  # lines
_LARGEST_ARRAY = 1 << 30  # bytes
_PEEK = 4096
BETWEEN = "\x1e"  # the texts of a list: Unicode's separator of records
_SEPARATOR = re.compile(r"sep=(.)\s*", re.IGNORECASE)
_ARRAY = re.compile(rb"(\xef\xbb\xbf)?\s*\[\s*\{")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what its columns hold, by their names in small letters."""

    where: str
    fields: dict[str, str]


def table(path: Path) -> Iterator[Row | Fault]:
    """Yield the rows of a table: separated by tabs, commas, semicolons or, as LJSpeech, by bars.

    Raises ConfigError where the file or its header cannot be read.
    """
    csv.field_size_limit(_LARGEST_FIELD)
    try:
        with files.regular(path) as data:
            # Bytes that are no UTF-8 become surrogates, which are told row by row.
            how = (
                ("utf-16", "replace")
                if data.read(2) in UTF_16
                else ("utf-8-sig", "surrogateescape")
            )
            data.seek(0)
            file = io.TextIOWrapper(data, *how, newline="")
            yield from _rows(path, file)
    except OSError as error:
        raise _unreadable(path, error) from error


def _rows(path: Path, file: TextIO) -> Iterator[Row | Fault]:
    header, begin = file.readline(_LONGEST_HEADER), 0
    asked = _SEPARATOR.fullmatch(header)
    if asked:  # a line for Excel, which does not show it
        begin = file.tell()
        header = file.readline(_LONGEST_HEADER)
    if any("\udc80" <= c <= "\udcff" or c == "\0" for c in header):
        raise ConfigError(f"{path}, line 1 is not UTF-8", "save it as UTF-8")
    separator = asked[1] if asked else _separator(path, header)
    file.seek(begin)
    names = _bar_columns(path, header) if separator == "|" else []
    for line, fields in _fields(file, separator, 1 + bool(asked)):
        where = f"{path.name}, line {line}"
        if isinstance(fields, str):
            if not names:
                raise ConfigError(f"{path}, line 1 is not a header: {fields}", "correct it")
            yield Fault(where, f"it is broken, {fields}")
        elif not names:
            names = [composed(name.strip().casefold()) for name in fields]
        elif len(fields) == len(names):
            yield Row(where, dict(zip(names, fields, strict=True)))
        elif any(fields):
            yield Fault(where, f"it has {len(fields)} columns, the header {len(names)}")


def _separator(path: Path, header: str) -> str:
    if path.suffix.lower() == ".tsv":
        return "\t"
    if "|" in header and not set("\t,;") & set(header.partition("|")[0]):
        return "|"
    return max("\t,;", key=header.count)


def _bar_columns(path: Path, first: str) -> list[str]:
    """Name the columns of a table without a header; none where its first line is one."""
    audio, *more = first.rstrip("\r\n").split("|")
    places = [path.parent / below for below in (".", "wavs", "clips", "audio")]
    endings = ("", ".wav", ".flac", ".mp3")
    if not any(os.path.lexists(place / (audio + end)) for place in places for end in endings):
        return []
    # LJSpeech has the text as it is written, then with its numbers as words.
    texts = ["written", "text"] if len(more) > 1 and not Path(audio).suffix else ["text"]
    return ["audio", *texts, *(f"column {number}" for number in range(len(texts), len(more)))]


def _fields(file: TextIO, separator: str, first: int) -> Iterator[tuple[int, list[str] | str]]:
    """Yield each row with its line's number, `first` at the start; of a broken one what it is."""
    if separator in "\t|":
        # A quotation mark is one there: Common Voice has sentences that begin with it.
        yield from _unquoted(file, separator, first)
        return
    reader = csv.reader(file, delimiter=separator, strict=True)
    while True:
        line = reader.line_num + first
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, f"up to line {reader.line_num + first - 1}: {error}"


def _unquoted(file: TextIO, separator: str, first: int) -> Iterator[tuple[int, list[str] | str]]:
    """Yield rows whose quotation marks are text, but for those around a line break."""
    lines = enumerate(file, first)
    ahead: deque[tuple[int, list[str]]] = deque()
    columns = 0
    while True:
        for number, line in itertools.islice(lines, _LONGEST_QUOTE - len(ahead)):
            ahead.append((number, line.rstrip("\r\n").split(separator)))
        if not ahead:
            return
        number, fields = ahead.popleft()
        columns = columns or len(fields)
        if len(fields) > columns or not _opens(fields[-1]):
            yield number, fields
            continue
        count = next((n for n, (_, row) in enumerate(ahead) if len(row) >= columns), len(ahead))
        following = (row for _, row in itertools.islice(ahead, count))
        every = list(itertools.accumulate(following, _joined, initial=fields))
        place = len(fields) - 1
        whole = next((n for n, row in enumerate(every) if _is_whole(row, columns, place)), 0)
        for _ in range(whole):
            ahead.popleft()
        if whole:
            fields = every[whole]
            fields[place] = fields[place][1:-1].replace('""', '"')
        elif every[-1][place].strip() != fields[place].strip():
            yield number, "it opens a quotation mark that the next lines do not close"
            continue
        yield number, fields


def _opens(field: str) -> bool:
    return field.startswith('"') and field.count('"') % 2 == 1


def _joined(row: list[str], line: list[str]) -> list[str]:
    return [*row[:-1], f"{row[-1]}\n{line[0]}", *line[1:]]


def _is_whole(row: list[str], columns: int, place: int) -> bool:
    return len(row) == columns and not _opens(row[place]) and row[place].endswith('"')


def manifest(path: Path) -> Iterator[Row | Fault]:
    """Yield the rows of a file with one JSON object a line, or an array of them.

    Numbers become texts, null nothing. Raises ConfigError where the file cannot be read.
    """
    try:
        with files.regular(path) as file:
            start = file.read(_PEEK)
            if start[:2] in UTF_16 or _ARRAY.match(start):
                yield from _array(path, start + file.read(_LARGEST_ARRAY))
                return
            file.seek(0)
            for number, line in enumerate(iter(lambda: file.readline(_LONGEST_LINE), b""), 1):
                if line.strip():
                    yield _row(f"{path.name}, line {number}", line)
    except OSError as error:
        raise _unreadable(path, error) from error


def _array(path: Path, data: bytes) -> Iterator[Row | Fault]:
    """Yield the rows of a manifest that is read whole."""
    try:
        text = decoded_text(data).encode()
        if not _ARRAY.match(text):
            lines = enumerate(text.splitlines(), 1)
            yield from (_row(f"{path.name}, line {n}", line) for n, line in lines if line.strip())
            return
        rows = msgspec.json.decode(text, type=list[msgspec.Raw])
    except (UnicodeDecodeError, msgspec.MsgspecError, RecursionError) as error:
        raise ConfigError(f"{path} is no array of JSON objects: {error}", "correct it") from error
    for number, row in enumerate(rows, 1):
        yield _row(f"{path.name}, row {number}", bytes(row))


def _row(where: str, line: bytes) -> Row | Fault:
    try:
        record = msgspec.json.decode(line.removeprefix(b"\xef\xbb\xbf"), type=dict[str, object])
    except UnicodeDecodeError:
        return Fault(where, "it is not UTF-8")
    except (msgspec.MsgspecError, RecursionError) as error:
        return Fault(where, f"it is no JSON object: {error}")
    known = ((name, _text(value)) for name, value in record.items())
    fields = {composed(name.strip().casefold()): text for name, text in known if text is not None}
    return Row(where, fields)


def _text(value: object) -> str | None:
    """Return a value as text, of a list of texts all of them; None of what is no such value."""
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return BETWEEN.join(value)
    return str(value) if isinstance(value, str | int | float) else None


def _unreadable(path: Path, error: OSError) -> ConfigError:
    return ConfigError(f"{path} cannot be read: {error.strerror}", unread(error))
