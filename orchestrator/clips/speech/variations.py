"""Variations of a clip: the same words faster, slower, or in noise, each with a name of its own."""

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.clips.speech import noise
from orchestrator.clips.speech.noise import Samples
from orchestrator.clips.speech.process import Voice
from orchestrator.errors import UsageError

SPEEDS = (0.5, 2.0)  # what the voice was made for
DECIBELS = (-20.0, 60.0)  # drowned, to less than 16-bit audio can hold beside quiet speech


@dataclass(frozen=True, slots=True)
class Variation:
    """How a line is spoken: its speed against the voice's own, and its noise in dB below it."""

    speed: float = 1.0
    noise: float | None = None

    @property
    def suffix(self) -> str:
        """What the clip's name says of it: nothing, `-speed0.9` or `-noise20`."""
        if self.noise is not None:
            return f"-noise{self.noise:g}"
        return "" if self == PLAIN else f"-speed{self.speed:g}"

    def spoken(self, voice: Voice, text: str, seed: int) -> Samples:
        """Return the text so spoken, mono at 16 kHz; empty where nothing of it can be."""
        speech = voice.say(text, speed=self.speed, seed=seed)
        if self.noise is None or not len(speech):
            return speech
        # Each text has noise of its own, wherever in the file it stands.
        own = noise.pink(len(speech), [seed, zlib.crc32(text.encode())])
        return noise.add(speech, own, self.noise)


PLAIN = Variation()


def variations(speeds: Sequence[float], noises: Sequence[float]) -> tuple[Variation, ...]:
    """Return the plain clip and one more for each speed and each noise, none of them twice.

    Raises UsageError for a value out of range.
    """
    for value, (low, high), what in (
        *((speed, SPEEDS, "--speed") for speed in speeds),
        *((decibels, DECIBELS, "--noise") for decibels in noises),
    ):
        if not (math.isfinite(value) and low <= value <= high):
            raise UsageError(f"{what} {value:g} is out of range", f"from {low:g} to {high:g}")
    every = (PLAIN, *(Variation(speed=s) for s in speeds), *(Variation(noise=n) for n in noises))
    return tuple({each.suffix: each for each in every}.values())
