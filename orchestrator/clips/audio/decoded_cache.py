"""Decoded audio on disk, by the hash of its file, within a size cap: each file is decoded once."""

import json
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from orchestrator import places
from orchestrator.cache import disk
from orchestrator.clips.audio.samples import RATE, Samples
from orchestrator.clips.audio.timeline import Facts
from orchestrator.errors import AudioError, UsageError, unread
from orchestrator.files import sha256_of

SHORTEST_SECONDS = 0.1
_VARIABLE = "WHISPER_CLEANROOM_DECODED_BYTES"
_DEFAULT = 20 * 10**9  # 87 hours of speech

# Raise the number when samples change; another FFmpeg may resample differently, so it counts too.
SUFFIX = f".2-av{version('av')}.f32"


@dataclass(frozen=True, slots=True)
class Decoded:
    """Raw little-endian float32 samples at `pcm`, and the hash of the file they come from.

    They begin `offset` seconds into the recording; `notes` say what is odd about it.
    """

    pcm: Path
    sha256: str
    samples: int
    offset: float = 0.0
    notes: tuple[str, ...] = ()


def decode(source: Path, cache: Path, track: int | None = None) -> Decoded:
    """Decode `source` into the folder `cache`, unless the same bytes were decoded there before.

    Raises AudioError for anything that is no readable audio of at least 0.1 s, and for a file that
    lost more than half a second of what it should hold.
    """
    require_file(source)
    with _told(source):
        sha256 = sha256_of(source)
    pcm = kept(sha256, cache, track)
    if not os.access(pcm, os.R_OK):  # not there, or of a user who does not share it
        # FFmpeg is loaded where there is something to decode: it takes a tenth of a second.
        from orchestrator.clips.audio.decoder import blocks  # noqa: PLC0415 - as said above

        try:
            _write(blocks(source, track), pcm)
        except OSError as error:
            raise AudioError(
                f"the decoded audio of {source} cannot be kept in {cache}: {error.strerror}",
                places.elsewhere() or "free some disk space, or make that folder writable",
            ) from error
    samples = pcm.stat().st_size // np.dtype(np.float32).itemsize
    if samples < SHORTEST_SECONDS * RATE:
        raise AudioError(
            f"{source} is {samples / RATE:.2f} s long; engines need at least {SHORTEST_SECONDS} s",
            "give a longer recording",
        )
    facts = json.loads(_facts(pcm).read_text("utf-8")) if _facts(pcm).exists() else {}
    return Decoded(pcm, sha256, samples, facts.get("offset", 0.0), tuple(facts.get("notes", ())))


def kept(sha256: str, cache: Path, track: int | None = None) -> Path:
    """Return where the samples of a file with this hash, or of its track, are once decoded."""
    chosen = "" if track is None else f"-track{track}"
    return cache.absolute() / f"{sha256}{chosen}{SUFFIX}"


def _facts(pcm: Path) -> Path:
    """Return the file of what else is known of samples; most have nothing and none."""
    return pcm.with_suffix(".json")


def most_bytes() -> int:
    """Return how much decoded audio is kept; raise UsageError where the variable is no number."""
    value = os.environ.get(_VARIABLE) or str(_DEFAULT)
    if not value.isdecimal():
        raise UsageError(f"{_VARIABLE} is no number of bytes: {value}", f"unset {_VARIABLE}")
    return int(value)


def bytes_of(samples: float) -> float:
    """Return the bytes that so many samples take on disk."""
    return samples * 4  # float32


def trim(cache: Path, spared: Iterable[Path] = ()) -> None:
    """Delete the samples decoded longest ago until what is left is under the cap."""
    spared = set(spared)
    found = [(path, path.stat()) for path in cache.glob(f"*{SUFFIX}")]
    excess = sum(status.st_size for _, status in found) - most_bytes()
    for path, status in sorted(found, key=lambda one: one[1].st_mtime_ns):
        if excess <= 0:
            return
        if path not in spared:
            with suppress(PermissionError):  # another user's, in a folder where each has their own
                path.unlink(missing_ok=True)
                _facts(path).unlink(missing_ok=True)
                excess -= status.st_size


def outdated(cache: Path) -> list[Path]:
    """Return the samples that another version decoded: nobody reads them."""
    return [path for path in sorted(cache.glob("*.f32")) if not path.name.endswith(SUFFIX)]


def require_file(source: Path) -> None:
    """Raise AudioError for what cannot be a recording, by all that is told without reading it."""
    with _told(source):
        status = source.stat()
        if stat.S_ISDIR(status.st_mode):
            raise AudioError(f"{source} is a folder", "name the audio files in it")
        # Opening a pipe would wait for ever.
        if not stat.S_ISREG(status.st_mode):
            raise AudioError(f"{source} is not a regular file", "save the audio to a file first")
        if status.st_size == 0:
            raise AudioError(f"{source} is empty: it holds 0 bytes", "copy or record it again")


@contextmanager
def _told(source: Path) -> Iterator[None]:
    """Name the file that the system does not let us read, and what to do."""
    try:
        yield
    except FileNotFoundError as error:
        raise AudioError(f"{source} does not exist", "check the path") from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise AudioError(f"{source} cannot be read: {reason}", unread(error)) from error


def _write(blocks: Iterable[Samples | Facts], pcm: Path) -> None:
    with disk.replacing(pcm) as file:
        for block in blocks:
            if not isinstance(block, Facts):
                file.write(np.ascontiguousarray(block, "<f4").data)
            elif block != Facts():
                with disk.replacing(_facts(pcm)) as facts:
                    facts.write(json.dumps(asdict(block)).encode())
