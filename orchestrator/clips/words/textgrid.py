"""Praat's TextGrid, in its long and its short form: the intervals of the tier that has the words.

Both forms are the same to a reader who takes free-standing numbers, quoted texts and flags and
passes over all else, as Praat does. Source: Praat's manual, "TextGrid file formats".
"""

import math
import re
from collections.abc import Iterator, Sequence

from orchestrator.clips.words.ctm import is_word
from orchestrator.runs.schema import TimedWord

_TOKEN = re.compile(
    r'"(?P<text>(?:[^"]|"")*)"'
    r"|(?P<flag><\w+>)"
    r"|(?<!\S)(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?!\S)"
    r"|![^\n]*"
)
_WORDS = re.compile(r"(?:.*[ _-])?words?", re.IGNORECASE)  # also "A - words" of several speakers
_FILES = ("ooTextFile", "ooTextFile short")
_INTERVALS = "IntervalTier"


def words(text: str, _recording: str = "") -> list[TimedWord]:
    """Return the words of every tier of words; of a file with one tier of intervals, of that.

    Raises ValueError for what is no TextGrid, and where no tier is one of words.
    """
    tiers = list(_tiers(_Tokens(text)))
    intervals = [(name, found) for kind, name, found in tiers if kind == _INTERVALS]
    chosen = [found for name, found in intervals if _WORDS.fullmatch(name.strip())]
    if not chosen and len(intervals) == 1:
        chosen = [intervals[0][1]]
    if not chosen:
        named = ", ".join(name for name, _ in intervals) or "none of intervals"
        raise ValueError(f"it has no tier called words; there are: {named}")
    return [word for found in chosen for word in found if is_word(word.text)]


def written(pieces: Sequence[TimedWord], seconds: float) -> str:
    """Return a TextGrid of pieces that follow each other, in its short form."""
    intervals: list[TimedWord] = []
    done = 0.0
    for piece in pieces:
        if piece.start > done:
            intervals.append(TimedWord(start=done, end=piece.start, text=""))
        intervals.append(piece)
        done = piece.end
    if done < seconds:
        intervals.append(TimedWord(start=done, end=seconds, text=""))
    head = f'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n{seconds:.4f}\n<exists>\n1\n'
    tier = f'"{_INTERVALS}"\n"words"\n0\n{seconds:.4f}\n{len(intervals)}\n'
    return head + tier + "".join(map(_written, intervals))


def _written(interval: TimedWord) -> str:
    label = interval.text.replace('"', '""')
    return f'{interval.start:.4f}\n{interval.end:.4f}\n"{label}"\n'


class _Tokens:
    """The tokens of a TextGrid, one after the other; ValueError where another kind is due."""

    def __init__(self, text: str) -> None:
        self._matches: Iterator[re.Match[str]] = _TOKEN.finditer(text)

    def _next(self, kind: str) -> str:
        match = next((m for m in self._matches if m.lastgroup), None)  # past comments
        if match is None:
            raise ValueError("it is no TextGrid in Praat's text format, or is cut off")
        if match.lastgroup != kind:
            raise ValueError(f"it has {match[0][:40]} where a {kind} is due")
        return match[kind]

    def text(self) -> str:
        """Return the next token, which has to be a text."""
        return self._next("text").replace('""', '"')

    def number(self) -> float:
        """Return the next token, which has to be a number that is finite."""
        value = float(self._next("number"))
        if not math.isfinite(value):
            raise ValueError("it has a number that is not finite")
        return value

    def flag(self) -> str:
        """Return the next token, which has to be a flag."""
        return self._next("flag")


def _tiers(tokens: _Tokens) -> Iterator[tuple[str, str, list[TimedWord]]]:
    """Yield the kind, the name and the intervals of every tier; points have no length."""
    if tokens.text() not in _FILES or tokens.text() != "TextGrid":
        raise ValueError("it is no TextGrid in Praat's text format")
    tokens.number(), tokens.number()
    if tokens.flag() != "<exists>":
        return
    for _ in range(_count(tokens)):
        kind, name = tokens.text(), tokens.text()
        tokens.number(), tokens.number()
        yield kind, name, [_interval(tokens, kind) for _ in range(_count(tokens))]


def _interval(tokens: _Tokens, kind: str) -> TimedWord:
    start = tokens.number()
    end = tokens.number() if kind == _INTERVALS else start
    label = tokens.text().strip()
    if end < start:
        raise ValueError(f"{label!r} ends before it begins, at {start:g} s")
    return TimedWord(start=start, end=end, text=label)


def _count(tokens: _Tokens) -> int:
    number = tokens.number()
    if number < 0 or number != int(number):
        raise ValueError(f"it has {number:g} where a number of tiers or intervals is due")
    return int(number)
