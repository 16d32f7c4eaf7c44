"""Audio and video files as FFmpeg opens them: which formats and endings, and how long they are."""

import io
import math
import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.clips.audio import wav_header

if TYPE_CHECKING:
    from av import AudioStream
    from av.container import InputContainer

# Formats that hold their audio themselves, by FFmpeg's names, and the endings of such files. FFmpeg
# also reads playlists, which open other files and addresses and may wait for them for ever, and
# takes some texts for moving pictures.
FORMATS = {
    "aac": "aac adts",
    "ac3": "ac3",
    "aiff": "aif aifc aiff",
    "amr": "amr awb",
    "ape": "ape",
    "asf": "asf wma wmv",
    "au": "au snd",
    "avi": "avi",
    "caf": "caf",
    "dsf": "dsf",
    "eac3": "ec3 eac3",
    "flac": "flac",
    "flv": "flv",
    "matroska": "mka mkv webm",
    "mov": "3g2 3gp m4a m4b m4v mov mp4 qt",
    "mp3": "mp2 mp3 mpga",
    "mpeg": "mpeg mpg vob",
    "mpegts": "m2t m2ts mts ts",
    "mxf": "mxf",
    "nistsphere": "nist sph",
    "ogg": "oga ogg ogv opus spx",
    "tta": "tta",
    "voc": "voc",
    "w64": "w64",
    "wav": "bwf rf64 wav wave",
    "wv": "wv",
}
ENDINGS = frozenset(f".{ending}" for endings in FORMATS.values() for ending in endings.split())

# Files whose last bytes may be zeros that mean something: silence as samples, or a stated length.
_SIZED = (b"RIFF", b"RF64", b"BW64", b"riff", b"FORM", b"caff", b".snd", b"NIST", b"MAC ")
_TAIL = 1 << 16  # so many zeros at the end of any other file are no audio,
_LAST_FRAME = 8 * 188  # but for the end of an mp3 frame or a packet of a `.ts`
_BUFFER = 1 << 18
_XING_FRAMES, _XING_BYTES = 1, 2  # flags: what the header says
_SEVEN_BITS = (21, 14, 7, 0)  # of a size in an ID3 tag
_PIECE, _LONGEST_FRAME = 1 << 20, 8192


class Bytes(io.RawIOBase):
    """A file as FFmpeg is to see it: no zeros behind its data, a wrong WAV header corrected."""

    def __init__(self, path: Path) -> None:
        self.name = str(path.absolute())  # for FFmpeg: a colon in it means nothing then
        self.path = path
        self._file = path.open("rb", buffering=0)
        self._patches: tuple[tuple[int, bytes], ...] = ()
        self.notes: tuple[str, ...] = ()
        self.size = self._file.seek(0, os.SEEK_END)
        head = self.at(0, 12)
        if head[:4] == b"RIFF" and head[8:] == b"WAVE":
            found = wav_header.examined(self)
            self.size, self._patches, self.notes = found.end, found.patches, found.notes
        elif not head.startswith(_SIZED) and head[4:8] != b"ftyp":
            end = wav_header.end_of_data(self, 0)
            self.size = self.size if self.size - end < _TAIL else end + _LAST_FRAME
        self._file.seek(0)

    def at(self, position: int, size: int) -> bytes:
        """Return bytes as they are in the file."""
        return os.pread(self._file.fileno(), size, position)

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, no more than `size`."""
        begin = self._file.tell()
        left = max(0, self.size - begin)
        data = self._file.read(left if size < 0 else min(size, left)) or b""
        for position, patch in self._patches:
            if begin <= position and position + len(patch) <= begin + len(data):
                data = data[: position - begin] + patch + data[position - begin + len(patch) :]
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a position, from the beginning, here, or the end that FFmpeg is to see."""
        if whence == os.SEEK_END:
            return self._file.seek(self.size + offset)
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the position."""
        return self._file.tell()

    def fileno(self) -> int:
        """Return the file's descriptor."""
        return self._file.fileno()

    def readable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes."""
        return True

    def close(self) -> None:
        """Close the file."""
        if not self.closed:
            self._file.close()
        super().close()


@contextmanager
def opened(file: Bytes | io.BytesIO) -> Iterator["InputContainer"]:
    """Open audio or video; raise av.FFmpegError for what is none."""
    import av  # noqa: PLC0415 - a tenth of a second, where a corpus states its lengths

    options = {"format_whitelist": ",".join(FORMATS), "protocol_whitelist": "none"}
    with av.open(
        file, "r", metadata_errors="replace", buffer_size=_BUFFER, options=options
    ) as container:
        yield container


def best(container: "InputContainer") -> "AudioStream | None":
    """Return the audio stream that players take; None where there is none."""
    import av  # noqa: PLC0415 - as above

    try:
        stream = container.streams.best("audio")
    except IndexError:  # in a damaged `.ts` FFmpeg finds streams that its wrapper does not know
        stream = None
    streams = container.streams.audio
    return stream if isinstance(stream, av.AudioStream) else streams[0] if streams else None


def seconds(audio: Path | bytes) -> float:
    """Return the length that a header states; NaN where there is none or it cannot be read."""
    if isinstance(audio, Path) and not audio.is_file():
        return math.nan  # a pipe would be waited for, for ever
    import av  # noqa: PLC0415 - as above

    try:
        file = io.BytesIO(audio) if isinstance(audio, bytes) else Bytes(audio)
        with file, opened(file) as container:
            stream = best(container)
            if stream is not None and stream.duration and stream.time_base:
                return float(stream.duration * stream.time_base)
            return container.duration / av.time_base if container.duration else math.nan
    except (OSError, ValueError, av.FFmpegError):
        return math.nan


def xing_end(file: Bytes) -> int | None:
    """Return where an mp3 ends by the header of its first frame, 0 if it says only how long it is.

    None where it has no such header: nobody knows how long it should be.
    """
    tag = file.at(0, 10).ljust(10, b"\0")
    begin = 0
    if tag[:3] == b"ID3":
        begin = 10 + sum(
            (byte & 127) << shift for byte, shift in zip(tag[6:], _SEVEN_BITS, strict=True)
        )
    frame = file.at(begin, 4096) + bytes(16)
    found = max(frame.find(b"Xing"), frame.find(b"Info"))
    if found < 0 or not frame[found + 7] & _XING_FRAMES:
        return None
    if not frame[found + 7] & _XING_BYTES:
        return 0
    return begin + int.from_bytes(frame[found + 12 : found + 16], "big")


def zeros_inside(file: Bytes) -> int:
    """Count the bytes of a stream that are zeros in runs longer than any frame."""
    count = begin = 0
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        while (begin := data.find(bytes(_LONGEST_FRAME), begin, file.size)) >= 0:
            end, left = begin, b""
            while end < file.size and not left:
                piece = data[end : min(file.size, end + _PIECE)]
                left = piece.lstrip(b"\0")
                end += len(piece) - len(left)
            count += end - begin
            begin = end
    return count
