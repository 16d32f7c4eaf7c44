"""A live mode for engines that know whole clips only: what two successive hypotheses agree on.

The audio heard so far, less what is done with, is transcribed again after each second more of it.
Words that begin two hypotheses in a row stand, and are never taken back; what follows them may
change. When the buffer gets long, it is cut behind a sentence that stands.
"""

import re
from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Any

from runners.protocol import Scalar, Segment
from runners.replies import Result
from runners.stream import Shown

POLICY = "local-agreement"
STEP_SECONDS = 1.0  # of new audio, before it is transcribed again
TRIM_SECONDS = 15.0  # a buffer longer than this is cut
LONGEST_SECONDS = 30.0  # beyond this its older half stands even if nothing was agreed on

_RATE = 16000
_LEAST_SECONDS = 0.1  # what is shorter is no clip for any engine
_PIECE_SAMPLES = 320  # 20 ms, whose power is looked at
_QUIET = 0.0004  # of the power of speech, -34 dB: a quiet room, and not the end of a word
_LESS_LOUD = 0.9  # the share of pieces that are less loud than speech
_REPEATED_WORDS = 5  # so many at most are heard a second time across a cut
_NEAR_SECONDS = 1.0
_JOINED = re.compile(r"[^\w\s]+\w")  # "-mail" behind "voice": engines split what is one word
_SENTENCE_ENDS = (".", "?", "!", "\u3002", "\uff1f", "\uff01")


class LocalAgreement:
    """Hears `audio`, an array (samples,) that fills as time goes, by `transcribe`.

    `words` says whether what that returns has words with times of the engine's own.
    """

    def __init__(
        self,
        audio: Any,  # noqa: ANN401 - an ndarray
        transcribe: Callable[[Any], Result],
        *,
        words: bool = False,
    ) -> None:
        self._audio = audio
        self._transcribe = transcribe
        self._words = words
        self._start = 0  # of the buffer, in samples
        self._heard = 0
        self._standing: list[Segment] = []
        self._tentative: list[Segment] = []
        self._language: str | None = None
        self.resolved: dict[str, Scalar] = {
            "policy": POLICY,
            "hypotheses": 2,
            "step_seconds": STEP_SECONDS,
            "trim_seconds": TRIM_SECONDS,
            "longest_seconds": LONGEST_SECONDS,
            "word_times": "the engine's" if words else "spread by length over its segments",
        }

    def hear(self, samples: int) -> Shown | None:
        """Transcribe the buffer if a step more has come."""
        if samples - self._heard < STEP_SECONDS * _RATE:
            return None
        words = self._hypothesis(samples)
        agreed = _agreed(self._tentative, words)
        if samples - self._start > LONGEST_SECONDS * _RATE:
            half = (samples + self._start) / 2 / _RATE
            agreed = max(agreed, sum(1 for _ in takewhile(lambda w: _end(w) <= half, words)))
        stands = words[:agreed]
        self._standing += stands
        self._tentative = words[agreed:]
        self._trim(samples)
        return Shown(_text(stands), _text(self._tentative), samples)

    def finish(self, samples: int) -> Result:
        """Transcribe what was not heard yet, unless nothing was said; then everything stands."""
        if self._is_more_said(samples) and samples - self._start >= _LEAST_SECONDS * _RATE:
            self._tentative = self._hypothesis(samples)
        words = self._standing + self._tentative
        text = _text(words)
        segments = [Segment(words[0].start, words[-1].end, text)] if words else []
        return Result(text, self._language, segments, words=words if self._words else None)

    def _is_more_said(self, samples: int) -> bool:
        """Tell whether what came after the last hypothesis is more than silence.

        It is held against what that hypothesis is of; noise that is nearly as loud counts as said.
        """
        before = _powers(self._audio[self._start : self._heard])
        after = _powers(self._audio[self._heard : samples])
        if not len(before):
            return samples > self._heard
        speech = before[int(len(before) * _LESS_LOUD)]
        return len(after) > 0 and bool(after[-1] > _QUIET * speech)

    def _hypothesis(self, samples: int) -> list[Segment]:
        """Return the words of the buffer that do not stand yet, in seconds of the stream."""
        self._heard = samples
        result = self._transcribe(self._audio[self._start : samples])
        self._language = result.language or self._language
        offset = self._start / _RATE
        words = [
            Segment(offset + _begin(w), offset + _end(w), w.text)
            for w in timed_words(result, (samples - self._start) / _RATE)
        ]
        if not self._standing:
            return words
        last = _end(self._standing[-1])
        words = [w for w in words if (_begin(w) + _end(w)) / 2 > last]
        return words[_repeated(self._standing, words) :]

    def _trim(self, samples: int) -> None:
        """Cut a long buffer behind the last sentence that stands, or else the last word.

        Where two hypotheses agree that nothing is said, its last second is kept.
        """
        if samples - self._start <= TRIM_SECONDS * _RATE:
            return
        begin = self._start / _RATE
        inside = [word for word in self._standing if _end(word) > begin]
        ends = [w for w in inside if w.text.rstrip().endswith(_SENTENCE_ENDS)] or inside
        if ends:
            self._start = min(int(_end(ends[-1]) * _RATE), samples)
        elif not self._tentative:
            self._start = samples - _RATE


