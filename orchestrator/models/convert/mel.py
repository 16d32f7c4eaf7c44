"""Whisper's mel filters and audio settings, computed instead of shipped."""

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 16_000
N_FFT = 400
HOP_LENGTH = 160
CHUNK_SECONDS = 30

# Slaney's scale (Auditory Toolbox, 1998): linear below 1 kHz, 27 logarithmic steps per factor 6.4.
_HERTZ_PER_MEL = 200 / 3
_BREAK_HERTZ = 1000.0
_BREAK_MEL = _BREAK_HERTZ / _HERTZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27


def filters(n_mels: int) -> NDArray[np.float32]:
    """Return the triangular filters (n_mels, 201), each of unit area, float32.

    The same as librosa.filters.mel(sr=16000, n_fft=400, n_mels=n_mels), Slaney scale and norm.
    """
    bins = np.linspace(0, SAMPLE_RATE / 2, N_FFT // 2 + 1)
    edges = _hertz(np.linspace(0, _mel(SAMPLE_RATE / 2), n_mels + 2))
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising = (bins - low) / (centre - low)
    falling = (high - bins) / (high - centre)
    triangles = np.maximum(0, np.minimum(rising, falling))
    return (triangles * 2 / (high - low)).astype(np.float32)


def _mel(hertz: float) -> float:
    """Turn a frequency at or over the break into mels."""
    return float(_BREAK_MEL + np.log(hertz / _BREAK_HERTZ) / _LOG_STEP)


def _hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    logarithmic = _BREAK_HERTZ * np.exp(_LOG_STEP * (mels - _BREAK_MEL))
    return np.where(mels < _BREAK_MEL, mels * _HERTZ_PER_MEL, logarithmic)


def preprocessor(n_mels: int) -> dict[str, object]:
    """Return `preprocessor_config.json` as transformers' WhisperFeatureExtractor writes it."""
    samples = CHUNK_SECONDS * SAMPLE_RATE
    return {
        "chunk_length": CHUNK_SECONDS,
        "feature_extractor_type": "WhisperFeatureExtractor",
        "feature_size": n_mels,
        "hop_length": HOP_LENGTH,
        "n_fft": N_FFT,
        "n_samples": samples,
        "nb_max_frames": samples // HOP_LENGTH,
        "padding_side": "right",
        "padding_value": 0.0,
        "processor_class": "WhisperProcessor",
        "return_attention_mask": False,
        "sampling_rate": SAMPLE_RATE,
    }
