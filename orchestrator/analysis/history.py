"""A folder of runs over time: each contender's times in order, and where they made a step."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from orchestrator.analysis.compare import Change, Measure, changes, measures
from orchestrator.analysis.scoring.pairs import REGION
from orchestrator.runs.schema import Contender
from orchestrator.runs.schema.rows import comparable_times
from orchestrator.runs.stored import Run, contender, renamed


@dataclass(frozen=True)
class Step:
    """A contender decidedly changed its speed from the run before; `suspects` is what else did."""

    to: Run
    speed: Measure
    suspects: tuple[Change, ...]


@dataclass(frozen=True)
class Series:
    """One contender on one machine and the same clips, over `runs`, oldest first.

    It goes by what was asked, whatever each run called it; the runs have it under one name.
    `steps` has an entry for each run but the first: None where times stayed what they were, as far
    as their intervals tell. `latest` is the newest run against the one before.
    """

    contender: str
    asked: Contender
    model: str
    runs: tuple[Run, ...]
    seconds: tuple[float, ...]  # medians over blocks
    steps: tuple[Step | None, ...]
    latest: Measure | None


def series(runs: Iterable[Run], name: str | None = None, model: str | None = None) -> list[Series]:
    """Return what can be lined up: the same backend, model and settings, on one machine.

    `name` is a backend's or, in any of its runs, a contender's. Of one name in several lines each
    is followed by what differs.
    """
    found: dict[tuple[str, str, object], list[tuple[str, Run]]] = {}
    lines = []
    for run in runs:
        keys = _keys(run)
        by_key = renamed(run, keys)
        for own, key in keys.items():
            rows = run.rows[own]
            of = rows[-1].model.name
            if model not in (None, of) or any(row.failed_clips for row in rows):
                continue  # where clips failed, times are of less work
            whole = (key, of, (run.machine, tuple(changes.asked(run).items())))
            found.setdefault(whole, []).append((own, by_key))
    for (key, of, _), named in found.items():
        line = _series(key, of, named)
        if name in (None, line.asked.backend, *(own for own, _ in named)):
            lines.append(line)
    return _labelled(lines)


def _keys(run: Run) -> dict[str, str]:
    """Return by name what each contender is in any run; of those that are alike their names."""
    asked = {name: contender(run, name) for name in run.rows}
    keys = {name: repr((each.backend, each.factors)) for name, each in asked.items()}
    often = Counter(keys.values())
    return {name: key if often[key] == 1 else name for name, key in keys.items()}


def _series(key: str, model: str, found: Sequence[tuple[str, Run]]) -> Series:
    runs = tuple(run for _, run in found)
    moves = [_move(key, *pair) for pair in pairwise(runs)]
    decided = ("faster", "slower")
    return Series(
        contender=found[-1][0],
        asked=contender(runs[-1], key),
        model=model,
        runs=runs,
        seconds=tuple(median(row.seconds for row in run.rows[key]) for run in runs),
        steps=tuple(move if move.speed.outcome in decided else None for move in moves),
        latest=moves[-1].speed if moves else None,
    )


def _labelled(lines: Sequence[Series]) -> list[Series]:
    """Add to a name that several contenders have what differs between these."""
    named: dict[tuple[str, str], list[Contender]] = {}
    for line in lines:
        named.setdefault((line.contender, line.model), []).append(line.asked)
    return [
        replace(line, contender=" ".join([line.contender, *line.asked.distinct(same)]))
        for line in lines
        for same in [named[line.contender, line.model]]
    ]


def _move(key: str, old: Run, new: Run) -> Step:
    both = [name for name in new.rows if name in old.rows]
    between = changes.between(old, new, both)
    speed = measures.speed(
        key, (comparable_times(old.rows), comparable_times(new.rows)), REGION, between.controls
    )
    return Step(new, speed, between.suspects(key))
