"""Makes the audio files that the tests decode: tones written by PyAV in any format."""

import struct
from collections.abc import Sequence
from fractions import Fraction
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


def write_stretches(
    path: Path, codec: str, stretches: Sequence[tuple[float, float]], *, picture: bool = False
) -> Path:
    """Write a tone that sounds where it is told, each stretch as its start and length in seconds.

    With a `picture` that begins at 0.
    """
    rate = 48_000
    with av.open(path, "w") as container:
        video = container.add_stream("mpeg4", rate=10) if picture else None
        if video is not None:
            video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        audio = container.add_stream(codec, rate=rate, layout="mono")
        if video is not None:
            for shade in range(5):
                pixels = np.full((64, 64, 3), 40 * shade, np.uint8)
                container.mux(video.encode(av.VideoFrame.from_ndarray(pixels)))
            container.mux(video.encode(None))
        for start, seconds in stretches:
            samples = tone(440, seconds, rate)[None].astype(np.float32)
            frame = av.AudioFrame.from_ndarray(samples, "fltp", "mono")
            frame.sample_rate = rate
            size = audio.codec_context.frame_size or 1024
            resampler = av.AudioResampler(audio.codec_context.format, "mono", rate, size)
            position = round(start * rate)
            for piece in [*resampler.resample(frame), *resampler.resample(None)]:
                piece.pts, piece.time_base = position, Fraction(1, rate)
                position += piece.samples
                container.mux(audio.encode(piece))
        container.mux(audio.encode(None))
    return path


def write_tracks(path: Path, tracks: Sequence[Samples], rate: int = 16_000) -> Path:
    """Write several audio tracks of one length into a film without a picture."""
    with av.open(path, "w") as container:
        streams = [container.add_stream("pcm_s16le", rate=rate, layout="mono") for _ in tracks]
        for stream in streams:
            stream.metadata["title"] = f"microphone {stream.index}"
        for stream, samples in zip(streams, tracks, strict=True):
            frame = av.AudioFrame.from_ndarray(
                (samples * 32_767).astype(np.int16)[None], "s16", "mono"
            )
            frame.sample_rate = rate
            container.mux([*stream.encode(frame), *stream.encode(None)])
    return path


def wav(data: bytes, stated: int, *, bits: int = 16, form: int = 1) -> bytes:
    """Return mono 16 kHz samples behind a WAV header that states a size of its own."""
    frame = bits // 8
    kind = struct.pack("<HHIIHH", form, 1, 16_000, 16_000 * frame, frame, bits)
    riff = b"RIFF" + struct.pack("<I", (36 + stated) % 2**32) + b"WAVEfmt \x10\0\0\0" + kind
    return riff + b"data" + struct.pack("<I", stated) + data


def loudest_hertz(samples: NDArray[np.float32], rate: int = 16_000) -> float:
    """Return the frequency with the most energy."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * rate / len(samples)
