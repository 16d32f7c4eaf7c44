"""Audio handed over by path: raw float32 samples, mapped, never copied."""

import mmap
import os
from typing import Any

_SAMPLE_BYTES = 4


class BadAudio(Exception):
    """The samples at the given path cannot be used."""


def map_samples(path: str, samples: int) -> Any:  # noqa: ANN401 - an ndarray; numpy is the backend's
    """Return raw float32 samples (samples,) mapped copy-on-write: libraries may scribble on them.

    Raises BadAudio for a file that is missing, empty or of another length.
    """
    import numpy as np

    if samples < 1:
        raise BadAudio(f"{path} is empty: 0 samples")
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise BadAudio(f"{path}: {getattr(error, 'strerror', error)}") from error
    try:
        actual, needed = os.fstat(file).st_size, samples * _SAMPLE_BYTES
        if actual != needed:
            raise BadAudio(f"{path} has {actual} bytes, {samples} samples need {needed}")
        return np.frombuffer(mmap.mmap(file, needed, access=mmap.ACCESS_COPY), np.float32)
    finally:
        os.close(file)
