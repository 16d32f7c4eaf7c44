"""Decoded audio on disk: within a size cap, and decoded again where it was dropped."""

import os
from collections.abc import Iterable
from pathlib import Path

from orchestrator.clips.audio.clips import Clip
from orchestrator.clips.audio.decode import SUFFIX, decode
from orchestrator.errors import AudioError, UsageError

_VARIABLE = "WHISPER_CLEANROOM_DECODED_BYTES"
_DEFAULT = 20 * 10**9  # 87 hours of speech


def most_bytes() -> int:
    """Return how much decoded audio is kept; raise UsageError where the variable is no number."""
    value = os.environ.get(_VARIABLE) or str(_DEFAULT)
    if not value.isdecimal():
        raise UsageError(f"{_VARIABLE} is no number of bytes: {value}", f"unset {_VARIABLE}")
    return int(value)


def size(samples: float) -> float:
    """Return the bytes that so many samples take on disk."""
    return samples * 4  # float32


def restore(clips: Iterable[Clip], cache: Path) -> None:
    """Decode what was dropped since, then drop what was used longest ago beyond the cap.

    Raises AudioError where a file is no longer what it was when the run began.
    """
    needed = list(clips)
    missing = [clip for clip in needed if not clip.pcm.exists()]
    for clip in missing:
        if decode(clip.path, cache).sha256 != clip.sha256:
            raise AudioError(f"{clip.path} changed during the run", "start the run again")
    if missing:
        trim(cache, {clip.pcm for clip in needed})


def trim(cache: Path, spared: Iterable[Path] = ()) -> None:
    """Delete the samples decoded longest ago until what is left is under the cap."""
    spared = set(spared)
    found = [(path, path.stat()) for path in cache.glob(f"*{SUFFIX}")]
    excess = sum(status.st_size for _, status in found) - most_bytes()
    for path, status in sorted(found, key=lambda one: one[1].st_mtime_ns):
        if excess <= 0:
            return
        if path not in spared:
            path.unlink(missing_ok=True)
            excess -= status.st_size
