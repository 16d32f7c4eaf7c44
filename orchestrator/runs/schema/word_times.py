"""When words were spoken, as far as that is known; how far the times that engines give are off."""

from typing import Literal

from orchestrator.runs.schema.accuracy import Rate
from orchestrator.runs.schema.record import Record

TimeKind = Literal["native", "attention", "tokens"]
"""Where an engine's times of words come from: `native`, the frames that its model emits words in;
`attention`, the alignment of its decoder's attention; `tokens`, time stamps between segments and
what lies between them by length or loudness.
"""


class TimedWord(Record):
    """A word as it was spoken; seconds from the clip's first sample."""

    start: float
    end: float
    text: str


class ClipWords(Record):
    """The words of one clip, a line of `word_times.jsonl`; `source` is the file that times them."""

    clip: str
    source: str | None = None
    words: tuple[TimedWord, ...] = ()


class TimeErrors(Record):
    """How far starts and ends are from the truth, in seconds; a bias above 0 is late.

    They are of words that were heard right. Quantiles are over all of them.
    """

    starts: int
    start_p50_seconds: float
    start_p95_seconds: float
    start_bias_seconds: float
    ends: int
    end_p50_seconds: float
    end_p95_seconds: float
    end_bias_seconds: float
    within_50_ms: Rate  # a share of all starts and ends, as are the next two
    within_100_ms: Rate
    within_200_ms: Rate
    drift_seconds_an_hour: float | None  # of clips of two minutes and more
    worst_minute_seconds: float | None  # the median error of the minute where that is greatest


class WordTimes(Record):
    """How well a contender times words: those it gives, and the first and last of its segments."""

    kind: TimeKind | Literal["segments"] | None  # null: it gives words, and nobody says how
    clips: int  # with known times
    failed: int
    words: int  # that were spoken in them, with a known start or end
    heard: int  # of these, heard right
    of_words: TimeErrors | None
    of_segments: TimeErrors | None
    backwards: int  # words, or segments where it has no others, that begin before the one before
