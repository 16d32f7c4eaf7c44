"""What can be held against an answer: each check says how grave it is, in a sentence.

Its thresholds are for people who read a transcript without having the recording.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from orchestrator.analysis.robustness.losses import Loss, losses

Grade = Literal["pass", "weak", "fail"]
Span = tuple[float, float, str]  # start and end in seconds, and the text between

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


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, and how grave it is."""

    grade: Grade
    sentence: str


def inventions(heard: Sequence[str], allowed: int, raw: str) -> Iterator[Finding]:
    """Judge words heard where at most `allowed` could be; "[music]" and the like are no words."""
    if len(heard) > allowed:
        grade: Grade = "weak" if len(heard) <= _STOCK_WORDS else "fail"
        yield Finding(grade, f"{_count(len(heard))} where nobody speaks: {quoted(raw)}")


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


def timestamps(segments: Iterable[Span], seconds: float) -> Iterator[Finding]:
    """Judge the segments' times: finite, in order, and none after the end of the clip."""
    disordered, latest, before = [], 0.0, 0.0
    for start, end, text in segments:
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
    return f"{_count(run.words)} lost, {span}{place}: {quoted(run.text)}"


def _some(grade: Grade, sentences: Sequence[str]) -> Iterator[Finding]:
    """Yield the first few of one kind, and how many more there are."""
    yield from (Finding(grade, sentence) for sentence in sentences[:_SHOWN])
    if more := len(sentences[_SHOWN:]):
        yield Finding(grade, f"and {more} more like it")


def _count(words: int) -> str:
    return f"{words} word{'s' * (words != 1)}"


def _at(seconds: float) -> str:
    """Return a time as players show it: 4:30."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
