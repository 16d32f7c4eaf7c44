"""What punctuation, casing, spelling and numbers add to the errors in words alone.

Both texts are peeled step by step, and scored at each: errors that a step takes away are what it
had added. So the parts sum to the errors of the texts as they are written. A word wrong in two ways
counts where it becomes right: "Yes," for "yes" under casing, the later step.
"""

import unicodedata
from itertools import pairwise

from orchestrator.analysis.scoring import letters, text
from orchestrator.clips import languages
from orchestrator.runs.schema import Formatting

_STEPS = 5
_NORMALISED = 3  # from this step on: as everywhere, compounds are forgiven then, not before
_FORMATTED = 0.02  # of its words: in prose one in ten has a mark, one in ten a capital


class Peeled:
    """One backend's errors at each step of peeling, fed clip by clip; keeps sums only."""

    def __init__(self) -> None:
        self._errors = [0] * _STEPS
        self._words = self._marked = self._capitals = self._small = 0
        self._english = False

    def add(self, reference: str, hypothesis: str | None, language: str = "en") -> None:
        """Score a clip at each step; a failure, a `hypothesis` of None, has no words."""
        said, heard = _peeled(reference, language), _peeled(hypothesis or "", language)
        for step, (these, those) in enumerate(zip(said, heard, strict=True)):
            self._errors[step] += sum(text.edits(these, those, merge=step >= _NORMALISED))
        self._words += len(said[0])
        self._marked += sum(_is_mark(word[0]) or _is_mark(word[-1]) for word in said[0])
        self._capitals += sum(word != small for word, small in zip(said[1], said[2], strict=True))
        self._small += sum(word != word.upper() for word in said[1])
        self._english = self._english or languages.code(language) == "en"

    def formatting(self) -> Formatting | None:
        """Return the parts; None where the references have no punctuation, or one case only."""
        least = max(1, _FORMATTED * self._words)
        if min(self._marked, self._capitals, self._small) < least:
            return None
        rates = [100 * errors / self._words for errors in self._errors]
        punctuation, casing, spelling, numbers = (one - next_ for one, next_ in pairwise(rates))
        return Formatting(
            written=rates[0],
            punctuation=punctuation,
            casing=casing,
            spelling=spelling,
            numbers=numbers if self._english else None,
            lexical=rates[-1],
        )


def _peeled(raw: str, language: str) -> list[list[str]]:
    """Return the words as written, without marks around them, in lower case, normalised, alike."""
    code = languages.code(language)
    written = text.normalise(raw, language, "none").split()
    bare = [word for word in map(_bare, written) if word]
    return [
        written,
        bare,
        [letters.lower(word, code) for word in bare],
        text.normalise(raw, language, "spelling").split(),
        text.normalise(raw, language).split(),
    ]


def _bare(word: str) -> str:
    """Return a word without punctuation at its ends, and with straight apostrophes."""
    marks = "".join(filter(_is_mark, set(word)))
    return letters.straight(word.strip(marks))


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("P")
