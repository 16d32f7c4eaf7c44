"""Noise as a room makes it, and mixed with speech at a given distance."""

import numpy as np
from numpy.typing import NDArray

from orchestrator.clips.speech.flac import RATE

Samples = NDArray[np.float32]

# 33 s at 16 kHz; what is made by an inverse transform joins its own beginning without a click.
_PERIOD = 1 << 19
# Below 20 Hz nobody hears anything, and half of all pink noise would be there.
_LOWEST = 20 * _PERIOD // RATE


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


def add(speech: Samples, noise: Samples, decibels: float) -> Samples:
    """Mix noise under speech, whose mean power is to be `decibels` above the noise's.

    The mean is taken over the whole clip, pauses and all. A sum beyond full scale is turned down.
    """
    powers = [float(np.mean(np.square(each), dtype=np.float64)) for each in (speech, noise)]
    mixed: Samples = speech + noise * np.float32(
        np.sqrt(powers[0] / powers[1]) * 10 ** (-decibels / 20)
    )
    mixed /= np.float32(max(1.0, float(np.abs(mixed).max())))
    return mixed
