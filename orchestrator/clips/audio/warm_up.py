"""Warm-up speech: other audio than is scored, for each length of audio that is."""

import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from orchestrator import files
from orchestrator.clips.audio.clips import BUNDLED, Clip, load_clip
from orchestrator.clips.audio.samples import RATE

# Up to so many seconds of audio, the clip is said so often. Engines take other paths for audio
# beyond one window (30 s for Whisper) or one chunk (120 s).
_BUCKETS = ((10.0, 1), (30.0, 2), (120.0, 3), (math.inf, 9))
# Three in a window are what Whisper takes for its own looping: it decodes that six times over.
# Two minutes every 8 s took faster-whisper 31 s, every 15 s they take 3 s.
_PERIOD_SECONDS = 15


def warm_ups(clips: Iterable[Clip], cache: Path) -> list[Clip]:
    """Return a warm-up clip for every length bucket that the clips fall into, shortest first."""
    # Apart from what is scored, which has a size cap and is dropped when it is reached.
    folder = cache / "warm-up"
    speech = load_clip(BUNDLED / "warm-up.flac", folder, language="en")
    wanted = {_repetitions(clip.seconds) for clip in clips}
    return [_repeated(speech, times, folder) for times in sorted(wanted)]


def _repetitions(seconds: float) -> int:
    return next(times for limit, times in _BUCKETS if seconds <= limit)


def _repeated(speech: Clip, times: int, cache: Path) -> Clip:
    """Return the speech so often, with pauses between, kept beside the decoded clips."""
    if times == 1:
        return speech
    pcm = cache / f"{speech.pcm.stem}-x{times}-within-{_PERIOD_SECONDS}.f32"
    period = _PERIOD_SECONDS * RATE
    # No pause at the end: of 30 s lightning-whisper-mlx decodes a second window, of silence.
    samples = (times - 1) * period + speech.samples
    if not pcm.exists():
        said = np.fromfile(speech.pcm, np.float32)
        whole = np.tile(np.pad(said, (0, period - len(said))), times)
        files.write(pcm, whole[:samples].tobytes())
    fields = {"name": f"{speech.name}-x{times}", "pcm": pcm, "samples": samples}
    return speech.model_copy(update=fields | {"seconds": samples / RATE, "reference": None})
