"""What was heard in one clip, and its pieces in the order in which they were said."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

_NO_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # controls, and halves of characters


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


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text whose times are finite or None."""

    start: float | None
    end: float | None
    text: str


def in_order(pieces: Iterable[Timed]) -> list[Piece]:
    """Return the pieces by the time they begin; one that has none stays behind its neighbour."""
    begun = -math.inf
    placed = []
    for piece in pieces:
        start = _finite(piece.start)
        begun = begun if start is None else start
        placed.append((begun, Piece(start, _finite(piece.end), piece.text)))
    return [piece for _, piece in sorted(placed, key=lambda pair: pair[0])]


def one_line(text: str) -> str:
    """Return a text that can stand on one line of a file: nothing in it but words and spaces."""
    return " ".join(_NO_TEXT.sub(" ", text).split())


def _finite(seconds: float | None) -> float | None:
    return seconds if seconds is not None and math.isfinite(seconds) else None
