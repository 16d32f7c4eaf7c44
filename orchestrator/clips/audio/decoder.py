"""Decodes a track of an audio or video file to mono samples, each where its time stamp puts it."""

import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Full, Queue
from threading import Event, Thread
from typing import Any

import av
import numpy as np
from av.container import InputContainer

from orchestrator.clips.audio.container import Bytes, best, opened, xing_end, zeros_inside
from orchestrator.clips.audio.samples import RATE, Samples
from orchestrator.clips.audio.timeline import Facts, Placed, Timeline
from orchestrator.errors import AudioError

# Headers that state how long the audio is. A wav's is often wrong (a recorder that was stopped, a
# stream), ogg and webm state nothing that can be trusted: there, what decodes is the clip.
_EXACT_FORMATS = {"aiff", "flac", "mov,mp4,m4a,3gp,3g2,mj2"}
_TIMELESS_FORMATS = {"aac", "ac3", "eac3", "mp3"}
_SEARCHED_FORMATS = {*_TIMELESS_FORMATS, "mpeg", "mpegts"}  # for the next packet, byte by byte
_LOSS_SECONDS = 0.5  # about a word; less is encoder delay, padding or one bad packet
_OFFSET_SECONDS = 0.05  # less is encoder delay or a frame of the picture
_ERASED_BYTES = 1 << 20
_TRIES = 64  # each searches a part of what was read ahead
_OTHERS = "check that it plays, or give it as wav, flac, mp3, m4a, ogg or mp4"
_LOUDEST = 16.0  # times full scale

# 16-bit input is scaled to stay within full scale when channels are mixed, float input by default
# is not: without this option one recording would be 3 dB louder as mp3 than as wav.
_MIX_WITHIN_FULL_SCALE = {"rematrix_maxval": "1.0"}


@dataclass(frozen=True, slots=True)
class Track:
    """An audio track of a file: its number, from 1, and what the file says of it."""

    number: int
    about: str
    default: bool

    def __str__(self) -> str:
        about = f" ({self.about})" if self.about else ""
        return f"track {self.number}{about}"


def blocks(source: Path, track: int | None = None) -> Iterator[Samples | Facts]:
    """Yield the audio of `source` a second at a time, 16 kHz mono and finite; at the end the facts.

    Gaps in the time stamps become silence. Raises AudioError for what FFmpeg cannot read, has no
    such audio track, or lost more than half a second.

    FFmpeg works in a thread of its own: a signal is answered however long it searches for audio.
    """
    room: Queue[Samples | Facts | BaseException] = Queue(maxsize=4)
    stopped = Event()

    def put(item: Samples | Facts | BaseException) -> None:
        while not stopped.is_set():
            with suppress(Full):
                room.put(item, timeout=0.1)
                return

    def work() -> None:
        try:
            for item in _blocks(source, track):
                put(item)
                if stopped.is_set():
                    return
        except Exception as error:  # noqa: BLE001 - raised again by who waits for it
            put(error)

    Thread(target=work, daemon=True).start()
    try:
        while not isinstance(item := room.get(), Facts):
            if isinstance(item, BaseException):
                raise item
            yield item
        yield item
    finally:
        stopped.set()


def _blocks(source: Path, track: int | None) -> Iterator[Samples | Facts]:
    facts = Facts()
    with _explained(source), Bytes(source) as file, opened(file) as container:
        facts.notes += file.notes
        stream = _stream(container, source, track)
        for block in _mono(_frames(container, stream, file, facts)):
            loudest = float(np.abs(block).max(initial=0))
            if not np.isfinite(loudest):
                raise AudioError(
                    f"{source} holds samples that are no numbers (NaN or infinity)",
                    "export it again as 16-bit audio",
                )
            if loudest > _LOUDEST:
                raise AudioError(
                    f"{source} holds samples of {loudest:,.0f} times full scale"
                    f" ({20 * np.log10(loudest):+.0f} dBFS); float audio lies between -1 and 1",
                    "export it again as 16-bit audio, or divide its samples (16-bit: by 32768)",
                )
            yield block
    yield facts


def tracks(source: Path) -> list[Track]:
    """Return the audio tracks of a file; raise AudioError for what FFmpeg cannot read."""
    with _explained(source), Bytes(source) as file, opened(file) as container:
        default = best(container)
        return [
            Track(
                number,
                ", ".join(filter(None, map(stream.metadata.get, ("language", "title")))),
                stream is default,
            )
            for number, stream in enumerate(container.streams.audio, 1)
        ]


@contextmanager
def _explained(source: Path) -> Iterator[None]:
    try:
        yield
    except av.FFmpegError as error:
        raise AudioError(
            f"{source} is no audio or video that can be decoded (FFmpeg: {error.strerror})",
            _OTHERS,
        ) from error


