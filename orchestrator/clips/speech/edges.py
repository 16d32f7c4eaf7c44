"""Where a piece of speech begins and ends, by its level."""

import numpy as np

from orchestrator.clips.audio.samples import Samples

_WINDOW_SECONDS = 0.005
_BELOW_DECIBELS = 45  # what is softer than the loud parts by more is none of the speech
_LOUD = 0.95  # the quantile of levels that stands for the loud parts
_FADE_SECONDS = 0.002


def edges(speech: Samples, rate: int) -> tuple[int, int] | None:
    """Return the first and the last sample, exclusive, of speech before and after which is silence.

    The level is that of 5 ms around a sample. None where there is no sound at all.
    """
    width = round(_WINDOW_SECONDS * rate)
    power = np.convolve(np.square(speech, dtype=np.float64), np.ones(width) / width, "same")
    heard = np.flatnonzero(power > np.quantile(power, _LOUD) * 10 ** (-_BELOW_DECIBELS / 10))
    return (int(heard[0]), int(heard[-1]) + 1) if len(heard) and power[heard[0]] > 0 else None


def cut_out(speech: Samples, rate: int) -> Samples:
    """Return speech without the silence around it, rising and falling within 2 ms."""
    if (found := edges(speech, rate)) is None:
        return speech[:0]
    piece = speech[slice(*found)].copy()
    slope = np.linspace(0, 1, min(round(_FADE_SECONDS * rate), len(piece)), dtype=np.float32)
    piece[: len(slope)] *= slope
    piece[len(piece) - len(slope) :] *= slope[::-1]
    return piece
