"""Words told apart by their letters, and which of them two texts have in common. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import kaldialign  # type: ignore[import-untyped]

from orchestrator.analysis.scoring import text
from orchestrator.runs.schema import SegmentText, TimedWord


class Place(NamedTuple):
    """A word by its key, and where it begins and ends as far as that is known."""

    key: str
    start: float | None
    end: float | None


def keys(shown: str, language: str) -> list[str]:
    """Return a text's words as they are told apart: by letters and digits, in whatever case.

    In a language without spaces each character is a word.
    """
    pieces = shown.split() if text.is_spaced(language) else list(shown)
    bare = ("".join(c for c in piece.casefold() if c.isalnum()) for piece in pieces)
    return [key for key in bare if key]


def places(pieces: Iterable[SegmentText | TimedWord], language: str) -> list[Place]:
    """Return the words of timed pieces of a text.

    Of several words the first has the start of the piece and the last its end.
    """
    found: list[Place] = []
    for piece in pieces:
        own = keys(piece.text, language)
        last = len(own) - 1
        found += [
            Place(key, piece.start if i == 0 else None, piece.end if i == last else None)
            for i, key in enumerate(own)
        ]
    return found


def matched(found: Sequence[str], said: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the places of words that two texts have in common, in order; hours are cut first."""
    i = j = 0
    for known, heard in text.pieces(list(said), list(found)):
        for one, other in kaldialign.align(heard, known, ""):
            if one and one == other:
                yield i, j
            i, j = i + bool(one), j + bool(other)
