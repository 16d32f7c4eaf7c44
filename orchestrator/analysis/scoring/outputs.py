"""Outputs that are wrong as a whole: none because it failed, none at all, or one that loops.

A loop is a phrase of up to 40 words that comes at least four times on end and makes up a dozen
words more than any repetition in the reference does; in languages without spaces, of up to 100
characters, and 30 characters more. Whisper's own rule, text that zlib shrinks to less than 1/2.4,
holds for windows of 30 seconds only: an hour of sound speech is shrunk as much, and a loop that
fills a tenth of it is not noticed.
"""

from collections.abc import Sequence
from typing import Literal

from orchestrator.analysis.scoring import text

Fault = Literal["failed", "empty", "looping"]

_FEWEST_TIMES = 4  # "no, no, no" and a refrain sung three times are what people say
_LONGEST_PHRASE = 40  # words: a window of Whisper's holds four of these, no more
_FEWEST_WORDS = 12  # of a single word: more than any telephone number has of one digit
# A word of Chinese, Japanese, Thai or Khmer has two to three characters.
_LONGEST_IN_CHARACTERS, _FEWEST_CHARACTERS = 100, 30
_LONGEST_WORD = 40  # characters: "hahaha..." is a loop within a word


def fault(
    hypothesis: str | None, reference: str | None = None, language: str = "en"
) -> Fault | None:
    """Say what is wrong with a raw output as a whole; None where nothing is.

    `hypothesis` is None where the backend failed. Without a reference nobody knows whether there
    was anything to hear, so that an empty output is no fault.
    """
    if hypothesis is None:
        return "failed"
    heard = text.normalise(hypothesis, language).split()
    said = text.normalise(reference or "", language).split()
    if said and not heard:
        return "empty"
    spaced = text.is_spaced(language)
    longest, fewest = (
        (_LONGEST_PHRASE, _FEWEST_WORDS) if spaced else (_LONGEST_IN_CHARACTERS, _FEWEST_CHARACTERS)
    )
    surplus = _repeated(heard, longest) - _repeated(said, longest)
    return "looping" if surplus >= fewest else None


def _repeated(words: Sequence[str], longest_phrase: int) -> int:
    """Count the words of the longest stretch that says a phrase four times or more on end."""
    units = [unit for w in words for unit in (w if len(w) > _LONGEST_WORD else (w,))]
    phrases = range(1, min(longest_phrase, len(units) // _FEWEST_TIMES) + 1)
    return max((_stretch(units, length) for length in phrases), default=0)


def _stretch(units: Sequence[str], length: int) -> int:
    """Count the words of the longest stretch that says a phrase of `length` four times or more.

    Each equals the one `length` words before. So many equal ones on end cannot lie between two of
    the places that are looked at: most of a text is passed over.
    """
    least, last = (_FEWEST_TIMES - 1) * length, len(units) - length
    longest, at = 0, least - 1
    while at < last:
        start = end = at
        while start >= 0 and units[start] == units[start + length]:
            start -= 1
        while end < last and units[end] == units[end + length]:
            end += 1
        if end - start > least:
            longest = max(longest, end - start - 1)
        at = end + least
    return longest + length if longest else 0
