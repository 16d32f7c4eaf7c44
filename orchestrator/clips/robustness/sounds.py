"""What a case does to speech, or puts in its place: each takes samples at 16 kHz and returns some.

All are fixed: the same speech becomes the same samples.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from orchestrator.clips.audio.samples import RATE, Samples
from orchestrator.clips.speech.variations import pink

_CHORDS = (
    (261.6, 329.6, 392.0),
    (220.0, 261.6, 329.6),
    (174.6, 220.0, 261.6),
    (196.0, 246.9, 293.7),
)
_BAND = (300, 3400)  # hertz: what a telephone carries, ITU-T G.712
_MU = 255  # ITU-T G.711


def unchanged(speech: Samples) -> Samples:
    """Return it as it is."""
    return speech


def room(speech: Samples) -> Samples:
    """Add the noise of a quiet room: pink, at -50 dBFS."""
    return speech + pink(len(speech), seed=1) * np.float32(_ratio(-50))


def tones(speech: Samples) -> Samples:
    """Return music in its place: four chords over and over, each note with overtones that decay."""
    half_second = np.arange(RATE // 2) / RATE
    bars = [_notes(chord, half_second) for chord in _CHORDS]
    return np.resize(np.concatenate(bars), len(speech)).astype(np.float32)


def levels(speech: Samples) -> Samples:
    """Turn every other four seconds down by 26 dB: from beside the microphone to across a room."""
    far = np.arange(len(speech)) // (4 * RATE) % 2 == 1
    return speech * np.where(far, _ratio(-26), 1).astype(np.float32)


def clipped(speech: Samples) -> Samples:
    """Turn it up by 20 dB and cut what is beyond full scale, as a recorder set far too loud."""
    loud: Samples = speech * np.float32(_ratio(20))
    return loud.clip(-1, 1)


def telephone(speech: Samples) -> Samples:
    """Return what a telephone line leaves: 300 to 3400 Hz, sampled at 8 kHz in 8 bits by mu-law."""
    spectrum = np.fft.rfft(speech)
    hertz = np.fft.rfftfreq(len(speech), 1 / RATE)
    spectrum[(hertz < _BAND[0]) | (hertz > _BAND[1])] = 0
    line = _resampled(np.fft.irfft(spectrum, len(speech)), len(speech) // 2).clip(-1, 1)
    pressed = np.sign(line) * np.log1p(_MU * np.abs(line)) / np.log1p(_MU)
    coded = np.rint(pressed * (_MU // 2)) / (_MU // 2)
    heard = np.sign(coded) * np.expm1(np.abs(coded) * np.log1p(_MU)) / _MU
    return _resampled(heard, len(speech)).astype(np.float32)


def under(speech: Samples, other: Samples) -> Samples:
    """Add another talker 15 dB softer, of the same length: the voice lowered by a sixth."""
    lowered = _resampled(other, len(other) * 6 // 5)[: len(speech)] * _ratio(-15)
    return speech + lowered.astype(np.float32)


def _resampled(samples: NDArray[np.floating], wanted: int) -> NDArray[np.float64]:
    """Return so many samples over the same span, band-limited."""
    resampled: NDArray[np.float64] = np.fft.irfft(np.fft.rfft(samples), wanted)
    return resampled * (wanted / len(samples))


def _ratio(decibels: float) -> float:
    return float(10 ** (decibels / 20))


def _notes(chord: Iterable[float], time: NDArray[np.float64]) -> NDArray[np.float64]:
    overtones = [
        np.sin(2 * np.pi * hertz * k * time) * np.exp(-4 * k * time) / k
        for hertz in chord
        for k in (1, 2, 3, 4)
    ]
    mixed: NDArray[np.float64] = 0.1 * np.sum(overtones, axis=0)
    return mixed
