"""A folder of runs over time: each backend's times in order, and where they made a step."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from orchestrator.analysis.compare import Change, Measure, changes, measures
from orchestrator.analysis.scoring.pairs import REGION
from orchestrator.runs.schema.rows import comparable_times
from orchestrator.runs.stored import Run


@dataclass(frozen=True)
class Step:
    """A backend decidedly changed its speed from the run before; `suspects` is what else did."""

    to: Run
    speed: Measure
    suspects: tuple[Change, ...]


@dataclass(frozen=True)
class Series:
    """One backend, model, settings and clips on one machine, over `runs`, oldest first.

    `steps` has an entry for each run but the first: None where times stayed what they were, as far
    as their intervals tell. `latest` is the newest run against the one before.
    """

    backend: str
    model: str
    runs: tuple[Run, ...]
    seconds: tuple[float, ...]  # medians over blocks
    steps: tuple[Step | None, ...]
    latest: Measure | None


def series(
    runs: Iterable[Run], backend: str | None = None, model: str | None = None
) -> list[Series]:
    """Return what can be lined up: the same backend and model, asked the same, on one machine."""
    found: dict[tuple[object, ...], list[Run]] = {}
    for run in runs:
        for name, rows in run.rows.items():
            of = rows[-1].model.name
            if backend not in (None, name) or model not in (None, of):
                continue
            if any(row.failed_clips for row in rows):
                continue  # its times are of less work
            wished = tuple(sorted(changes.wished(run, name).items()))
            key = (run.machine, name, of, wished, tuple(changes.asked(run).items()))
            found.setdefault(key, []).append(run)
    return [_series(str(key[1]), str(key[2]), own) for key, own in found.items()]


def _series(backend: str, model: str, runs: Sequence[Run]) -> Series:
    moves = [_move(backend, *pair) for pair in pairwise(runs)]
    decided = ("faster", "slower")
    return Series(
        backend=backend,
        model=model,
        runs=tuple(runs),
        seconds=tuple(median(row.seconds for row in run.rows[backend]) for run in runs),
        steps=tuple(move if move.speed.outcome in decided else None for move in moves),
        latest=moves[-1].speed if moves else None,
    )


def _move(backend: str, old: Run, new: Run) -> Step:
    both = [name for name in new.rows if name in old.rows]
    between = changes.between(old, new, both)
    speed = measures.speed(
        backend, (comparable_times(old.rows), comparable_times(new.rows)), REGION, between.controls
    )
    return Step(new, speed, between.suspects(backend))
