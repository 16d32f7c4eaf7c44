"""Two runs, old and new: what became of each backend, how sure that is, and what may have done it.

A run's own verdicts compare backends block by block, and so are two contenders of one run compared
here. Two runs share no moment: every block of one meets every block of the other, and whatever the
machine did in between is in the difference, unless a backend with nothing changed tells of it
(`measures`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orchestrator.analysis.compare import changes, measures
from orchestrator.analysis.compare.changes import Change, Changes
from orchestrator.analysis.compare.clips import Common, Heard, difference, times
from orchestrator.analysis.compare.measures import Measure
from orchestrator.analysis.scoring.timing import Times
from orchestrator.errors import UsageError
from orchestrator.runs.schema import ErrorDifference
from orchestrator.runs.schema.rows import alone
from orchestrator.runs.stored import Run

__all__ = ["Change", "Compared", "Comparison", "Measure", "compare"]


@dataclass(frozen=True)
class Compared:
    """One backend in both runs; errors are over the clips that both have."""

    backend: str
    speed: Measure
    memory: Measure
    load: Measure
    old_wer: float | None
    new_wer: float | None
    errors: ErrorDifference | None  # None without references
    other_texts: int  # clips with another transcript than before
    suspects: tuple[Change, ...]  # the likeliest first
    fault: str | None  # what it did before and does no longer


@dataclass(frozen=True)
class Comparison:
    """Two runs side by side; ratios within `region` (a share) of 1 are ties."""

    old: Run
    new: Run
    region: float
    clips: int  # in common
    same_clips: bool
    changes: Changes
    backends: tuple[Compared, ...]
    broken: Mapping[str, str]  # measured in the old run, failed in the new: how
    absent: Mapping[str, str]  # measured in one of them only, and why

    @property
    def across_machines(self) -> bool:
        """Whether the times are of two machines."""
        return self.old.machine != self.new.machine

    @property
    def within(self) -> tuple[str, str] | None:
        """The names of two contenders of one run; None of two runs."""
        return _within(self.old, self.new)


def compare(old: Run, new: Run, region: float, *, across_machines: bool = False) -> Comparison:
    """Compare two runs.

    Raises UsageError where they have no backend or no clip in common, and for runs of two machines
    unless `across_machines`; ConfigError where a file of a run is broken.
    """
    both = [name for name in new.rows if name in old.rows]
    gone = [name for name in old.rows if name not in both]
    broken = {name: new.faults[name] for name in gone if name in new.faults}
    if not both and not broken and new.skipped.keys().isdisjoint(gone):
        raise _nothing(old, new, "backend")
    if old.machine != new.machine and not across_machines:
        raise UsageError(
            f"{old.name} and {new.name} were measured on two machines",
            "their times say little about backends; compare them nevertheless: --across-machines",
        )
    together = _Together(old, new, both, region)
    absent = {name: new.skipped.get(name, "not in the new run") for name in gone}
    absent |= {name: "not in the old run" for name in new.rows if name not in both}
    return Comparison(
        old=old,
        new=new,
        region=region,
        clips=len(together.common),
        same_clips=together.common.same,
        changes=together.changes,
        backends=tuple(map(together.compared, both)),
        broken=broken,
        absent={name: why for name, why in absent.items() if name not in broken},
    )


class _Together:
    """Two runs, and what comparing each backend takes; UsageError where no clip is in both."""

    def __init__(self, old: Run, new: Run, both: Sequence[str], region: float) -> None:
        self.common = Common(old, new)
        if not len(self.common):
            raise _nothing(old, new, "clip")
        self.changes = changes.between(old, new, both)
        self._runs, self._region = (old, new), region
        self._times = times(old, both, self.common), times(new, both, self.common)
        self._loads = _loads(old), _loads(new)

    def _speed(self, name: str, runs: tuple[Times, Times]) -> Measure:
        """Judge seconds: those of one run block by block, of two runs beside their controls."""
        if _within(*self._runs):
            return measures.paired(name, runs, self._region)
        return measures.speed(name, runs, self._region, self.changes.controls)

    def compared(self, name: str) -> Compared:
        """Put together what is known of a backend; texts are those of each run's first process."""
        old, new = (run.rows[name] for run in self._runs)
        then, now = (Heard(run, run.rows[name][0], self.common) for run in self._runs)
        return Compared(
            backend=name,
            speed=self._speed(name, self._times),
            memory=measures.memory(old, new, self._region),
            load=self._speed(name, self._loads),
            old_wer=then.errors.score.wer,
            new_wer=now.errors.score.wer,
            errors=difference(then, now),
            other_texts=now.differing(then),
            suspects=self.changes.suspects(name),
            fault=_fault(name, *self._runs, now.failed - then.failed),
        )


def _within(old: Run, new: Run) -> tuple[str, str] | None:
    same = old.folder.path.resolve() == new.folder.path.resolve()
    return (old.only, new.only) if same and old.only and new.only else None


def _loads(run: Run) -> Times:
    return {
        name: {row.block: row.load_seconds for row in alone(rows)}
        for name, rows in run.rows.items()
    }


def _fault(name: str, old: Run, new: Run, more_failed: int) -> str | None:
    """Return what a backend did in the old run and does no longer in the new."""
    if name in new.faults and name not in old.faults:
        return f"failed in a block: {new.faults[name]}"
    before = f"{old.only} does" if _within(old, new) else "before"
    return f"fails at {more_failed:,} more clips than {before}" if more_failed > 0 else None


def _nothing(old: Run, new: Run, what: str) -> UsageError:
    return UsageError(
        f"{old.name} and {new.name} have no {what} in common",
        "name two runs that measured the same backend on the same clips",
    )