def _stream(container: InputContainer, source: Path, track: int | None) -> av.AudioStream:
    streams = container.streams.audio
    if not streams:
        raise AudioError(f"{source} has no audio in it", "give a file with a sound track")
    if track is not None and track > len(streams):
        has = f"{len(streams)} audio track{'s' * (len(streams) > 1)}"
        raise AudioError(f"{source} has {has}, no track {track}", "leave --track out, or lower it")
    stream = best(container) if track is None else streams[track - 1]
    # No codec is known for what a damaged header, or a format of tomorrow, calls its audio.
    if stream is None or stream.codec_context is None:
        raise AudioError(
            f"{source} is no audio or video that can be decoded (FFmpeg: unknown codec)", _OTHERS
        )
    return stream


def _frames(
    container: InputContainer, stream: av.AudioStream, file: Bytes, facts: Facts
) -> Iterator[Placed]:
    """Yield the frames of a track in their places, then raise if too much of it was lost."""
    timeline = Timeline(file, container)
    erased = zeros_inside(file) if container.format.name in _SEARCHED_FORMATS else 0
    if erased > _ERASED_BYTES:  # minutes, in which FFmpeg would search for audio for hours
        raise AudioError(
            f"{file.path} is damaged: {erased:,} of its {file.size:,} bytes are zeros",
            "copy it again, or save the part that plays as a new file",
        )
    # The packets of the other tracks too: what lies between two packets shows what is damaged.
    for packet in _packets(container, file):
        if packet.stream is not stream:
            timeline.passed(packet)
            continue
        try:
            frames = stream.codec_context.decode(packet)
        except av.InvalidDataError:
            # Players skip a bad packet, and so do we: whether it mattered is decided below.
            timeline.undecodable(packet)
            continue
        timeline.passed(packet)
        yield from map(timeline.place, frames)
    facts.offset = timeline.offset if timeline.offset > _OFFSET_SECONDS else 0.0
    facts.notes += timeline.notes
    there = timeline.seconds
    stated, exact = _stated(container, stream, file)
    missing = stated - there
    timeless = container.format.name in _TIMELESS_FORMATS
    emptied = there * erased / max(1, file.size - erased)
    lost = max(timeline.lost, missing if exact else 0.0, emptied if timeless else 0.0)
    if lost > _LOSS_SECONDS:
        raise AudioError(
            f"{file.path} is damaged or cut short: only {there:.1f} of {there + lost:.1f} s can be"
            " decoded",
            "copy it again, or save the part that plays as a new file",
        )
    if missing > _LOSS_SECONDS:
        facts.notes.append(f"its header says {stated:,.1f} s, it ends after {there:,.1f} s")


def _packets(container: InputContainer, file: Bytes) -> "Iterator[av.Packet[Any]]":
    """Yield all packets; where FFmpeg gives up for now, as in a long hole of a `.ts`, ask again."""
    position, tries = -1, 0
    while tries < _TRIES:
        try:
            yield from container.demux()
        except IndexError:  # a packet of a stream that was not there when the file was opened
            continue
        except av.BlockingIOError:
            tries = 0 if file.tell() > position else tries + 1
            position = file.tell()
        else:
            return


def _stated(container: InputContainer, stream: av.AudioStream, file: Bytes) -> tuple[float, bool]:
    """Return how long the header says the track is, 0 for unknown, and whether less is damage."""
    duration = float((stream.duration or 0) * (stream.time_base or 0))
    match container.format.name:
        case "mp3":
            end = xing_end(file)
            return (duration, end <= file.size) if end is not None else (0.0, False)
        case "matroska,webm" if len(container.streams.audio) == len(container.streams):
            begin = container.start_time or 0
            return ((container.duration or 0) - begin) / av.time_base, False
        case name:
            return (duration, True) if name in _EXACT_FORMATS else (0.0, False)


def _mono(frames: Iterable[Placed]) -> Iterator[Samples]:
    """Mix to mono and resample; a gap, or frames of another shape, take a new resampler."""
    for _, run in itertools.groupby(frames, _shape):
        first = next(run)
        missing = round(first.pause * RATE)
        for begin in range(0, missing, RATE):
            yield np.zeros(min(RATE, missing - begin), np.float32)
        resampler = av.AudioResampler("flt", "mono", RATE, RATE, _MIX_WITHIN_FULL_SCALE)
        stretch = (placed.frame for placed in itertools.chain([first], run))
        for frame in itertools.chain(stretch, [None]):  # None flushes what the filter holds back
            for second in resampler.resample(frame):
                yield second.to_ndarray()[0].astype(np.float32, copy=False)


def _shape(placed: Placed) -> tuple[int, str, str, int]:
    frame = placed.frame
    return placed.stretch, frame.format.name, frame.layout.name, frame.sample_rate
