"""A synthetic room: its response, by how long an echo takes to be 60 dB softer."""

import math

import numpy as np

from orchestrator.clips.audio.samples import RATE, Samples, power

_VOLUME = 60.0  # cubic metres: a meeting room
_DISTANCE = 1.5  # metres from the mouth to the microphone
_GAP_SECONDS = 0.003  # until the first wall answers
_CRITICAL = 0.057  # Kuttruff, "Room Acoustics": metres at which echo and voice are as loud
_SEED = 5


def response(seconds: float) -> Samples:
    """Return what such a room makes of a click: the click, then noise that dies away.

    The echo's energy against the voice's is that of a diffuse field: (distance / critical
    distance)^2, the latter .057 sqrt(volume / seconds).
    """
    time = np.arange(math.ceil(seconds * RATE)) / RATE
    echo = np.random.default_rng(_SEED).standard_normal(len(time)) * 10 ** (-3 * time / seconds)
    echo[: round(_GAP_SECONDS * RATE)] = 0
    critical = _CRITICAL * math.sqrt(_VOLUME / seconds)
    echo *= _DISTANCE / critical / np.sqrt(np.sum(echo**2))
    echo[0] = 1.0
    return echo.astype(np.float32)


def heard(speech: Samples, seconds: float) -> Samples:
    """Return speech as it is heard in such a room, as loud as it was."""
    from scipy.signal import oaconvolve  # noqa: PLC0415 - half a second, when needed

    wet: Samples = oaconvolve(speech, response(seconds))[: len(speech)].astype(np.float32)
    if softer := power(wet):
        wet *= np.float32(math.sqrt(power(speech) / softer))
    wet /= np.float32(max(1.0, float(np.abs(wet).max(initial=0))))
    return wet
