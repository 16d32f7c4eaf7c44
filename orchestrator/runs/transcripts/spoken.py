"""What was heard in one clip, and its pieces in the order in which they were said."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

_NO_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # controls, and halves of characters
_SHORTEST_SECONDS = 0.001  # of a subtitle: the last begins so long before the end
_ROUNDING_SECONDS = 0.5


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
