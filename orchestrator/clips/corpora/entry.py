"""An entry: a clip as its corpus describes it, and where its audio may lie."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np

from orchestrator.cache import disk
from orchestrator.clips.audio.decoded_cache import Decoded, decode
from orchestrator.clips.audio.samples import RATE, flac
from orchestrator.errors import AudioError
from orchestrator.places import cache_folder, decoded_folder
from orchestrator.runs.schema import Fault, Term

MISSING = {"nan", "NaN", "NULL", "<NA>", "#N/A"}
"""What pandas and databases write for nothing. "None" and "Null" are words people say."""
_LONGEST_GROUP = 80  # characters


@dataclass(frozen=True, slots=True)
class Embedded:
    """Audio inside a parquet file; `data` is empty where there is none or it was not read."""

    data: bytes
    suffix: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One clip, unchecked but for its place; `text`, `seconds` and so on are as the corpus says."""

    where: str  # a file, or a file and line
    name: str
    audio: Path | Embedded
    text: str | None = None
    language: str | None = None
    speaker: str | None = None
    seconds: float | None = None
    part: tuple[float, float] | None = None  # of the recording: from this second to that
    terms: tuple[Term, ...] = ()  # names and jargon in it
    groups: Mapping[str, str] = field(default_factory=dict)  # what else is said of it, by column
    subtitles: bool = False  # the text is WebVTT or SubRip
    alternatives: tuple[str, ...] = ()  # other texts, as good as the first


class Reader(Protocol):
    """Reads one form of corpus, as often as it is asked to and in the same order every time."""

    def entries(self, *, audio: bool = True) -> Iterator[Entry | Fault]:
        """Yield every clip; without `audio` embedded audio may be left out, if lengths are known.

        Raises ConfigError where a file as a whole is no corpus.
        """
        ...  # pragma: no cover


@dataclass(frozen=True)
class Known:
    """Reads the files, in order; each stands for its text."""

    texts: Mapping[Path, str]
    references: bool = True

    def entries(self, *, audio: bool = True) -> Iterator[Entry | Fault]:  # noqa: ARG002 - no parquet
        """Yield the recordings."""
        for path, text in self.texts.items():
            yield Entry(path.name, path.stem, path, text if self.references else None)


def group(text: str) -> str:
    """Return what a column says of a clip, to group it by; empty for texts and paths."""
    value = text.strip()
    shown = value.isprintable() and len(value) <= _LONGEST_GROUP
    return value if shown and value not in MISSING and not value.startswith(("/", "~")) else ""


def is_unicode(text: str) -> bool:
    """Tell whether it can be stored: bytes that are no UTF-8 were read as surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def objection(root: Path, path: Path) -> str:
    """Say why a file is not one of the corpus in the folder `root`; empty where it is."""
    try:
        real = Path(os.path.realpath(path))
    except ValueError:  # a NUL, or what no file system can hold
        return "is no path"
    if not any(real.is_relative_to(place) for place in _places(root)):
        return "lies outside the corpus"
    if not os.path.lexists(path):
        return "does not exist"
    # A pipe would be waited for, for ever.
    return "" if real.is_file() else "is no file"


def _places(root: Path) -> Iterator[str]:
    """Yield the folders a corpus may have its files in: of a hub's snapshot also its blobs."""
    yield os.path.realpath(root)
    for folder in (root, *root.parents):
        if folder.parent.name == "snapshots":
            yield os.path.realpath(folder.parent.parent / "blobs")


def cut(path: Path, begin: float, end: float) -> Path:
    """Return a file with a part of a recording, as it was in it from one second to another.

    Raises AudioError for a recording that cannot be decoded, or that does not have that part;
    ModelError where the cache cannot be written.
    """
    status = path.stat()
    key = (os.path.realpath(path), status.st_size, status.st_mtime_ns, begin, end)
    digest = hashlib.sha256(repr(key).encode("utf-8", "surrogateescape")).hexdigest()
    part = cache_folder() / "corpora" / "parts" / digest[:2] / f"{digest}.flac"
    if os.access(part, os.R_OK):
        return part
    whole = _decoded(path, status.st_size, status.st_mtime_ns)
    if not whole.pcm.exists():
        _decoded.cache_clear()
        whole = _decoded(path, status.st_size, status.st_mtime_ns)
    first, last = (max(0, round((time - whole.offset) * RATE)) for time in (begin, end))
    samples = np.fromfile(whole.pcm, "<f4", count=max(0, last - first), offset=4 * first)
    if len(samples) < last - first - RATE // 2 or not len(samples):
        has = whole.offset + whole.samples / RATE
        raise AudioError(f"{path} ends at {has:.1f} s, a part of it at {end:.1f} s", "correct it")
    disk.keep(part, flac(samples))
    return part


@lru_cache(maxsize=8)  # parts of one recording follow each other
def _decoded(path: Path, _size: int, _modified: int) -> Decoded:
    return decode(path, decoded_folder())


def unpacked(audio: Embedded) -> Path:
    """Return the file with this audio; raise ModelError where the cache cannot be written."""
    sha256 = hashlib.sha256(audio.data).hexdigest()
    # Some file systems are slow with 100,000 files in a folder.
    path = cache_folder() / "corpora" / "audio" / sha256[:2] / f"{sha256}{audio.suffix}"
    if not os.access(path, os.R_OK):  # not there, or of a user who does not share it
        disk.keep(path, audio.data)  # half of it would be taken for all of it
    return path
