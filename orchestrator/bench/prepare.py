"""Before a measurement: environments made, weights on disk, runners started; faults are rows."""

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from orchestrator.backends import Backend
from orchestrator.backends.environments import upkeep
from orchestrator.backends.servers import Server
from orchestrator.backends.worker import Machine, Worker, launch_of
from orchestrator.bench.contenders import skipped
from orchestrator.bench.events import Watcher
from orchestrator.bench.selection import Candidate
from orchestrator.cache.progress import Progress
from orchestrator.errors import CleanroomError, ModelUnavailable
from orchestrator.host.tasks import Tasks
from orchestrator.models import provision
from orchestrator.models.plan import Planned
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
    server: Server | None = None  # of a remote backend

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

    def start(
        self, backend: Backend, cell: Cell, threads: int = 1, server: Server | None = None
    ) -> Worker:
        """Return a cell's runner, which starts when it is entered; block 0 measures nothing."""
        launch = launch_of(
            backend,
            log=self.folder.log(cell.key),
            directory=self.folder.work / file_stem(cell.key),
            threads=threads,
            on_progress=lambda p: self.watcher.phase(cell.contender, p.message, p.fraction),
            server=server.told if server else None,
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
    def faults_of(self, contender: Contender) -> Iterator[None]:
        """Turn what goes wrong with a contender into its row."""
        try:
            yield
        except ModelUnavailable as error:
            self.faults.append(skipped(contender, str(error)))
        except CleanroomError as error:
            self.faults.append(preparation_failed(contender, error))

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


def ready(chosen: Sequence[Candidate], watcher: Watcher) -> Prepared:
    """Make every environment and have every model: all at once but for what waits for another.

    A fault is a row of those it concerns. Nothing of it goes on once this returns or raises.
    """
    with Tasks() as tasks:
        preparation = _Preparation(chosen, watcher, tasks)
        preparation.run()
        return preparation.outcome()


class _Preparation:
    """Environments and weights, each made in a thread; the one that runs this tells the watcher."""

    def __init__(self, chosen: Sequence[Candidate], watcher: Watcher, tasks: Tasks) -> None:
        self._chosen = chosen
        self._watcher = watcher
        self._tasks = tasks
        self._provisioning = tasks.pool(provision.AT_ONCE)
        self._syncs: dict[str, Future[float | None]] = {}  # by backend
        self._weights: dict[str, Future[tuple[ModelUsed, float]]] = {}  # by contender

    def run(self) -> None:
        """Begin with environments; weights follow as soon as they wait for none of them."""
        syncing = self._tasks.pool(_SYNCS_AT_ONCE)
        for name, backend in {c.backend.name: c.backend for c in self._chosen}.items():
            self._watcher.phase(name, "environment")
            say = self._tasks.heard(partial(self._watcher.phase, name))
            self._syncs[name] = self._tasks.start(syncing, partial(upkeep.make, backend, say))
        self._provision()
        for done in self._tasks.ended():
            self._tell_end(done)
            self._provision()

    def outcome(self) -> Prepared:
        """Return who is ready, in the order that was chosen."""
        prepared = Prepared()
        for candidate in self._chosen:
            contender, backend = candidate.contender, candidate.backend
            with prepared.faults_of(contender):
                prepared.environments[backend.name] = self._syncs[backend.name].result()
                model, seconds = self._weights[contender.name].result()
                if not candidate.planned.present:
                    prepared.weights[contender.name] = seconds
                prepared.entrants.append(Entrant(contender, backend, model, candidate.server))
        return prepared

    def _provision(self) -> None:
        """Begin with the weights whose makers have their environments, each model once."""
        syncing = {name for name, sync in self._syncs.items() if not sync.done()}
        for candidate in self._chosen:
            name, planned = candidate.contender.name, candidate.planned
            unusable = _failed(self._syncs[candidate.backend.name])
            if name in self._weights or unusable or planned.makers & syncing:
                continue
            begun = (c for c in self._chosen if c.contender.name in self._weights)
            same = next((c for c in begun if c.planned == planned), None)
            self._weights[name] = (
                self._weights[same.contender.name] if same else self._begin(name, planned)
            )

    def _begin(self, name: str, planned: Planned) -> "Future[tuple[ModelUsed, float]]":
        say = self._tasks.heard(partial(self._tell_doing, name))
        return self._tasks.start(self._provisioning, partial(_timed, planned, say))

    def _tell_doing(self, name: str, doing: str, fraction: float | None) -> None:
        """Say what the weights are at, and that the environment of the same name is not there."""
        sync = self._syncs.get(name)
        beside = "" if sync is None or sync.done() else "environment; "
        self._watcher.phase(name, f"{beside}{doing}", fraction)

    def _tell_end(self, done: "Future[Any]") -> None:
        """Say what is ready now, and which contender is with it."""
        for name, sync in self._syncs.items():
            if sync is done:
                self._watcher.phase(name, f"environment {'failed' if _failed(done) else 'ready'}")
        for candidate in self._chosen:
            sync = self._syncs[candidate.backend.name]
            weights = self._weights.get(candidate.contender.name)
            if weights is None or done not in {sync, weights} or _failed(weights):
                continue
            if weights.done() and sync.done():
                self._watcher.phase(candidate.contender.name, "ready")
            elif done is weights and not candidate.planned.present:
                self._watcher.phase(candidate.contender.name, "weights ready, environment not yet")


def _timed(planned: Planned, say: Progress) -> tuple[ModelUsed, float]:
    started = time.monotonic()
    return provision.ensure(planned, say), time.monotonic() - started


def _failed(task: "Future[Any]") -> bool:
    return task.done() and task.exception() is not None


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
