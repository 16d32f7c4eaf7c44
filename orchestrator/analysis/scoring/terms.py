"""Terms in texts: where they stand, which of them were heard where they were said.

A term is looked for in normalised words, whole words only, whatever normaliser the words are
scored by; "git hub" is GitHub, as compounds are no errors elsewhere. Of two terms that begin at one
word the longer is meant. Texts are aligned with each term as one word. Between two stretches that
are equal, as many of a term were found as both texts have there.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import jiwer

from orchestrator.analysis.scoring import text
from orchestrator.clips import languages
from orchestrator.runs.schema.terms import Term

_MARK = "\0"  # begins a term's number among words, in which no text has it


@dataclass(slots=True)
class Heard:
    """What came of one clip: how often each term (by its number) was said, heard and found.

    `words` and `errors` are of the words that belong to no term: an error is a term's own if a
    missed one stands in its place.
    """

    said: Counter[int] = field(default_factory=Counter)
    heard: Counter[int] = field(default_factory=Counter)
    found: Counter[int] = field(default_factory=Counter)
    words: int = 0
    errors: int = 0


class Lexicon:
    """Terms by what their words are in each language, once normalised."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self.terms = tuple(terms)
        self._forms: dict[str, dict[str, int]] = {}

    def heard(self, reference: str, hypothesis: str, language: str = "en") -> Heard:
        """Compare two raw texts; of a clip that failed the hypothesis is empty."""
        said = self.marked(reference, language)
        heard = self.marked(hypothesis, language)
        found = Heard(Counter(_numbers(said)), Counter(_numbers(heard)))
        found.words = len(said) - found.said.total()
        for equal, these, those in _stretches(said, heard):
            if equal:
                found.found.update(_numbers(these))
            else:
                _compare(these, those, found)
        return found

    def marked(self, raw: str, language: str) -> list[str]:
        """Return the words of a text, each term in it as one word of its own."""
        words = text.normalise(raw, language).split()
        forms = self._of(language)
        longest = max(map(len, forms), default=0)
        marked, at = [], 0
        while at < len(words):
            number, end = _longest(words, at, forms, longest)
            marked.append(words[at] if number is None else f"{_MARK}{number}")
            at = end
        return marked

    def _of(self, language: str) -> dict[str, int]:
        """Return the forms of all terms without spaces, each with its term's number."""
        code = languages.code(language)
        if code not in self._forms:
            forms: dict[str, int] = {}
            for number, term in enumerate(self.terms):
                for form in term.forms:
                    forms.setdefault("".join(text.normalise(form, code).split()), number)
            forms.pop("", None)
            self._forms[code] = forms
        return self._forms[code]


def _longest(
    words: Sequence[str], at: int, forms: dict[str, int], longest: int
) -> tuple[int | None, int]:
    """Return the longest term that begins at a word, and where the next word is."""
    number, end, joined = None, at + 1, ""
    for place in range(at, len(words)):
        joined += words[place]
        if len(joined) > longest:
            break
        if joined in forms:
            number, end = forms[joined], place + 1
    return number, end


def _numbers(words: Sequence[str]) -> Iterator[int]:
    return (int(word.removeprefix(_MARK)) for word in words if word.startswith(_MARK))


def _stretches(said: list[str], heard: list[str]) -> Iterator[tuple[bool, list[str], list[str]]]:
    """Yield the stretches of two texts in turn: whether they are equal, and the words of both."""
    at, heard_at = 0, 0
    alignment = jiwer.process_words(" ".join(said), " ".join(heard)).alignments[0] if said else []
    for run in alignment:
        if run.type == "equal":
            yield False, said[at : run.ref_start_idx], heard[heard_at : run.hyp_start_idx]
            at, heard_at = run.ref_end_idx, run.hyp_end_idx
            yield True, said[run.ref_start_idx : at], heard[run.hyp_start_idx : heard_at]
    yield False, said[at:], heard[heard_at:]


def _compare(said: list[str], heard: list[str], into: Heard) -> None:
    """Count the terms of a stretch, and the errors in its other words."""
    wanted, got = Counter(_numbers(said)), Counter(_numbers(heard))
    found = wanted & got
    into.found.update(found)
    these, those = ([w for w in words if not w.startswith(_MARK)] for words in (said, heard))
    wrong, invented, missing = text.edits(these, those)
    missed = wanted.total() - found.total()
    into.errors += wrong + missing + max(0, invented - missed)
