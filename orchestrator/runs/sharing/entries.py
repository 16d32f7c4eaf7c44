"""What may be in a shared run's zip: checked by name and size before a byte is unpacked."""

import re
import stat
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipInfo

from orchestrator.errors import ConfigError
from orchestrator.runs.sharing.packing import AUDIO

NEEDED = ("manifest.json", "summary.json", "clips.jsonl", "rows.jsonl")
PASSES = "passes/"
_KNOWN = (*NEEDED, "timeline.jsonl")
_MOST_FILES = 200_000
_MOST_BYTES = 8_000_000_000
_MOST_DENSE = 200  # times its size in the zip: transcripts come to 30, a bomb to 1,000
_SHOWN = 100  # characters of a name
_SMALL = 1_000_000  # bytes: too few to harm, however dense
_FIX = "ask for the file again: python -m orchestrator share writes a good one"


def expect_harmless(entries: Sequence[ZipInfo]) -> None:
    """Raise ConfigError, saying which file is wrong and how, unless every one is as `share` writes.

    Outside its folder, absolute, a link, twice, encrypted, unknown, or far larger than packed.
    """
    # Some systems take names that differ in case only for one.
    names = Counter(entry.filename.casefold() for entry in entries)
    for entry in entries:
        twice = "is in it twice" if names[entry.filename.casefold()] > 1 else None
        if fault := _fault(entry) or twice:
            raise ConfigError(f"{entry.filename[:_SHOWN]!r} {fault}", _FIX)
    if missing := [name for name in NEEDED if name not in names]:
        raise ConfigError(f"it has no {missing[0]}: it is no shared run", _FIX)
    total = sum(entry.file_size for entry in entries)
    if len(entries) > _MOST_FILES or total > _MOST_BYTES:
        what = f"it would unpack to {len(entries):,} files with {total:,} bytes"
        raise ConfigError(f"{what}, more than any run has", _FIX)


def _fault(entry: ZipInfo) -> str | None:
    name, parts = entry.filename, PurePosixPath(entry.filename).parts
    if name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name):
        return "has an absolute name"
    if ".." in parts or "\\" in name:
        return "leads out of its folder"
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG} or entry.is_dir():
        return "is a link or another special file"
    if entry.flag_bits & 1 or entry.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        return "is encrypted or packed in an unknown way"
    if entry.file_size > max(_SMALL, _MOST_DENSE * entry.compress_size):
        return f"would unpack from {entry.compress_size:,} to {entry.file_size:,} bytes"
    folder, _, file = name.rpartition("/")
    inside = f"{folder}/" in {PASSES, AUDIO} and not file.startswith(".") and file.isprintable()
    known = name in _KNOWN or (inside and (f"{folder}/" == AUDIO or file.endswith(".jsonl")))
    return None if known else "is no file of a run"
