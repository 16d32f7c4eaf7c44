"""Samples as engines hear them, 16 kHz mono float32, and the same as FLAC."""

import io

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

RATE = 16_000
_FULL_SCALE = 1 << 15


def power(samples: Samples) -> float:
    """Return the mean power: 1 of a signal that is at full scale all the time."""
    return float(np.mean(np.square(samples, dtype=np.float64)))


def flac(samples: Samples, comment: str = "") -> bytes:
    """Return mono samples in [-1, 1], beyond which they clip, as a 16-bit FLAC file.

    The same samples give the same bytes, whatever FFmpeg wrote them.
    """
    import av  # noqa: PLC0415 - a tenth of a second, which a run that cuts nothing out saves

    scaled = np.rint(samples * _FULL_SCALE).clip(-_FULL_SCALE, _FULL_SCALE - 1)
    frame = av.AudioFrame.from_ndarray(scaled.astype(np.int16)[None], "s16", "mono")
    frame.sample_rate = RATE
    file = io.BytesIO()
    with av.open(file, "w", "flac") as container:
        # Without it the file carries the FFmpeg version, and every upgrade would change its sum.
        container.flags |= av.container.Flags.bitexact.value  # type: ignore[operator]
        if comment:
            container.metadata["comment"] = comment
        stream = container.add_stream("flac", rate=RATE, layout="mono", format="s16")
        for piece in (frame, None):
            container.mux(stream.encode(piece))
    return file.getvalue()
