"""Before a measurement: environments made, weights on disk, runners started; faults are rows."""

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from orchestrator.backends import Backend
from orchestrator.backends.environments import upkeep
from orchestrator.backends.worker import Machine, Worker, launch_of
from orchestrator.bench.events import Watcher
from orchestrator.bench.selection import Candidate
from orchestrator.errors import CleanroomError, ModelUnavailable
from orchestrator.models import provision
from orchestrator.runs.folder import RunFolder
from orchestrator.runs.schema import Contender, Failed, ModelUsed, Preparation, Skipped
from orchestrator.runs.schema.plan import Cell, file_stem

_SYNCS_AT_ONCE = 3  # uv itself downloads in parallel; more processes only share one line


@dataclass(frozen=True)
class Entrant:
    """A contender ready to be measured: environment in sync, weights on disk, settings checked."""

    contender: Contender
    backend: Backend
    model: ModelUsed

    @property
    def name(self) -> str:
        """The contender's name, which its rows have."""
        return self.contender.name


@dataclass(frozen=True)
class Runners:
    """Starts every runner of a command: on the machine it holds, with logs in its folder."""

    machine: Machine
    folder: RunFolder
    watcher: Watcher

    def start(self, backend: Backend, cell: Cell, threads: int = 1) -> Worker:
        """Return a cell's runner, which starts when it is entered; block 0 measures nothing."""
        launch = launch_of(
            backend,
            log=self.folder.log(cell.key),
            directory=self.folder.work / file_stem(cell.key),
            threads=threads,
            on_progress=lambda p: self.watcher.phase(cell.contender, p.message, p.fraction),
        )
        return Worker(launch, self.machine)


@dataclass
class Prepared:
    """Who is ready, who is not and why, and the seconds spent on environments and weights."""

    entrants: list[Entrant] = field(default_factory=list)
    faults: list[Failed | Skipped] = field(default_factory=list)
    environments: dict[str, float | None] = field(default_factory=dict)  # by backend
    weights: dict[str, float] = field(default_factory=dict)  # by contender, as the next
    compiled: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def faults_of(self, *contenders: Contender) -> Iterator[None]:
        """Turn what goes wrong with contenders into their rows."""
        try:
            yield
        except ModelUnavailable as error:
            self.faults += [skipped(contender, str(error)) for contender in contenders]
        except CleanroomError as error:
            self.faults += [preparation_failed(contender, error) for contender in contenders]

    def record(self, chosen: Iterable[Candidate]) -> list[Preparation]:
        """Return the seconds as a run stores them; what is shared took each of them as long."""
        return [
            Preparation(
                contender=c.contender.name,
                backend=c.backend.name,
                environment_seconds=self.environments[c.backend.name],
                weights_seconds=self.weights.get(c.contender.name),
                compile_seconds=self.compiled.get(c.contender.name),
            )
            for c in chosen
            if c.backend.name in self.environments
        ]


def ready(chosen: list[Candidate], watcher: Watcher) -> Prepared:
    """Make every environment, then provision every model; a fault is a row of those it concerns."""
    prepared = Prepared()
    sharing: dict[str, list[Candidate]] = {}
    for candidate in chosen:
        sharing.setdefault(candidate.backend.name, []).append(candidate)
    synced = []
    with ThreadPoolExecutor(_SYNCS_AT_ONCE) as pool:
        waiting = {
            pool.submit(upkeep.make, own[0].backend, partial(watcher.phase, name)): name
            for name, own in sharing.items()
        }
        for name in sharing:
            watcher.phase(name, "environment")
        for done in as_completed(waiting):
            name = waiting[done]
            with prepared.faults_of(*(c.contender for c in sharing[name])):
                prepared.environments[name] = done.result()
                watcher.phase(name, "environment ready")
                synced += sharing[name]
    for candidate in sorted(synced, key=chosen.index):
        with prepared.faults_of(candidate.contender):
            prepared.entrants.append(_provision(candidate, prepared, watcher))
    return prepared


def _provision(candidate: Candidate, prepared: Prepared, watcher: Watcher) -> Entrant:
    name = candidate.contender.name
    missing = not candidate.planned.present
    started = time.monotonic()
    model = provision.ensure(
        candidate.planned, lambda doing, fraction: watcher.phase(name, doing, fraction)
    )
    if missing:
        prepared.weights[name] = time.monotonic() - started
    watcher.phase(name, "ready")
    return Entrant(candidate.contender, candidate.backend, model)


def skipped(contender: Contender, reason: str) -> Skipped:
    """Return the row of a contender that cannot take part, for a reason that is no fault."""
    return Skipped(contender=contender.name, backend=contender.backend, reason=reason)


def preparation_failed(contender: Contender, error: CleanroomError) -> Failed:
    """Return the row of a contender that never came to be measured (block 0)."""
    return Failed(
        contender=contender.name,
        backend=contender.backend,
        block=0,
        started_at=now(),
        kind=error.kind,
        reason=str(error),
        fix=error.fix,
    )


def now() -> str:
    """Return the wall time, UTC, to the second: a label, never used to measure."""
    return datetime.now(UTC).isoformat(timespec="seconds")
