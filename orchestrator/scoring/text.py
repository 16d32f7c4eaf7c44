"""Scores a transcript against its reference: words by kaldialign, characters by jiwer.

Both texts are normalised as Whisper's authors do, so that "Dr. Smith's twenty dollars" and "doctor
smith's $20" are equal; compounds merely split or joined ("clean room", "cleanroom") are no errors.
"""

import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from functools import cache

import jiwer
import kaldialign  # type: ignore[import-untyped]

with warnings.catch_warnings():
    # An escape in its docstring: Python 3.12 would print a warning when it is first compiled.
    warnings.simplefilter("ignore")
    from whisper_normalizer.basic import BasicTextNormalizer  # type: ignore[import-untyped]
    from whisper_normalizer.english import EnglishTextNormalizer  # type: ignore[import-untyped]

# Written without spaces: each character is scored as a word, as in the Whisper paper.
_UNSPACED = {"ja", "lo", "my", "th", "yue", "zh"}

# kaldialign keeps a table of all word pairs: an hour of speech would take 2 GB and 9 s. Texts with
# more pairs are cut where jiwer finds them equal for so many words that no compound reaches across.
_MOST_PAIRS = 1_000_000
_ANCHOR_WORDS = 8


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of one clip or, by `total`, of many; a rate is None where the reference is empty."""

    words: int = 0
    substitutions: int = 0
    insertions: int = 0
    deletions: int = 0
    characters: int = 0
    character_errors: int = 0

    @property
    def errors(self) -> int:
        """Wrong, invented and missing words."""
        return self.substitutions + self.insertions + self.deletions

    @property
    def wer(self) -> float | None:
        """Word error rate: errors a word of the reference, above 1 where more was invented."""
        return self.errors / self.words if self.words else None

    @property
    def cer(self) -> float | None:
        """Character error rate, spaces counted where the language has them."""
        return self.character_errors / self.characters if self.characters else None


def score(reference: str, hypothesis: str, language: str = "en") -> Score:
    """Compare two raw texts; `language` is a code such as "en" or "pt-BR"."""
    code = language.lower().replace("_", "-").split("-")[0]
    said, heard = normalise(reference, code).split(), normalise(hypothesis, code).split()
    edits = [
        kaldialign.edit_distance(these, those, merge_compounds=True)
        for these, those in _pieces(said, heard)
    ]
    space = "" if code in _UNSPACED else " "
    characters, character_errors = _characters(space.join(said), space.join(heard))
    return Score(
        words=len(said),
        substitutions=sum(edit["sub"] for edit in edits),
        insertions=sum(edit["ins"] for edit in edits),
        deletions=sum(edit["del"] for edit in edits),
        characters=characters,
        character_errors=character_errors,
    )


def total(scores: Iterable[Score]) -> Score:
    """Add up the counts: a corpus's rate is errors over words, never a mean of rates."""
    listed = list(scores)
    names = [field.name for field in fields(Score)]
    return Score(**{name: sum(getattr(one, name) for one in listed) for name in names})


def normalise(text: str, language: str = "en") -> str:
    """Return `text` as it is compared: lower case, no punctuation, English numbers as digits."""
    # Only the straight apostrophe is known to the normaliser: don't with a curly one is "don t".
    words = _normaliser(language)(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")).split()
    # An ellipsis at the end leaves a full stop behind, which is no word that anyone said.
    return " ".join(word for word in words if any(map(str.isalnum, word)))


@cache
def _normaliser(language: str) -> Callable[[str], str]:
    if language == "en":
        english: Callable[[str], str] = EnglishTextNormalizer()
        return english
    # Vowel signs of Indic scripts are marks: without them different words would be equal.
    basic: Callable[[str], str] = BasicTextNormalizer(
        split_letters=language in _UNSPACED, preserve_marks=True
    )
    return basic


def _characters(said: str, heard: str) -> tuple[int, int]:
    """Count the reference's characters and the edits to them."""
    if not said:
        return 0, len(heard)
    edits = jiwer.process_characters(said, heard)
    return len(said), edits.substitutions + edits.insertions + edits.deletions


def _pieces(said: list[str], heard: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Cut a long pair of texts in the middle of long equal runs; a short one stays whole."""
    start, heard_start = 0, 0
    if len(said) * len(heard) > _MOST_PAIRS:
        alignment = jiwer.process_words(" ".join(said), " ".join(heard)).alignments[0]
        for run in alignment:
            length = run.ref_end_idx - run.ref_start_idx
            if run.type == "equal" and length >= _ANCHOR_WORDS:
                end = run.ref_start_idx + length // 2
                heard_end = run.hyp_start_idx + length // 2
                yield said[start:end], heard[heard_start:heard_end]
                start, heard_start = end, heard_end
    yield said[start:], heard[heard_start:]
