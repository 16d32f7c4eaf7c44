"""Engines' own settings that contenders ask for, checked by the engines before any measurement."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

from orchestrator.backends import Backend
from orchestrator.backends.environments import upkeep
from orchestrator.backends.worker import Machine, Worker, launch_of
from orchestrator.bench.cell import Bench, launch, options
from orchestrator.bench.events import Watcher
from orchestrator.bench.prepare import Entrant, Prepared, preparation_failed, skipped
from orchestrator.errors import Refused, RunnerFailed, UsageError
from orchestrator.runs.schema.plan import Cell
from runners.protocol import Options, Progress, Scalar


def listed(backend: Backend, watcher: Watcher) -> dict[str, Scalar]:
    """Return a backend's own settings with their defaults, as its runner says them.

    Its environment is made first where it is not there. Raises CleanroomError.
    """
    upkeep.make(backend, partial(watcher.phase, backend.name))
    with Machine() as machine, TemporaryDirectory(prefix="whisper-cleanroom-") as folder:
        place = Path(folder)
        described = launch_of(
            backend, log=place / "log", directory=place / "work", threads=1, on_progress=_ignored
        )
        with Worker(described, machine) as worker:
            found = worker.describe(Options())
            worker.shutdown()
    return found


def check_settings(bench: Bench, prepared: Prepared) -> None:
    """Leave out who refuses a setting, with its sentence; what everybody refuses is a UsageError.

    A process is started for each backend whose contenders ask for settings of its own.
    """
    asking = [entrant for entrant in prepared.entrants if entrant.contender.settings]
    refusals: dict[str, str] = {}
    for _, group in groupby(asking, key=lambda entrant: entrant.backend.name):
        own = list(group)
        try:
            refusals |= _refusals(bench, own)
        except RunnerFailed as error:
            prepared.faults += [preparation_failed(e.contender, error) for e in own]
            prepared.entrants = [e for e in prepared.entrants if e not in own]
    if refusals and len(refusals) == len(asking):
        raise UsageError(
            "; ".join(dict.fromkeys(refusals.values())),
            f"python -m orchestrator backends {asking[0].backend.name} --settings",
        )
    prepared.faults += [
        skipped(e.contender, refusals[e.name]) for e in prepared.entrants if e.name in refusals
    ]
    prepared.entrants = [e for e in prepared.entrants if e.name not in refusals]


def _refusals(bench: Bench, entrants: Sequence[Entrant]) -> dict[str, str]:
    """Return what a backend refuses of its contenders' settings, in its words, by contender."""
    first = entrants[0]
    bench.watcher.phase(first.name, "checking its settings")
    with Worker(launch(bench, Cell(0, first.name), first), bench.machine) as worker:
        found = dict(_each(bench, worker, entrants))
        worker.shutdown()
    return found


def _each(bench: Bench, worker: Worker, entrants: Sequence[Entrant]) -> Iterator[tuple[str, str]]:
    for entrant in entrants:
        try:
            worker.describe(options(bench.settings, entrant))
        except Refused as error:
            yield entrant.name, f"{entrant.backend.name}: {error}"


def _ignored(progress: Progress) -> None:
    """Nothing is loaded: there is no progress to show."""
