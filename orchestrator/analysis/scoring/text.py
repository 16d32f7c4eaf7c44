"""Scores a transcript against its reference: words by kaldialign, characters by jiwer.

Both texts are normalised as Whisper's authors do, so that "Dr. Smith's twenty dollars" and "doctor
smith's $20" are equal; compounds merely split or joined ("clean room", "cleanroom") are no errors.
"""

import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from typing import Literal

import jiwer
import kaldialign  # type: ignore[import-untyped]
import regex  # type: ignore[import-untyped]

from orchestrator.clips import languages

with warnings.catch_warnings():
    # An escape in its docstring: Python 3.12 would print a warning when it is first compiled.
    warnings.simplefilter("ignore")
    from whisper_normalizer.basic import BasicTextNormalizer  # type: ignore[import-untyped]
    from whisper_normalizer.english import EnglishTextNormalizer  # type: ignore[import-untyped]

Normalizer = Literal["auto", "english", "basic", "none"]
"""What is made alike before texts are compared: `auto` is `english` for English, else `basic`.

`none` compares texts as they are written, cut at spaces, and merges no compounds.
"""

# Written without spaces: each character is scored as a word, as in the Whisper paper.
_UNSPACED = {"cmn", "ja", "lo", "my", "th", "yue", "zh"}
_WORD, _CHARACTER = re.compile(r"\S+"), regex.compile(r"\X")

# The texts of one clip meet again: with each backend, peeled of their format, in every pair.
_REMEMBERED_TEXTS = 64

# kaldialign keeps a table of all word pairs: an hour of speech would take 2 GB and 9 s. Texts with
# more pairs are cut where jiwer finds them equal for so many words that no compound reaches across.
_MOST_PAIRS = 1_000_000
_ANCHOR_WORDS = 8
_MOST_PAIRS_AT_ONCE = 10 * _MOST_PAIRS  # where nothing is equal, in an hour's loop, jiwer counts


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


def score(
    reference: str, hypothesis: str, language: str = "en", normalizer: Normalizer = "auto"
) -> Score:
    """Compare two raw texts; `language` is a code such as "en" or "pt-BR"."""
    said = normalise(reference, language, normalizer).split()
    heard = normalise(hypothesis, language, normalizer).split()
    substitutions, insertions, deletions = edits(said, heard, merge=normalizer != "none")
    space = " " if is_spaced(language) else ""
    characters, character_errors = _characters(space.join(said), space.join(heard))
    return Score(
        words=len(said),
        substitutions=substitutions,
        insertions=insertions,
        deletions=deletions,
        characters=characters,
        character_errors=character_errors,
    )


def total(scores: Iterable[Score]) -> Score:
    """Add up the counts: a corpus's rate is errors over words, never a mean of rates."""
    listed = list(scores)
    names = [field.name for field in fields(Score)]
    return Score(**{name: sum(getattr(one, name) for one in listed) for name in names})


def edits(said: list[str], heard: list[str], *, merge: bool = True) -> tuple[int, int, int]:
    """Count words substituted, inserted and deleted; `merge` forgives split or joined compounds."""
    counts = [_counted(*piece, merge=merge) for piece in _pieces(said, heard)]
    substituted, inserted, deleted = (sum(kind) for kind in zip(*counts, strict=True))
    return substituted, inserted, deleted


def normalise(
    text: str, language: str = "en", normalizer: Normalizer | Literal["spelling"] = "auto"
) -> str:
    """Return the words of `text` as they are compared, with one space between two.

    By `english` they are lower case, without punctuation, numbers as digits; "spelling" is the same
    with numbers as written. In a language without spaces each character is a word.
    """
    code = languages.code(language)
    if normalizer in ("auto", "spelling") and code != "en":
        normalizer = "basic"
    return _normalised(text, "english" if normalizer == "auto" else normalizer, code in _UNSPACED)


def is_spaced(language: str) -> bool:
    """Tell whether the language puts spaces between words."""
    return languages.code(language) not in _UNSPACED


def tokens(text: str, language: str = "en") -> list[tuple[int, int]]:
    """Return where each word stands in `text` as it is written; a character where not spaced."""
    found = (_WORD if is_spaced(language) else _CHARACTER).finditer(text)
    return [match.span() for match in found if not match[0].isspace()]


@lru_cache(_REMEMBERED_TEXTS)
def _normalised(text: str, normalizer: str, split_characters: bool) -> str:  # noqa: FBT001 - a cache's key
    if normalizer != "none":
        # Only the straight apostrophe is known to it: don't with a curly one would be "don t".
        text = _normalizer(normalizer)(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    words = _CHARACTER.findall("".join(text.split())) if split_characters else text.split()
    if normalizer != "none":
        # An ellipsis at the end leaves a full stop behind, which is no word that anyone said.
        words = [word for word in words if any(map(str.isalnum, word))]
    return " ".join(words)


@cache
def _normalizer(name: str) -> Callable[[str], str]:
    if name == "basic":
        # Vowel signs of Indic scripts are marks: without them different words would be equal.
        basic: Callable[[str], str] = BasicTextNormalizer(preserve_marks=True)
        return basic
    english = EnglishTextNormalizer()
    if name == "spelling":
        english.standardize_numbers = str
    words: Callable[[str], str] = english
    return words


def _characters(said: str, heard: str) -> tuple[int, int]:
    """Count the reference's characters and the edits to them."""
    if not said:
        return 0, len(heard)
    found = jiwer.process_characters(said, heard)
    return len(said), found.substitutions + found.insertions + found.deletions


def _counted(said: list[str], heard: list[str], *, merge: bool) -> tuple[int, int, int]:
    """Count substitutions, insertions and deletions of a text, or of a piece of a long one."""
    if len(said) * len(heard) > _MOST_PAIRS_AT_ONCE:
        aligned = jiwer.process_words(" ".join(said), " ".join(heard))
        return aligned.substitutions, aligned.insertions, aligned.deletions
    found = kaldialign.edit_distance(said, heard, merge_compounds=merge)
    return found["sub"], found["ins"], found["del"]


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
