"""What was heard in one clip: its pieces in the order in which they were said, and as subtitles."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

_NO_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # controls, and halves of characters
_SHORTEST_SECONDS = 0.001  # of a subtitle: the last begins so long before the end
_ROUNDING_SECONDS = 0.5
# No text may be taken for markup. SubRip has no way to write `<` or an arrow as text: look-alikes
# stand in. Players read a backslash as the beginning of a command: a word joiner parts them.
_PLAIN = {
    "srt": str.maketrans({"<": "\u2039", ">": "\u203a", "\\": "\\\u2060"}),
    "vtt": str.maketrans({"<": "&lt;", ">": "&gt;", "&": "&amp;", "\\": "\\\u2060"}),
}
_BEGINNING = {"srt": "", "vtt": "WEBVTT\n\n"}
_POINT = {"srt": ",", "vtt": "."}
_NO_LENGTH_MILLISECONDS = 3000  # so long a text of no length is shown at most


class Timed(Protocol):
    """A stretch of text; seconds from the clip's start, None where the engine has none."""

    @property
    def start(self) -> float | None:
        """When it begins."""

    @property
    def end(self) -> float | None:
        """When it ends."""

    @property
    def text(self) -> str:
        """What is said."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A transcript as an engine gave it; `words` is None where none were asked for."""

    text: str
    language: str | None
    seconds: float  # of the whole clip
    segments: Sequence[Timed]
    words: Sequence[Timed] | None = None
    offset: float = 0.0  # of the clip's beginning in its recording: times are written with it

    @property
    def excess(self) -> Iterator[str]:
        """Yield a sentence where times are past the end, as which they are written."""
        times = (time for piece in self.segments for time in (piece.start, piece.end))
        last = max(filter(None, map(_finite, times)), default=0.0)
        if last > self.seconds + _ROUNDING_SECONDS:
            past = last - self.seconds
            yield f"a time of {last:.1f} s, {past:.1f} s past its end: written as its end"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text whose times are finite or None."""

    start: float | None
    end: float | None
    text: str


def in_order(spoken: Spoken, pieces: Iterable[Timed]) -> list[Piece]:
    """Return pieces within the clip, by when they begin; one without times follows its neighbour.

    Their times are those of the clip, without its offset.
    """
    begun = -math.inf
    placed = []
    last = max(0.0, spoken.seconds - _SHORTEST_SECONDS)
    for piece in pieces:
        start = _within(piece.start, last)
        begun = begun if start is None else start
        placed.append((begun, Piece(start, _within(piece.end, spoken.seconds), piece.text)))
    return [piece for _, piece in sorted(placed, key=lambda pair: pair[0])]


def one_line(text: str) -> str:
    """Return a text that can stand on one line of a file: nothing in it but words and spaces."""
    return " ".join(_NO_TEXT.sub(" ", text).split())


def _finite(seconds: float | None) -> float | None:
    return seconds if seconds is not None and math.isfinite(seconds) else None


def _within(seconds: float | None, most: float) -> float | None:
    """Return a time from 0 to `most`."""
    seconds = _finite(seconds)
    return None if seconds is None else max(0.0, min(seconds, most))


@dataclass(frozen=True, slots=True)
class Cue:
    """A text on screen, in milliseconds from the clip's start; it ends after it begins."""

    start: int
    end: int
    text: str


def subtitles(spoken: Spoken, form: str) -> str:
    """Return the file's text in one of the forms "srt" and "vtt", with the recording's times."""
    offset = round(spoken.offset * 1000)
    written = (
        f"{number}\n{_clock(cue.start + offset, form)} --> {_clock(cue.end + offset, form)}\n"
        f"{cue.text.translate(_PLAIN[form])}\n\n"
        for number, cue in enumerate(cues(spoken), 1)
    )
    return _BEGINNING[form] + "".join(written)


def _clock(milliseconds: int, form: str) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{_POINT[form]}{rest:03}"


def cues(spoken: Spoken) -> list[Cue]:
    """Return what is shown when: within the clip, by beginning; nothing for a clip without text.

    Segments without any times become one cue over the whole clip.
    """
    pieces = in_order(spoken, spoken.segments)
    pieces = [Piece(p.start, p.end, text) for p in pieces if (text := one_line(p.text))]
    length = max(round(spoken.seconds * 1000), 1)
    if any((piece.start, piece.end) != (None, None) for piece in pieces):
        return list(_timed(pieces, length))
    text = one_line(spoken.text)
    return [Cue(0, length, text)] if text else []


def _timed(pieces: Sequence[Piece], length: int) -> Iterator[Cue]:
    """Fill in the times that are unknown or cannot be, from those of the neighbours."""
    starts = [None if p.start is None else min(round(p.start * 1000), length - 1) for p in pieces]
    shown = Cue(0, 0, "")
    for number, (piece, known) in enumerate(zip(pieces, starts, strict=True)):
        after = starts[number + 1] if number + 1 < len(starts) else length
        begins = min(shown.end, length - 1) if known is None else known
        start = max(min(begins, begins if after is None else after), shown.start)
        shown = Cue(start, _end(piece, start, starts[number + 1 :], length), piece.text)
        yield shown


def _end(piece: Piece, start: int, following: Sequence[int | None], length: int) -> int:
    """Return when a text goes: at its end, or where it has none when a later one begins."""
    end = length if piece.end is None else min(round(piece.end * 1000), length)
    if piece.end is not None and end > start:
        return end
    most = length if piece.end is None else min(length, start + _NO_LENGTH_MILLISECONDS)
    later = (after for after in following if after is not None and start < after < most)
    return next(later, most)
