"""Everything before a measurement: environments made, weights on disk; faults become rows."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial

from orchestrator.backends import Backend
from orchestrator.backends.environments import upkeep
from orchestrator.bench.events import Watcher
from orchestrator.bench.selection import Candidate
from orchestrator.errors import CleanroomError, ModelUnavailable
from orchestrator.models import provision
from orchestrator.runs.schema import Failed, ModelUsed, Preparation, Skipped

_SYNCS_AT_ONCE = 3  # uv itself downloads in parallel; more processes only share one line


@dataclass(frozen=True)
class Contender:
    """A backend ready to be measured: its environment is in sync and its weights are on disk."""

    backend: Backend
    model: ModelUsed
    name: str  # of its rows: the backend's, or a label of it


def labelled(backend: str, labels: int) -> list[str]:
    """Return a backend's name, or several, for a run of a backend against itself."""
    return [backend] if labels == 1 else [f"{backend}#{n}" for n in range(1, labels + 1)]


@dataclass
class Prepared:
    """Who is ready, who is not and why, and the seconds spent on environments and weights."""

    contenders: list[Contender] = field(default_factory=list)
    faults: list[Failed | Skipped] = field(default_factory=list)
    environments: dict[str, float | None] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)
    compiled: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def faults_of(self, backend: Backend) -> Iterator[None]:
        """Turn what goes wrong with one backend into its row."""
        try:
            yield
        except ModelUnavailable as error:
            self.faults.append(Skipped(contender=backend.name, reason=str(error)))
        except CleanroomError as error:
            self.faults.append(preparation_failed(backend.name, error))

    def labelled(self, labels: int) -> list[Contender]:
        """Return who is ready, each under so many labels."""
        return [replace(c, name=name) for c in self.contenders for name in labelled(c.name, labels)]

    def record(self) -> list[Preparation]:
        """Return the seconds as a run stores them."""
        return [
            Preparation(
                contender=name,
                environment_seconds=seconds,
                weights_seconds=self.weights.get(name),
                compile_seconds=self.compiled.get(name),
            )
            for name, seconds in self.environments.items()
        ]


def ready(chosen: list[Candidate], watcher: Watcher) -> Prepared:
    """Make every environment, then provision every model; a fault is that backend's row alone."""
    prepared = Prepared()
    synced = []
    with ThreadPoolExecutor(_SYNCS_AT_ONCE) as pool:
        waiting = {
            pool.submit(upkeep.make, c.backend, partial(watcher.phase, c.backend.name)): c
            for c in chosen
        }
        for candidate in chosen:
            watcher.phase(candidate.backend.name, "environment")
        for done in as_completed(waiting):
            candidate = waiting[done]
            with prepared.faults_of(candidate.backend):
                prepared.environments[candidate.backend.name] = done.result()
                watcher.phase(candidate.backend.name, "environment ready")
                synced.append(candidate)
    for candidate in sorted(synced, key=chosen.index):
        with prepared.faults_of(candidate.backend):
            prepared.contenders.append(_provision(candidate, prepared, watcher))
    return prepared


def _provision(candidate: Candidate, prepared: Prepared, watcher: Watcher) -> Contender:
    name = candidate.backend.name
    missing = not candidate.planned.present
    started = time.monotonic()
    model = provision.ensure(
        candidate.planned, lambda doing, fraction: watcher.phase(name, doing, fraction)
    )
    if missing:
        prepared.weights[name] = time.monotonic() - started
    watcher.phase(name, "ready")
    return Contender(candidate.backend, model, name)


def preparation_failed(backend: str, error: CleanroomError) -> Failed:
    """Return the row of a backend that never came to be measured (block 0)."""
    return Failed(
        contender=backend,
        block=0,
        started_at=now(),
        kind=error.kind,
        reason=str(error),
        fix=error.fix,
    )


def now() -> str:
    """Return the wall time, UTC, to the second: a label, never used to measure."""
    return datetime.now(UTC).isoformat(timespec="seconds")
