"""Clips made hard to hear: noise mixed under them at a level, or the echo of a room."""

import hashlib

import numpy as np

from orchestrator.clips.audio.clips import Clip
from orchestrator.clips.audio.decoded_cache import decode
from orchestrator.clips.audio.samples import RATE, Samples, power
from orchestrator.clips.noise import room, tracks
from orchestrator.clips.speech.lines import mixed
from orchestrator.places import decoded_folder
from orchestrator.runs.schema import ListeningCondition, NoiseTrack

_PAUSE = 0.01  # of the mean power of a noise: 20 dB below it


class Noises:
    """Every noise of a run, decoded, and what it is known by."""

    def __init__(self, kinds: tuple[str, ...]) -> None:
        """Make what is made here, read what is the user's; raise AudioError, ModelError."""
        self.tracks: list[NoiseTrack] = []
        self._samples: dict[str, Samples] = {}
        for kind in kinds:
            path = tracks.track(kind)
            found = decode(path, decoded_folder())
            samples = np.fromfile(found.pcm, "<f4")
            tracks.require_sound(path, samples)
            self._samples[kind] = samples
            seconds = found.samples / RATE
            self.tracks.append(
                NoiseTrack(kind=kind, path=path, sha256=found.sha256, seconds=seconds)
            )

    def heard(self, clip: Clip, condition: ListeningCondition) -> Samples:
        """Return a clip as it is heard under a condition: the same samples every time.

        A clip has the same stretch of a noise at every level, so that its curve is of the level
        alone.
        """
        speech = np.fromfile(clip.pcm, "<f4")
        if condition.is_room:
            return room.heard(speech, condition.level)
        noise = self._samples[condition.kind]
        digest = hashlib.sha256(f"{clip.sha256}\0{clip.name}".encode()).digest()
        begin = int.from_bytes(digest[:8]) % len(noise)
        return mixed(speech, _stretch(noise, begin, len(speech)), condition.level)


def _stretch(noise: Samples, begin: int, length: int) -> Samples:
    """Return so much noise from there on, or from the next stretch in which it is no pause.

    A recording of a user's may be silent for longer than a clip: no level could be reached by that.
    """
    least = _PAUSE * power(noise)
    starts = range(begin, begin + len(noise) + length, length)
    stretches = (np.take(noise, np.arange(at, at + length), mode="wrap") for at in starts)
    return next(stretch for stretch in stretches if power(stretch) >= least)
