"""Outputs that are wrong as a whole: none because it failed, none at all, or one that loops.

A loop is a phrase of up to 40 words that comes at least four times on end and makes up a dozen
words more than any repetition in the reference does. Whisper's own rule, text that zlib
shrinks to less than 1/2.4, holds for windows of 30 seconds only: an hour of sound speech is shrunk
as much, and a loop that fills a tenth of it is not noticed.
"""

from collections.abc import Sequence
from itertools import groupby
from operator import eq
from typing import Literal

from orchestrator.analysis.scoring import text

Fault = Literal["failed", "empty", "looping"]

_LONGEST_PHRASE = 40  # words: a window of Whisper's holds four of these, no more
_FEWEST_TIMES = 4  # "no, no, no" and a refrain sung three times are what people say
_FEWEST_WORDS = 12  # of a single word: more than any telephone number has of one digit
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
    surplus = _repeated(heard) - _repeated(said)
    return "looping" if surplus >= _FEWEST_WORDS else None


def _repeated(words: Sequence[str]) -> int:
    """Count the words of the longest stretch that says a phrase four times or more on end."""
    units = [unit for w in words for unit in (w if len(w) > _LONGEST_WORD else (w,))]
    longest = 0
    for length in range(1, min(_LONGEST_PHRASE, len(units) // _FEWEST_TIMES) + 1):
        # Of a phrase of n words that is repeated, each equals the one n words before.
        same = groupby(map(eq, units[length:], units))
        stretch = length + max((len(list(run)) for equal, run in same if equal), default=0)
        if stretch >= _FEWEST_TIMES * length:
            longest = max(longest, stretch)
    return longest
