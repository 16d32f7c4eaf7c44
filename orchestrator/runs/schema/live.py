"""What an engine showed while a clip was spoken, as it is stored; what a summary says of it."""

import operator
from typing import Annotated

from pydantic import Field

from orchestrator.runs.schema.accuracy import ErrorDifference, Rate
from orchestrator.runs.schema.estimate import Estimate
from orchestrator.runs.schema.record import Record, Scalar, SegmentText


class Shown(Record):
    """A partial as it came: all that stood before, then `stands`, then `may_change`."""

    at: float  # seconds since the clip began
    stands: str
    may_change: str
    heard: float  # seconds of the clip that it is of


class LivePass(Record):
    """One clip, spoken to one process; a line of `live/<cell>.jsonl`.

    Times are the orchestrator's, in seconds since the clip began. A clip that `failed` has none of
    what comes at its end.
    """

    clip: str
    failed: str | None = None
    resolved: dict[str, Scalar] = Field(default_factory=dict)  # the policy, and its parameters
    partials: tuple[Shown, ...] = ()
    ended: float | None = None  # when the clip had been spoken
    final: float | None = None  # when its transcript came
    text: str = ""
    language: str | None = None
    words: tuple[SegmentText, ...] | None = None  # with their times, where the engine has them
    cpu_seconds: float | None = None
    late_seconds: float | None = None  # the most that a feed came after its time


class LiveSummary(Record):
    """How a contender does live: medians over processes, of quantiles over words or clips.

    A word's lag is counted from its end in the audio; seconds of audio over the pace are seconds.
    """

    policy: str
    resolved: dict[str, Scalar]
    pace: float
    clips: int  # that came through in every process
    failed: int
    timed_words: int  # of the first process: those of which is known when they are spoken
    # Of these, as the corpus says; of the others the engines' own times are taken.
    known_words: Annotated[int, Field(exclude_if=operator.not_)] = 0
    first_word_seconds: Estimate | None  # from where the first word begins until any is shown
    shown_p50_seconds: Estimate | None
    shown_p95_seconds: Estimate | None
    settled_p50_seconds: Estimate | None  # until it is shown as it is in the end
    settled_p95_seconds: Estimate | None
    taken_back: Estimate | None  # share of words that were shown and did not stay
    revoked: int  # words that the engine said would stand, and took back
    final_p50_seconds: Estimate | None  # from the end of the clip to its transcript
    final_p95_seconds: Estimate | None
    behind_seconds: Estimate | None  # audio that was not heard yet, when that was most
    keeps_up: bool | None  # no clip ended with more than a few seconds of it unheard
    processors: Estimate | None  # processor seconds a second of audio
    joules_an_audio_hour: float | None = None  # above the idle machine, where that can be metered
    wer: Rate | None
    against_batch: ErrorDifference | None
    late_seconds: float | None  # the most that a feed came after its time, in any process
