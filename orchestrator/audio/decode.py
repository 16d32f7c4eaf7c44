"""Decodes any audio or video file once, to 16 kHz mono float32 kept on disk by source hash."""

import hashlib
import itertools
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import av
import numpy as np
from av.container import InputContainer
from numpy.typing import NDArray

from orchestrator.errors import AudioError

RATE = 16_000
SHORTEST_SECONDS = 0.1

# Raise the number when samples change; another FFmpeg may resample differently, so it counts too.
SUFFIX = f".1-av{av.__version__}.f32"

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


@dataclass(frozen=True, slots=True)
class Decoded:
    """Raw little-endian float32 samples at `pcm`, and the hash of the file they come from."""

    pcm: Path
    sha256: str
    samples: int


def decode(source: Path, cache: Path) -> Decoded:
    """Decode `source` into the folder `cache`, unless the same bytes were decoded there before.

    Raises AudioError for anything that is no readable audio of at least 0.1 s, and for a file that
    lost more than half a second of what it should hold.
    """
    sha256 = _sha256(source)
    pcm = kept(sha256, cache)
    if not pcm.exists():
        try:
            _write(_blocks(source), pcm)
        except OSError as error:
            raise AudioError(
                f"the decoded audio of {source} cannot be kept in {cache}: {error.strerror}",
                "free some disk space, or make that folder writable",
            ) from error
    samples = pcm.stat().st_size // np.dtype(np.float32).itemsize
    if samples < SHORTEST_SECONDS * RATE:
        raise AudioError(
            f"{source} is {samples / RATE:.2f} s long; engines need at least {SHORTEST_SECONDS} s",
            "give a longer recording",
        )
    return Decoded(pcm, sha256, samples)


def kept(sha256: str, cache: Path) -> Path:
    """Return where the samples of a file with this hash are, once decoded."""
    return cache.absolute() / f"{sha256}{SUFFIX}"


def _sha256(source: Path) -> str:
    """Hash the file; every way in which it cannot be read is told here."""
    try:
        status = source.stat()
        if stat.S_ISDIR(status.st_mode):
            raise AudioError(f"{source} is a folder", "name the audio files in it")
        # Opening a pipe would wait for ever.
        if not stat.S_ISREG(status.st_mode):
            raise AudioError(f"{source} is not a regular file", "save the audio to a file first")
        if status.st_size == 0:
            raise AudioError(f"{source} is empty: it holds 0 bytes", "copy or record it again")
        with source.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise AudioError(f"{source} does not exist", "check the path") from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise AudioError(f"{source} cannot be read: {reason}", "check its permissions") from error


def _write(blocks: Iterable[NDArray[np.float32]], pcm: Path) -> None:
    pcm.parent.mkdir(parents=True, exist_ok=True)
    with _replacing(pcm) as file:
        for block in blocks:
            file.write(np.ascontiguousarray(block, "<f4").data)


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that becomes `path` when whole, and is gone when anything fails."""
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        unfinished = Path(file.name)
        try:
            yield file
            file.flush()
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)


def _blocks(source: Path) -> Iterator[NDArray[np.float32]]:
    """Yield the audio of `source` a second at a time, mono at 16 kHz, all samples finite."""
    try:
        # Absolute, because what comes before a colon in a relative path is taken for a protocol.
        with av.open(
            source.absolute(),
            "r",
            metadata_errors="replace",
            options={"format_whitelist": _FORMATS, "protocol_whitelist": "file"},
        ) as container:
            for block in _mono(_frames(container, source)):
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


def _mono(frames: Iterable[av.AudioFrame]) -> Iterator[NDArray[np.float32]]:
    """Mix to mono and resample; a file whose frames change shape half-way gets a new resampler."""
    for _, run in itertools.groupby(frames, _shape):
        resampler = av.AudioResampler("flt", "mono", RATE, RATE, _MIX_WITHIN_FULL_SCALE)
        for frame in itertools.chain(run, [None]):  # None flushes what the filter holds back
            for second in resampler.resample(frame):
                yield second.to_ndarray()[0].astype(np.float32, copy=False)


def _shape(frame: av.AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate
