"""Rows, a cell each, and the numbers by block that are made of them.

The last attempt at a block is the one that counts.
"""

import operator
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, TypeAdapter

from orchestrator.host import Condition
from orchestrator.host.changes import Change
from orchestrator.host.energy import Energy
from orchestrator.host.resources import Resources
from orchestrator.runs.schema.contender import OfContender
from orchestrator.runs.schema.record import Record, Remote, Scalar, SegmentText


class ModelUsed(Record):
    """Weights on disk, checked: what a runner loads, and what its row says about it."""

    name: str
    source: str
    path: Path
    revision: str | None
    sha256: str | None  # of the folder's list of file hashes
    digest: str | None  # of the tensors themselves: equal digests are the same weights
    format: str
    substituted: str | None = None  # the name that was asked for, where this is another
    note: str | None = None  # such as "revision recorded at first use"


class Passes(Record):
    """One clip's timed passes in one process, in order; a line of `passes/<cell>.jsonl`."""

    clip: str
    failed: str | None = None  # what the engine said instead: the text is empty, all was missed
    seconds: tuple[float, ...]  # the orchestrator's clock, around request and reply
    runner_seconds: tuple[float, ...]  # the runner's own clock: a diagnostic, never compared
    first_segment_seconds: float | None
    text: str
    other_texts: tuple[str, ...]  # what later passes gave where it differs
    language: str | None
    segments: tuple[SegmentText, ...]
    # With their times, where these were asked for.
    words: Annotated[tuple[SegmentText, ...] | None, Field(exclude_if=lambda w: w is None)] = None


class WarmUp(Record):
    """The warm-up for one length of audio: other speech than is scored."""

    audio_seconds: float
    seconds: tuple[float, ...]  # all of them, in order


class Detection(Record):
    """What detecting the language costs: one clip, timed without and with the language told."""

    clip: str
    detecting_seconds: tuple[float, ...]
    told_seconds: tuple[float, ...]


Alone = Literal["busy-when-idle", "memory", "accelerator", "no-company"]
"""Why a process was measured by itself in a block whose other processes took turns."""


class BlockSeconds(float):
    """One block's seconds; `rounds` are those of each of its rounds where processes took turns."""

    __slots__ = ("rounds",)
    rounds: tuple[float, ...]

    def __new__(cls, seconds: float, rounds: tuple[float, ...] = ()) -> Self:
        """Return the seconds with their rounds."""
        made = super().__new__(cls, seconds)
        made.rounds = rounds
        return made


class Measured(OfContender):
    """A cell that ran to its end."""

    status: Literal["measured"] = "measured"
    block: int
    attempt: int = 1  # a block that was disturbed is run again whole; the last attempt counts
    started_at: str
    model: ModelUsed
    resolved: dict[str, Scalar]
    python: str | None
    spawn_seconds: float
    import_seconds: float
    load_seconds: float
    warm_up: tuple[WarmUp, ...]
    clips: int
    failed_clips: int = 0  # the engine answered that it could not
    audio_seconds: float  # of the clips that came through, as are the next two
    seconds: float  # the sum over clips of the median pass
    passes: int  # how many were timed of each clip
    # All clips' seconds in each round of a block whose processes took turns; empty: it ran alone.
    round_seconds: tuple[float, ...] = ()
    alone: Alone | None = None
    idle_processors: float | None = None  # what it kept busy while it had nothing to do
    first_passes: tuple[float, ...]  # of the first clip, in order
    resources: Resources
    detection: Detection | None = None  # with --language auto
    energy: Energy | None = None  # of all timed passes, above the idle machine; macOS only
    # The same while clips were spoken; of runs without that nothing is stored.
    live_energy: Annotated[Energy | None, Field(exclude_if=operator.not_)] = None
    condition: Condition  # when the cell began
    changes: tuple[Change, ...] = ()  # of the machine, while it ran
    remote: Remote = False

    @property
    def time(self) -> float:
        """Its seconds as pairs are judged by them."""
        return (
            BlockSeconds(self.seconds, self.round_seconds) if self.round_seconds else self.seconds
        )


class Failed(OfContender):
    """A cell, or a backend's preparation (block 0), that did not: why, and what mends it."""

    status: Literal["failed"] = "failed"
    block: int
    attempt: int = 1
    started_at: str
    kind: str
    reason: str
    fix: str
    detail: str = ""
    log_tail: str = ""
    model: ModelUsed | None = None
    remote: Remote = False


class Skipped(OfContender):
    """A backend that cannot run here, for a reason that is nobody's fault."""

    status: Literal["skipped"] = "skipped"
    reason: str


Row = Annotated[Measured | Failed | Skipped, Field(discriminator="status")]
ROW: TypeAdapter[Measured | Failed | Skipped] = TypeAdapter(Row)


def counted(rows: Iterable[Measured | Failed | Skipped]) -> list[Measured]:
    """Return the measured rows that count: of a block that was run again, the last attempt's."""
    rows = list(rows)
    latest: dict[int, int] = {}
    for row in rows:
        if not isinstance(row, Skipped):
            latest[row.block] = max(latest.get(row.block, 1), row.attempt)
    return [r for r in rows if isinstance(r, Measured) and r.attempt == latest[r.block]]


def alone(rows: Sequence[Measured]) -> list[Measured]:
    """Return the rows of processes that had the machine to themselves.

    Only these tell of cold starts and memory. All of them, where there is none: every run begins
    with such blocks, but a contender may have failed in them.
    """
    return [row for row in rows if not row.round_seconds] or list(rows)


def block_times(rows: Iterable[Measured | Failed | Skipped]) -> dict[str, dict[int, float]]:
    """Return each backend's seconds by block: the sum over clips of the median pass."""
    times: dict[str, dict[int, float]] = {}
    for row in counted(rows):
        times.setdefault(row.contender, {})[row.block] = row.time
    return times


def comparable_times(rows: Mapping[str, Sequence[Measured]]) -> dict[str, dict[int, float]]:
    """Return the seconds by block of those that did all the work: none of their clips failed."""
    return {
        name: {row.block: row.time for row in own}
        for name, own in rows.items()
        if not any(row.failed_clips for row in own)
    }


def faults(
    stored: Sequence[Measured | Failed | Skipped], rows: Mapping[str, Sequence[Measured]]
) -> dict[str, str]:
    """Return each backend's first failure that no later attempt made good."""
    # Block 0 is its preparation, which has succeeded where anything was measured.
    done = {(row.contender, row.block) for own in rows.values() for row in own}
    done |= {(name, 0) for name in rows}
    found: dict[str, str] = {}
    for row in stored:
        if isinstance(row, Failed) and (row.contender, row.block) not in done:
            found.setdefault(row.contender, f"{row.kind}: {row.reason}")
    return found
