"""WAV headers against what the file holds: recorders that were stopped, streams, sizes that wrap.

The size in a WAV's header is 32 bits wide and written last, so it is the field that is most often
wrong. Zero and the largest numbers mean a stream, which is read to its end.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from orchestrator.errors import AudioError

_WRAP = 1 << 32
_STREAMS = (0x7FFFFF00, _WRAP - 256)  # from there on, up to 255 more: "as large as can be"
_HEADER_CHUNKS = 1 << 20  # bytes before the data in which its header must stand
_APART_SECONDS = 0.5
_BLOCK = 1 << 20
_PROBES, _PROBE_SAMPLES = 16, 4096
_LARGEST_FLOAT = 16.0  # times full scale

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE


class File(Protocol):
    """Where bytes are read from, by position."""

    size: int
    path: Path

    def at(self, position: int, size: int) -> bytes:
        """Return so many bytes, fewer at the end."""


@dataclass(frozen=True, slots=True)
class Examined:
    """How a WAV is to be read: up to where, with which bytes replaced, and what is to be said."""

    end: int
    patches: tuple[tuple[int, bytes], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Data:
    """The data chunk: where it begins, how long its header says it is, and what it is made of."""

    begin: int
    stated: int
    tag: int
    channels: int
    rate: int
    frame_bytes: int
    bits: int

    def seconds(self, size: int) -> float:
        return size / max(1, self.frame_bytes) / max(1, self.rate)


def examined(file: File) -> Examined:
    """Compare the header with the file.

    Raises AudioError where far more follows than the header says, and that is no sound.
    """
    data = _data(file)
    if data is None:
        return Examined(file.size)
    there = file.size - data.begin
    if data.stated == 0 or any(first <= data.stated < first + 256 for first in _STREAMS):
        return Examined(_end_of_stream(file, data))
    if data.stated <= there:
        return _with_more(file, data, there)
    cut = data.seconds(data.stated - there) > _APART_SECONDS
    notes = (_disagree(data, there, "only that much is read"),) if cut else ()
    return Examined(file.size, notes=notes)


def _with_more(file: File, data: _Data, there: int) -> Examined:
    """Decide what follows the data: chunks, zeros, more of the samples, or something else."""
    behind = _behind_chunks(file, data.begin + data.stated)
    if behind == file.size or end_of_data(file, behind) == behind:
        return Examined(behind)
    wrapped = there >= _WRAP and (there - data.stated) % _WRAP < _BLOCK
    directly = behind <= data.begin + data.stated + 1
    much = data.seconds(file.size - behind) > _APART_SECONDS
    if wrapped or (much and directly and _is_sound(file, data, behind)):
        end = _end_of_stream(file, data)
        endless = (data.begin - 4, struct.pack("<I", _WRAP - 1))
        return Examined(end, (endless,), (_disagree(data, end - data.begin, "all of it is read"),))
    if much and file.size - behind >= data.stated:
        raise AudioError(
            f"{file.path}: {_disagree(data, there, 'what follows is no sound')}",
            "save the part that plays as a new file",
        )
    return Examined(behind)


def end_of_data(file: File, begin: int) -> int:
    """Return where the zeros begin that a file ends with, `begin` at the earliest."""
    end = file.size
    while end > begin:
        start = max(begin, end - _BLOCK)
        kept = file.at(start, end - start).rstrip(b"\0")
        if kept:
            return start + len(kept)
        end = start
    return begin


def _data(file: File) -> _Data | None:
    """Find the data chunk; None where FFmpeg has to make sense of the file."""
    made = None
    position = 12
    while position < _HEADER_CHUNKS:
        chunk = file.at(position, 8)
        if len(chunk) < 8:  # noqa: PLR2004 - a chunk's header
            return None
        size = int.from_bytes(chunk[4:], "little")
        if chunk[:4] == b"data":
            return _Data(position + 8, size, *made) if made else None
        if chunk[:4] == b"fmt " and size >= 16:  # noqa: PLR2004 - its least
            tag, channels, rate, _, frame, bits = struct.unpack(
                "<HHIIHH", file.at(position + 8, 16).ljust(16, b"\0")
            )
            if tag == _EXTENSIBLE:
                tag = int.from_bytes(file.at(position + 32, 2), "little")
            made = (tag, channels, rate, frame, bits)
        position += 8 + size + size % 2
    return None


def _end_of_stream(file: File, data: _Data) -> int:
    """Return where the samples end; zeros that a recorder laid out beforehand are none."""
    end = end_of_data(file, data.begin)
    if data.seconds(file.size - end) <= _APART_SECONDS:
        return file.size
    frame = max(1, data.frame_bytes)
    return min(file.size, data.begin + -(-(end - data.begin) // frame) * frame)


def _behind_chunks(file: File, position: int) -> int:
    """Return where the chunks end that follow the data."""
    while position < file.size:
        for begin in (position, position + 1):  # an odd size is followed by a byte of padding
            chunk = file.at(begin, 8)
            size = int.from_bytes(chunk[4:], "little")
            known = len(chunk) == 8 and chunk[:4].isascii() and chunk[:3].isalnum()  # noqa: PLR2004
            if known and begin + 8 + size <= file.size:
                position = begin + 8 + size
                break
        else:
            break
    return file.size if file.size - position <= 1 else position


def _is_sound(file: File, data: _Data, begin: int) -> bool:
    """Tell whether most of what follows is samples: neither loud noise, nor beyond all measure."""
    probes = list(_probes(file, data, begin))
    return bool(probes) and 2 * sum(map(_is_loud_noise, probes)) < len(probes)


def _probes(file: File, data: _Data, begin: int) -> Iterator[NDArray[np.float64]]:
    """Yield stretches of one channel in full scale, spread over what follows."""
    kind = {(_PCM, 8): "u1", (_PCM, 16): "<i2", (_PCM, 32): "<i4", (_FLOAT, 32): "<f4"}
    form = kind.get((data.tag, data.bits))
    frame = data.frame_bytes
    if frame != data.channels * data.bits // 8 or not frame:
        return
    begin += -(begin - data.begin) % frame
    count = min(_PROBE_SAMPLES, (file.size - begin) // frame)
    for number in range(_PROBES):
        start = begin + (file.size - begin - count * frame) * number // _PROBES // frame * frame
        raw = np.frombuffer(file.at(start, count * frame), "u1").reshape(-1, frame)
        if (data.tag, data.bits) == (_PCM, 24):
            one = np.ascontiguousarray(raw[:, 1:3]).view("<i2")
        elif form is None:
            return
        else:
            one = np.ascontiguousarray(raw[:, : data.bits // 8]).view(form)
        values = one[:, 0].astype(np.float64)
        scale = {"u1": 128.0, "<f4": 1.0, "<i4": 2.0**31}.get(form or "", 2.0**15)
        yield (values - (128 if form == "u1" else 0)) / scale


def _is_loud_noise(samples: NDArray[np.float64]) -> bool:
    """Tell bytes of another kind, read as samples: loud, and no sample like the one before."""
    if not np.isfinite(samples).all() or np.abs(samples).max(initial=0) > _LARGEST_FLOAT:
        return True
    level = float(samples.std())
    return level > 0.1 and float(np.diff(samples).std()) > 1.1 * level  # noqa: PLR2004 - white: 1.4


def _disagree(data: _Data, there: int, what: str) -> str:
    stated, held = (f"{data.seconds(size):,.1f} s" for size in (data.stated, there))
    return f"its header says {stated}, the file holds {held}: {what}"
