"""Where words were lost: runs of the reference that the transcript has nothing for, with times."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

import jiwer

# Three words on end are a phrase; one or two are what any engine mishears.
PHRASE_WORDS = 3
# So few equal words between two losses are matched by chance: "the" is everywhere.
_CHANCE_WORDS = 1


@dataclass(frozen=True, slots=True)
class Loss:
    """A run of lost words: how many, the words around included, and when they were said."""

    words: int
    text: str
    start: float
    end: float

    def seam(self, window: float, tolerance: float) -> float | None:
        """Return the multiple of `window` seconds that the run lies at, None if it lies at none.

        A run longer than a window has another cause than a seam.
        """
        if self.end - self.start > window:
            return None
        nearest = max(1, round((self.start + self.end) / 2 / window)) * window
        return nearest if self.start - tolerance <= nearest <= self.end + tolerance else None


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Words of the reference from `start` to `end`, and how many the transcript has for them."""

    start: int
    end: int
    heard: int
    equal: bool


def losses(said: Sequence[tuple[float, str]], heard: Sequence[str]) -> list[Loss]:
    """Align words with the second they were said at to the words heard; return the runs lost."""
    if not said or not heard:
        return [_loss(said, 0, len(said), len(said))] if said else []
    found = []
    for equal, run in groupby(_stretches(said, heard), attrgetter("equal")):
        stretches = list(run)
        start, end = stretches[0].start, stretches[-1].end
        missing = end - start - sum(each.heard for each in stretches)
        if not equal and missing >= PHRASE_WORDS:
            found.append(_loss(said, start, end, missing))
    return found


def _stretches(said: Sequence[tuple[float, str]], heard: Sequence[str]) -> Iterable[_Stretch]:
    reference = " ".join(word for _, word in said)
    chunks = jiwer.process_words(reference, " ".join(heard)).alignments[0]
    for chunk in chunks:
        words = chunk.hyp_end_idx - chunk.hyp_start_idx
        inner = chunk.ref_start_idx > 0 and chunk.ref_end_idx < len(said)
        chance = inner and words <= _CHANCE_WORDS
        equal = chunk.type == "equal" and not chance
        yield _Stretch(chunk.ref_start_idx, chunk.ref_end_idx, words, equal)


def _loss(said: Sequence[tuple[float, str]], start: int, end: int, missing: int) -> Loss:
    run = said[start:end]
    return Loss(missing, " ".join(word for _, word in run), run[0][0], run[-1][0])
