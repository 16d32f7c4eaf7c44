"""Reads any audio or video file, as mono samples of one rate, and refuses what is damaged."""

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from numpy.typing import NDArray

from orchestrator.errors import AudioError

# Formats that hold their audio themselves. FFmpeg also reads playlists, which open other files and
# addresses and may wait for them for ever, and takes some texts for moving pictures.
_FORMATS = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dsf,eac3,flac,flv,matroska,mov,mp3,mpeg,mpegts,mxf,ogg,"
    "tta,voc,w64,wav,wv"
)
# Headers that state how long the audio is. A wav's is often wrong (a recorder that was stopped, a
# stream), mp3, ogg and webm state nothing that can be trusted: there, what decodes is the clip.
_EXACT_FORMATS = {"aiff", "flac", "mov,mp4,m4a,3gp,3g2,mj2"}
_LOSS_SECONDS = 0.5  # about a word; less is encoder delay, padding or one bad packet

# 16-bit input is scaled to stay within full scale when channels are mixed, float input by default
# is not: without this option one recording would be 3 dB louder as mp3 than as wav.
_MIX_WITHIN_FULL_SCALE = {"rematrix_maxval": "1.0"}


def blocks(source: Path, rate: int) -> Iterator[NDArray[np.float32]]:
    """Yield the audio of `source` a second at a time: shape (rate,) or less, mono, all finite.

    Raises AudioError for what FFmpeg cannot read, has no audio, or lost more than half a second.
    """
    try:
        # Absolute, because what comes before a colon in a relative path is taken for a protocol.
        with av.open(
            source.absolute(),
            "r",
            metadata_errors="replace",
            options={"format_whitelist": _FORMATS, "protocol_whitelist": "file"},
        ) as container:
            for block in _mono(_frames(container, source), rate):
                if not np.isfinite(block).all():
                    raise AudioError(
                        f"{source} holds samples that are no numbers (NaN or infinity)",
                        "export it again as 16-bit audio",
                    )
                yield block
    except av.FFmpegError as error:
        raise AudioError(
            f"{source} is no audio or video that can be decoded (FFmpeg: {error.strerror})",
            "check that it plays, or give it as wav, flac, mp3, m4a, ogg or mp4",
        ) from error


def _frames(container: InputContainer, source: Path) -> Iterator[av.AudioFrame]:
    """Yield the frames of the best audio stream, then raise if too much of it was lost."""
    stream = container.streams.best("audio")
    if not isinstance(stream, av.AudioStream):
        raise AudioError(f"{source} has no audio in it", "give a file with a sound track")
    decoded = lost = 0.0
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.InvalidDataError:
            # Players skip a bad packet, and so do we: whether it mattered is decided below.
            lost += float((packet.duration or 0) * packet.time_base)
            continue
        for frame in frames:
            decoded += frame.samples / frame.sample_rate
            yield frame
    whole = decoded + lost
    if container.format.name in _EXACT_FORMATS and stream.duration and stream.time_base:
        whole = max(whole, float(stream.duration * stream.time_base))
    if whole - decoded > _LOSS_SECONDS:
        raise AudioError(
            f"{source} is damaged or cut short: only {decoded:.1f} of {whole:.1f} s can be decoded",
            "copy it again, or save the part that plays as a new file",
        )


def _mono(frames: Iterable[av.AudioFrame], rate: int) -> Iterator[NDArray[np.float32]]:
    """Mix to mono and resample; a file whose frames change shape half-way gets a new resampler."""
    for _, run in itertools.groupby(frames, _shape):
        resampler = av.AudioResampler("flt", "mono", rate, rate, _MIX_WITHIN_FULL_SCALE)
        for frame in itertools.chain(run, [None]):  # None flushes what the filter holds back
            for second in resampler.resample(frame):
                yield second.to_ndarray()[0].astype(np.float32, copy=False)


def _shape(frame: av.AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate
