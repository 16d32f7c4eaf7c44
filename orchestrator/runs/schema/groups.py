"""Accuracy by what a corpus says of its clips: accent, gender, age, device, domain."""

from typing import Literal

from orchestrator.runs.schema.accuracy import Rate
from orchestrator.runs.schema.record import Record


class GroupScore(Record):
    """One contender's errors in the clips of one group."""

    name: str
    clips: int
    words: int
    wer: Rate
    by_character: bool  # a language in it is written without spaces: its characters are words


class Gap(Record):
    """How many more errors in 100 words there are in the worst group than in the best.

    The limits hold for every two of the `groups` that were compared at once.
    """

    best: str
    worst: str
    more: float
    low: float
    high: float
    groups: int
    outcome: Literal["more", "undecided"]


class Breakdown(Record):
    """One contender's errors by one column; without a gap fewer than two groups are large."""

    by: str
    groups: tuple[GroupScore, ...]
    without: int  # clips that are in no group
    gap: Gap | None