def _powers(audio: Any) -> Any:  # noqa: ANN401 - ndarrays
    """Return the power of each 20 ms, the loudest last."""
    whole = len(audio) // _PIECE_SAMPLES * _PIECE_SAMPLES
    powers = (audio[:whole].reshape(-1, _PIECE_SAMPLES) ** 2).mean(axis=1)
    powers.sort()
    return powers


def timed_words(result: Result, seconds: float) -> list[Segment]:
    """Return an answer's words, each with its times within so many seconds of audio.

    Where the engine has none, those of a segment have its time in proportion to their length.
    """
    if result.words is not None:
        return _whole(result.words, seconds)
    pieces = result.segments or [Segment(0.0, seconds, result.text)]
    return [word for piece in _whole(pieces, seconds) for word in _spread(piece)]


def _whole(pieces: Sequence[Segment], seconds: float) -> list[Segment]:
    """Return pieces of which each has both times, in order and inside."""
    found: list[Segment] = []
    for piece in pieces:
        before = _end(found[-1]) if found else 0.0
        start = min(max(piece.start if piece.start is not None else before, 0.0), seconds)
        end = min(max(piece.end if piece.end is not None else seconds, start), seconds)
        found.append(Segment(start, end, piece.text))
    return found


def _spread(piece: Segment) -> list[Segment]:
    texts = re.findall(r"\S+", piece.text)
    a_letter = (_end(piece) - _begin(piece)) / max(sum(map(len, texts)), 1)
    words: list[Segment] = []
    begin = _begin(piece)
    for text in texts:
        end = begin + a_letter * len(text)
        words.append(Segment(begin, end, f" {text}"))
        begin = end
    return words


def _agreed(before: Sequence[Segment], now: Sequence[Segment]) -> int:
    """Count the words that begin both hypotheses, however they are written, and are whole."""
    pairs = zip(before, now, strict=False)
    agreed = sum(1 for _ in takewhile(lambda pair: _key(pair[0]) == _key(pair[1]), pairs))
    while 0 < agreed < len(now) and _JOINED.match(now[agreed].text):
        agreed -= 1
    return agreed


def _repeated(standing: Sequence[Segment], words: Sequence[Segment]) -> int:
    """Count the first words that are the last standing ones heard again, soon after them."""
    if not words or _begin(words[0]) - _end(standing[-1]) > _NEAR_SECONDS:
        return 0
    tail = [_key(word) for word in standing[-_REPEATED_WORDS:]]
    head = [_key(word) for word in words[:_REPEATED_WORDS]]
    lengths = range(min(len(tail), len(head)), 0, -1)
    return next((n for n in lengths if tail[-n:] == head[:n]), 0)


def _key(word: Segment) -> str:
    kept = "".join(c for c in word.text.casefold() if c.isalnum())
    return kept or word.text.strip()


def _text(words: Sequence[Segment]) -> str:
    return "".join(word.text for word in words)


def _begin(word: Segment) -> float:
    return word.start or 0.0


def _end(word: Segment) -> float:
    return word.end or 0.0
