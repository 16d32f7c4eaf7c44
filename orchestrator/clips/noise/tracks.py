"""Tracks of noise, a minute each: made once into the user's cache, or a recording of the user's."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from orchestrator.cache import disk
from orchestrator.clips.audio.clips import BUNDLED
from orchestrator.clips.audio.decoded_cache import decode
from orchestrator.clips.audio.samples import RATE, Samples, flac, power
from orchestrator.clips.robustness.cases import RECORDING
from orchestrator.clips.speech.lines import pink
from orchestrator.errors import AudioError
from orchestrator.places import cache_folder, decoded_folder

Numbers = NDArray[np.float64]

_MAKER = 1  # raise it when a noise would become other samples
_SECONDS = 60
_TALKERS = 12
_SOURCES = (BUNDLED / "names.flac", BUNDLED / "numbers.flac", RECORDING)
"""A woman, and five people of as many languages: so many voices at once are words of none."""
_PITCHES = (0.84, 1.2)  # times, and so are their speeds: other people
_CARS, _HORNS = 9, 2
_PEAK = 0.9
_LEAST_POWER = 1e-8  # -80 dB


def track(kind: str) -> Path:
    """Return the recording of a kind of noise, made where it is not there: a name, or a file.

    Raises ModelError for a full disk.
    """
    if kind not in MADE:
        return Path(kind)
    path = cache_folder() / "noise" / f"{_MAKER}-{kind}.flac"
    if not path.exists():
        samples = MADE[kind]()
        samples *= np.float32(_PEAK / np.abs(samples).max())
        disk.keep(path, flac(samples))
    return path


def require_sound(path: Path, samples: Samples) -> None:
    """Raise AudioError for a recording without sound: it could be mixed under nothing."""
    if not power(samples) > _LEAST_POWER:
        raise AudioError(f"{path} is silent: there is no noise in it", "name a recording of noise")


def babble() -> Samples:
    """Return many people talking at once, none of whom can be understood."""
    random = np.random.default_rng(1)
    cache = decoded_folder()
    sources = [np.fromfile(decode(path, cache).pcm, "<f4") for path in _SOURCES]
    length = _SECONDS * RATE
    voices = np.zeros(length)
    for talker in range(_TALKERS):
        source = sources[talker % len(sources)]
        pace, begin = random.uniform(*_PITCHES), random.integers(len(source))
        at = (begin + np.arange(length) * pace) % (len(source) - 1)
        voice = np.interp(at, np.arange(len(source)), source)
        voices += voice / np.sqrt(np.mean(voice**2))
    return voices.astype(np.float32)


def street() -> Samples:
    """Return a road: its rumble, cars that pass, and a horn."""
    random = np.random.default_rng(2)
    length = _SECONDS * RATE
    time = np.arange(length) / RATE
    rumble = _band(random, length, 20, 400) * (1 + 0.3 * np.sin(2 * np.pi * time / 13))
    sound = rumble + 0.2 * pink(length, 3)
    for _ in range(_CARS):
        middle, width = random.uniform(0, _SECONDS), random.uniform(1.0, 2.5)
        loudness = random.uniform(0.8, 2.0) * np.exp(-(((time - middle) / width) ** 2) / 2)
        sound += loudness * _band(random, length, 150, 3000)
    for _ in range(_HORNS):
        begin, pitch = random.uniform(0, _SECONDS - 1), random.uniform(330, 420)
        heard = (time >= begin) & (time < begin + random.uniform(0.3, 0.8))
        tones = sum(np.sin(2 * np.pi * pitch * n * time) / n for n in (1, 1.25, 2, 2.5, 3))
        sound += heard * tones
    return sound.astype(np.float32)


def white() -> Samples:
    """Return noise with the same energy at every frequency."""
    return np.random.default_rng(4).standard_normal(_SECONDS * RATE).astype(np.float32)


MADE: dict[str, Callable[[], Samples]] = {"babble": babble, "street": street, "white": white}
"""What is made here, by name."""


def _band(random: np.random.Generator, length: int, low: float, high: float) -> Numbers:
    """Return noise between two frequencies, softer towards the higher, of mean square 1."""
    spectrum = np.fft.rfft(random.standard_normal(length))
    hertz = np.fft.rfftfreq(length, 1 / RATE)
    shape = np.where(hertz < low, 0.0, 1 / (1 + (hertz / high) ** 2))
    noise: Numbers = np.fft.irfft(spectrum * shape, length)
    noise /= np.sqrt(np.mean(noise**2))
    return noise
