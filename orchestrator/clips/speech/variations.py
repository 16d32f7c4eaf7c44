"""Variations of a clip: the same words faster, slower, or in noise, each with a name of its own."""

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from orchestrator.clips.audio.samples import RATE, Samples
from orchestrator.clips.speech.process import Voice
from orchestrator.errors import UsageError

SPEEDS = (0.5, 2.0)  # what the voice was made for
DECIBELS = (-20.0, 60.0)  # drowned, to less than 16-bit audio can hold beside quiet speech

# 33 s at 16 kHz; what is made by an inverse transform joins its own beginning without a click.
_PERIOD = 1 << 19
# Below 20 Hz nobody hears anything, and half of all pink noise would be there.
_LOWEST = 20 * _PERIOD // RATE


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
        own = pink(len(speech), [seed, zlib.crc32(text.encode())])
        return mixed(speech, own, self.noise)


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


def pink(samples: int, seed: int | list[int]) -> Samples:
    """Return noise with equal energy in every octave from 20 Hz, as rooms have it.

    Its mean square is 1, over half a minute.
    """
    random = np.random.default_rng(seed)
    spectrum = np.fft.rfft(random.standard_normal(_PERIOD))
    spectrum[:_LOWEST] = 0
    spectrum[_LOWEST:] /= np.sqrt(np.arange(_LOWEST, len(spectrum)))
    noise = np.fft.irfft(spectrum)
    noise /= np.sqrt(np.mean(noise**2))
    return np.resize(noise.astype(np.float32), samples)


def mixed(speech: Samples, noise: Samples, decibels: float) -> Samples:
    """Mix noise under speech, whose mean power is to be `decibels` above the noise's.

    The mean is taken over the whole clip, pauses and all. A sum beyond full scale is turned down.
    """
    powers = [float(np.mean(np.square(each), dtype=np.float64)) for each in (speech, noise)]
    both: Samples = speech + noise * np.float32(
        np.sqrt(powers[0] / powers[1]) * 10 ** (-decibels / 20)
    )
    both /= np.float32(max(1.0, float(np.abs(both).max())))
    return both
