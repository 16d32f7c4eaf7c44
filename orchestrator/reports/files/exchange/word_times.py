"""When each word of a text was said, as far as an engine's segments tell. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import jiwer

from orchestrator.runs.transcripts import Spoken
from orchestrator.runs.transcripts.spoken import cues


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is scored; seconds from the clip's start."""

    text: str
    start: float
    end: float


def timed(spoken: Spoken, words_of: Callable[[str], list[str]]) -> tuple[Word, ...]:
    """Return the words of a whole transcript with times, none of which runs back.

    `words_of` makes the words of a text. A segment's time is shared out evenly among its words. A
    word that only the whole text has ("21" of "twenty | one") stands between its neighbours.
    """
    words = words_of(spoken.text)
    known = _known(spoken, words_of)
    if not words or not known:
        return tuple(_between(words, 0.0, spoken.seconds))
    placed: list[Word | None] = [None] * len(words)
    texts = " ".join(words), " ".join(word.text for word in known)
    for run in jiwer.process_words(*texts).alignments[0]:
        if run.type in {"equal", "substitute"}:
            for i in range(run.ref_end_idx - run.ref_start_idx):
                at = known[run.hyp_start_idx + i]
                word = words[run.ref_start_idx + i]
                placed[run.ref_start_idx + i] = Word(word, at.start, at.end)
    return tuple(_filled(words, placed, spoken.seconds))


def _known(spoken: Spoken, words_of: Callable[[str], list[str]]) -> list[Word]:
    """Return the words of each segment by itself, in order; none begins before the last one."""
    found: list[Word] = []
    for cue in cues(spoken):
        start = max(cue.start / 1000, found[-1].start if found else 0.0)
        found += _between(words_of(cue.text), start, max(cue.end / 1000, start))
    return found


def _filled(words: Sequence[str], placed: Sequence[Word | None], seconds: float) -> list[Word]:
    """Return every word with times: those without share what is between their neighbours."""
    at = [-1, *(i for i, word in enumerate(placed) if word), len(words)]
    found: list[Word] = []
    for before, after in pairwise(at):
        begin = found[-1].end if found else 0.0
        next_ = placed[after] if after < len(words) else None
        end = next_.start if next_ else seconds
        found += _between(words[before + 1 : after], min(begin, end), end)
        found += [next_] if next_ else []
    return found


def _between(words: Sequence[str], start: float, end: float) -> list[Word]:
    step = (end - start) / len(words) if words else 0.0
    return [Word(w, start + i * step, start + (i + 1) * step) for i, w in enumerate(words)]
