"""What can be held against an answer: each check says how grave it is, in a sentence.

Its thresholds are for people who read a transcript without having the recording.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Literal

import jiwer

from orchestrator import units
from orchestrator.runs.schema import SegmentText

Grade = Literal["pass", "weak", "fail"]

# "Thank you.", "Thanks for watching!": seen to be no part of a talk. A sentence is believed.
_STOCK_WORDS = 3
# One word in ten: readers still follow. Three in ten: they no longer know what was meant.
SLIGHT, MUCH = 0.10, 0.30
# Shorter is a phrase, whose lack the sense betrays; a whole sentence nobody misses.
_SENTENCE_WORDS = 8
# One frame of the engine with the coarsest clock takes 0.08 s; Whisper's takes 0.02 s.
_CLOCK_SECONDS = 0.1
# A word's time is known to about a second, and a loss at a seam takes its neighbours along.
_SEAM_SECONDS = 2.0
_SHOWN = 4  # of one kind
_QUOTED_CHARACTERS = 80
# Three words on end are a phrase; one or two are what any engine mishears.
PHRASE_WORDS = 3
# So few equal words between two losses are matched by chance: "the" is everywhere.
_CHANCE_WORDS = 1


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, and how grave it is."""

    grade: Grade
    sentence: str


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


def inventions(heard: Sequence[str], allowed: int, raw: str) -> Iterator[Finding]:
    """Judge words heard where at most `allowed` could be; "[music]" and the like are no words."""
    if len(heard) > allowed:
        grade: Grade = "weak" if len(heard) <= _STOCK_WORDS else "fail"
        words = units.count(len(heard), "word")
        yield Finding(grade, f"{words} where nobody speaks: {quoted(raw)}")


def recognition(wer: float, clean: float | None) -> Finding:
    """Judge a word error rate by how far it is above the clean speech's.

    An engine that cannot follow clean speech is judged by the rate itself.
    """
    above = clean if clean is not None and clean <= MUCH else 0.0
    worse = wer - above
    grade: Grade = "pass" if worse <= SLIGHT else "weak" if worse <= MUCH else "fail"
    beside = "" if clean is None else f", {100 * clean:.1f} % in clean speech"
    return Finding(grade, f"WER {100 * wer:.1f} %{beside}")


def lost(said: Sequence[tuple[float, str]], heard: Sequence[str], window: float) -> list[Finding]:
    """Judge the words lost on end, each run with its time and whether a seam is there."""
    runs = losses(said, heard)
    missing = sum(run.words for run in runs)
    grade: Grade = "fail" if missing >= _SENTENCE_WORDS else "weak"
    return list(_some(grade, [_lost(run, window) for run in runs]))


def timestamps(segments: Iterable[SegmentText], seconds: float) -> Iterator[Finding]:
    """Judge the segments' times: finite, in order, and none after the end of the clip."""
    disordered, latest, before = [], 0.0, 0.0
    for segment in segments:
        start, end, text = segment.start, segment.end, segment.text
        if start is None or end is None:
            continue
        if not (math.isfinite(start) and math.isfinite(end)):
            disordered.append(f"{quoted(text)} has times that are no numbers")
            continue
        if start < before - _CLOCK_SECONDS:
            disordered.append(f"{quoted(text)} begins at {_at(start)}, before the one it follows")
        elif end < start:
            disordered.append(f"{quoted(text)} ends before it begins, at {_at(start)}")
        before, latest = max(before, start), max(latest, end)
    yield from _some("fail", disordered)
    if latest > seconds + _CLOCK_SECONDS:
        yield Finding("weak", f"the last segment ends {latest - seconds:.2f} s after the clip does")


def quoted(text: str) -> str:
    """Return a text from outside between quotation marks: one line, not long, nothing unprintable.

    What a terminal would take for a command is shown as a replacement character.
    """
    shown = text[: _QUOTED_CHARACTERS + 1].strip()
    line = "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in shown)
    return f'"{line[:_QUOTED_CHARACTERS]}{"…" if len(text) > _QUOTED_CHARACTERS else ""}"'


def _lost(run: Loss, window: float) -> str:
    seam = run.seam(window, _SEAM_SECONDS)
    place = "" if seam is None else f", at the seam at {_at(seam)}"
    span = f"{_at(run.start)} to {_at(run.end)}"
    return f"{units.count(run.words, 'word')} lost, {span}{place}: {quoted(run.text)}"


def _some(grade: Grade, sentences: Sequence[str]) -> Iterator[Finding]:
    """Yield the first few of one kind, and how many more there are."""
    yield from (Finding(grade, sentence) for sentence in sentences[:_SHOWN])
    if more := len(sentences[_SHOWN:]):
        yield Finding(grade, f"and {more} more like it")


def _at(seconds: float) -> str:
    """Return a time as players show it: 4:30."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


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
