"""Clips as they are embedded into a page: speech in a format that every browser plays and seeks."""

import base64
import io
from collections.abc import Sequence

import av
import numpy as np

from orchestrator import units
from orchestrator.cache.store import cache_folder
from orchestrator.clips.audio.decoded_cache import decode
from orchestrator.clips.audio.samples import RATE
from orchestrator.errors import AudioError
from orchestrator.runs.schema import ClipRecord

_MOST_BYTES = 20_000_000  # of all clips: an hour and a half of speech
_BITS_A_SECOND = 32_000


def embedded(clips: Sequence[ClipRecord]) -> tuple[dict[str, str], str]:
    """Return data URLs by clip, and a sentence on those that have none; empty if all have."""
    cache = cache_folder() / "decoded"
    found: dict[str, str] = {}
    gone: list[str] = []
    room = _MOST_BYTES
    for clip in clips:
        room -= int(clip.seconds * _BITS_A_SECOND / 8 * 4 / 3)
        try:
            decoded = decode(clip.path, cache, clip.track)
        except AudioError:
            gone.append(clip.name)
            continue
        if decoded.sha256 != clip.sha256 or room < 0:
            gone.append(clip.name)
            continue
        encoded = base64.b64encode(compressed(np.fromfile(decoded.pcm, "<f4"))).decode()
        found[clip.name] = f"data:audio/mpeg;base64,{encoded}"
    if not gone:
        return found, ""
    missing = units.count(len(gone), "clip")
    return found, f"no audio of {missing}: moved, changed since the run, or too long to embed"


def compressed(samples: "np.ndarray[tuple[int], np.dtype[np.float32]]") -> bytes:
    """Return 16 kHz mono samples as MP3 of 32 kbit/s, which is enough to tell what was said."""
    file = io.BytesIO()
    with av.open(file, "w", "mp3") as container:
        stream = container.add_stream("libmp3lame", rate=RATE, layout="mono", format="fltp")
        stream.bit_rate = _BITS_A_SECOND
        frame = av.AudioFrame.from_ndarray(samples[None], "fltp", "mono")
        frame.sample_rate = RATE
        for piece in (frame, None):
            container.mux(stream.encode(piece))
    return file.getvalue()
