"""Scores a transcript against its reference: words by kaldialign, characters by jiwer.

Both texts are normalised much as Whisper's authors do, so that "Dr. Smith's twenty dollars" and
"doctor smith's $20" are equal; compounds merely split or joined ("clean room", "cleanroom") are no
errors.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from typing import Literal

import jiwer
import kaldialign  # type: ignore[import-untyped]
import regex  # type: ignore[import-untyped]

from orchestrator.analysis.scoring import letters
from orchestrator.analysis.scoring.english import English
from orchestrator.clips import languages

Normalizer = Literal["auto", "english", "basic", "simplified", "none"]
"""What is made alike before texts are compared: `auto` is `english` for English, else `basic`.

`simplified` is `auto` with Chinese in simplified characters, whichever it is written in. `none`
compares texts as they are written, cut at spaces, and merges no compounds.
"""

# Written without spaces: each character is scored as a word, as in the Whisper paper.
_UNSPACED = {"ja", "km", "lo", "my", "th", "yue", "zh"}
_CHINESE = {"yue", "zh"}
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


def edits(
    said: list[str], heard: list[str], *, merge: bool = True, sclite: bool = False
) -> tuple[int, int, int]:
    """Count words substituted, inserted and deleted; `merge` forgives split or joined compounds.

    By `sclite` a substitution costs 4 where an insertion or a deletion costs 3, as in that tool.
    """
    counts = [_counted(*piece, merge=merge, sclite=sclite) for piece in pieces(said, heard)]
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
    if normalizer == "simplified" and code in _CHINESE:
        text = _converter()(text)
    if normalizer in ("auto", "simplified", "spelling") and code != "en":
        normalizer = "basic"
    elif normalizer in ("auto", "simplified"):
        normalizer = "english"
    return _normalised(text, normalizer, code)


def is_spaced(language: str) -> bool:
    """Tell whether the language puts spaces between words."""
    return languages.code(language) not in _UNSPACED


def tokens(text: str, language: str = "en") -> list[tuple[int, int]]:
    """Return where each word stands in `text` as it is written; a character where not spaced."""
    found = (_WORD if is_spaced(language) else _CHARACTER).finditer(text)
    return [match.span() for match in found if not match[0].isspace()]


@lru_cache(_REMEMBERED_TEXTS)
def _normalised(text: str, normalizer: str, language: str) -> str:
    match normalizer:
        case "none":
            text = letters.visible(text)
        case "basic":
            text = letters.words(text, language)
        case _:
            text = _english(normalizer)(letters.unified(text, language))
    unspaced = language in _UNSPACED
    words = _CHARACTER.findall("".join(text.split())) if unspaced else text.split()
    if normalizer != "none":
        # An ellipsis at the end leaves a full stop behind, which is no word that anyone said; among
        # characters it is that of a number.
        words = [word for word in words if letters.is_word(word) or (unspaced and word == ".")]
    return " ".join(words)


@cache
def _english(normalizer: str) -> English:
    return English(numbers=normalizer == "english")


@cache
def _converter() -> Callable[[str], str]:
    from opencc import OpenCC  # noqa: PLC0415 - reads its dictionaries, for one option

    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert


def _characters(said: str, heard: str) -> tuple[int, int]:
    """Count the reference's characters and the edits to them."""
    if not said:
        return 0, len(heard)
    found = jiwer.process_characters(said, heard)
    return len(said), found.substitutions + found.insertions + found.deletions


def _counted(
    said: list[str], heard: list[str], *, merge: bool, sclite: bool
) -> tuple[int, int, int]:
    """Count substitutions, insertions and deletions of a text, or of a piece of a long one."""
    if len(said) * len(heard) > _MOST_PAIRS_AT_ONCE:
        aligned = jiwer.process_words(" ".join(said), " ".join(heard))
        return aligned.substitutions, aligned.insertions, aligned.deletions
    found = kaldialign.edit_distance(said, heard, sclite_mode=sclite, merge_compounds=merge)
    return found["sub"], found["ins"], found["del"]


def pieces(said: list[str], heard: list[str]) -> Iterator[tuple[list[str], list[str]]]:
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
