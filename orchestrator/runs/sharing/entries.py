"""The files of a shared run, zipped or unpacked: checked by name and size before any is read."""

import re
import stat
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from orchestrator import files
from orchestrator.errors import ConfigError, program
from orchestrator.runs.run_files import WORDS

AUDIO = "audio/"
NEEDED = ("manifest.json", "summary.json", "clips.jsonl", "rows.jsonl")
PASSES = "passes/"
LIVE = "live/"
FIX = f"ask for the file again: {program()} share writes a good one"
_KNOWN = (*NEEDED, "timeline.jsonl", WORDS)
_MOST_FILES = 200_000
_MOST_BYTES = 8_000_000_000
_MOST_DENSE = 200  # times its size in the zip: transcripts come to 30, a bomb to 1,000
_SHOWN = 100  # characters of a name
_SMALL = 1_000_000  # bytes: too few to harm, however dense
_LINK = "is a link or another special file"
# What file managers put beside people's files.
_LITTER = {".DS_Store", "Thumbs.db", "desktop.ini"}


@dataclass(frozen=True)
class Entry:
    """One file of a run, by its name in the run's folder."""

    name: str
    size: int
    open: Callable[[], IO[bytes]]
    fault: str | None = None  # where it is no plain file


@contextmanager
def opened(file: Path) -> Iterator[list[Entry]]:
    """Give the files in a zip while it is open.

    Raises OSError where there is no such file, ConfigError where it is no zip, or one that ends in
    the middle, also while its files are read.
    """
    try:
        with files.regular(file) as data, ZipFile(data) as pack:
            yield in_zip(pack)
    except (BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise ConfigError(f"it is no whole zip ({error})", FIX) from error


def in_zip(pack: ZipFile) -> list[Entry]:
    """Return the files in a zip, without the folder that a file manager packed them in."""
    return _of_the_run(
        [Entry(i.filename, i.file_size, partial(pack.open, i), _fault(i)) for i in pack.infolist()]
    )


def in_folder(folder: Path) -> list[Entry]:
    """Return the files of a run that was unpacked, two folders deep as it is."""
    return _of_the_run(list(_files(folder, folder)))


def _files(folder: Path, root: Path) -> Iterator[Entry]:
    for path in sorted(folder.iterdir()):
        name = path.relative_to(root).as_posix()
        found = path.lstat()
        if stat.S_ISDIR(found.st_mode) and folder == root:
            yield from _files(path, root)
        else:
            plain = stat.S_ISREG(found.st_mode)
            yield Entry(name, found.st_size, partial(_opened, path), None if plain else _LINK)


def _opened(path: Path) -> IO[bytes]:
    return path.open("rb")


def _of_the_run(entries: list[Entry]) -> list[Entry]:
    """Leave out folders and litter; take away the one folder in which all else lies."""
    kept = [entry for entry in entries if not _is_litter(entry.name)]
    tops = {entry.name.partition("/")[0] for entry in kept}
    if len(tops) == 1 and all("/" in entry.name for entry in kept):
        (top,) = tops
        kept = [replace(entry, name=entry.name.removeprefix(f"{top}/")) for entry in kept]
    return kept


def _is_litter(name: str) -> bool:
    parts = PurePosixPath(name).parts or ("",)
    return (
        name.endswith("/")
        or parts[0] == "__MACOSX"
        or parts[-1] in _LITTER
        or parts[-1].startswith("._")
    )


def expect_harmless(entries: Sequence[Entry]) -> None:
    """Raise ConfigError, saying which file is wrong and how, unless every one is as `share` writes.

    Outside its folder, absolute, a link, twice, encrypted, unknown, or far larger than packed.
    """
    # Some systems take names that differ in case only for one.
    names = Counter(entry.name.casefold() for entry in entries)
    for entry in entries:
        twice = "is in it twice" if names[entry.name.casefold()] > 1 else None
        if fault := _misplaced(entry.name) or entry.fault or _unknown(entry.name) or twice:
            raise ConfigError(f"{entry.name[:_SHOWN]!r} {fault}", FIX)
    if missing := [name for name in NEEDED if name not in names]:
        raise ConfigError(f"it has no {' and no '.join(missing)}: it is no shared run", FIX)
    total = sum(entry.size for entry in entries)
    if len(entries) > _MOST_FILES or total > _MOST_BYTES:
        what = f"it would unpack to {len(entries):,} files with {total:,} bytes"
        raise ConfigError(f"{what}, more than any run has", FIX)


def _fault(entry: ZipInfo) -> str | None:
    """Say what a zip has that is no plain file, or far larger than it is packed."""
    if stat.S_IFMT(entry.external_attr >> 16) not in {0, stat.S_IFREG}:
        return _LINK
    if entry.flag_bits & 1 or entry.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        return "is encrypted or packed in an unknown way"
    if entry.file_size > max(_SMALL, _MOST_DENSE * entry.compress_size):
        return f"would unpack from {entry.compress_size:,} to {entry.file_size:,} bytes"
    return None


def _misplaced(name: str) -> str | None:
    if name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name):
        return "has an absolute name"
    if ".." in PurePosixPath(name).parts or "\\" in name:
        return "leads out of its folder"
    return None


def _unknown(name: str) -> str | None:
    folder, _, file = name.rpartition("/")
    inside = (
        f"{folder}/" in {PASSES, LIVE, AUDIO} and not file.startswith(".") and file.isprintable()
    )
    known = name in _KNOWN or (inside and (f"{folder}/" == AUDIO or file.endswith(".jsonl")))
    return None if known else "is no file of a run"
