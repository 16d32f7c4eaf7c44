"""Makes the audio files that the tests decode: tones written by PyAV in any format."""

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]


def tone(hertz: float, seconds: float, rate: int, level: float = 0.5) -> Samples:
    """Return a sine as one channel, shape (samples,), of peak `level`."""
    return level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def write_audio(
    path: Path,
    channels: list[Samples],
    rate: int,
    codec: str = "pcm_s16le",
    layout: str | None = None,
    **options: str,
) -> Path:
    """Encode `channels`, each in [-1, 1], into the container that the file's ending names."""
    layout = layout or {1: "mono", 2: "stereo"}[len(channels)]
    planes = np.ascontiguousarray(np.stack(channels), np.float32)
    frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout=layout)
    frame.sample_rate = rate
    with av.open(path, "w", options=options) as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        assert isinstance(stream, av.AudioStream)
        wanted = stream.codec_context.format
        resampler = av.AudioResampler(wanted, layout, rate, stream.codec_context.frame_size or 1024)
        for piece in [*resampler.resample(frame), *resampler.resample(None), None]:
            container.mux(stream.encode(piece))
    return path


def write_video(path: Path, sound: Samples | None, rate: int = 44_100) -> Path:
    """Write half a second of moving grey as mp4, with `sound` as AAC beside it or without any."""
    with av.open(path, "w") as container:
        picture = container.add_stream("mpeg4", rate=10)
        picture.width, picture.height, picture.pix_fmt = 64, 64, "yuv420p"
        audio = container.add_stream("aac", rate=rate, layout="mono") if sound is not None else None
        for shade in range(5):
            pixels = np.full((64, 64, 3), 40 * shade, np.uint8)
            container.mux(picture.encode(av.VideoFrame.from_ndarray(pixels)))
        container.mux(picture.encode(None))
        if audio is not None and sound is not None:
            frame = av.AudioFrame.from_ndarray(sound[None].astype(np.float32), "fltp", "mono")
            frame.sample_rate = rate
            container.mux([*audio.encode(frame), *audio.encode(None)])
    return path


def loudest_hertz(samples: NDArray[np.float32], rate: int = 16_000) -> float:
    """Return the frequency with the most energy."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * rate / len(samples)
