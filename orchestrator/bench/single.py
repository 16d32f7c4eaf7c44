"""One backend with one model, for what measures nothing: chosen, then made ready."""

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from types import MappingProxyType

from orchestrator import backends
from orchestrator.backends.environments import settings
from orchestrator.bench import prepare, steps
from orchestrator.bench.events import Watcher
from orchestrator.bench.prepare import Entrant
from orchestrator.bench.selection import Candidate
from orchestrator.cache.disk import megabytes
from orchestrator.errors import CAME, CleanroomError, UsageError, interruptible, program
from orchestrator.models import catalogue, provision
from orchestrator.runs.schema import Contender, Scalar


def choose(
    name: str,
    model: str | None = None,
    weights: str = "auto",
    local: Mapping[str, Path] = MappingProxyType({}),
    own: Mapping[str, Scalar] = MappingProxyType({}),
) -> Candidate:
    """Return a backend with a model: where none is asked for, its usual one, else its first.

    Of a remote one its `own` settings name the server.

    Raises UsageError for a backend that is not here or cannot run here, CleanroomError for a model.
    """
    (backend,) = backends.choose([name], backends.discover())
    if not backend.supported:
        fix = f"choose another: {program()} backends"
        raise UsageError(f"{backend.name} {backend.why_unsupported}", fix)
    chosen = model or catalogue.usual(backend)
    if backend.remote:
        contender = Contender(name=name, backend=name, model=chosen, settings=dict(own))
        return Candidate.on_server(contender, backend)
    planned = provision.plan(backend, chosen, weights, local=local)
    return Candidate(Contender(name=name, backend=name, model=chosen), backend, planned)


def ready(candidate: Candidate, watcher: Watcher) -> Entrant:
    """Sync the environment and have the weights, saying first what has to be fetched.

    Raises CleanroomError.
    """
    (step,) = steps.needed(steps.sized([candidate]))
    if candidate.planned.notice:
        watcher.notice(candidate.planned.notice)
    for notice in settings.notices() if step.packages_missing else ():
        watcher.notice(notice)
    if size := step.package_bytes + step.model_bytes:
        watcher.notice(f"{step.contender}: up to {megabytes(size)} to download first")
    with interruptible(CAME) if size else nullcontext():
        prepared = prepare.ready([candidate], watcher)
    for fault in prepared.faults:
        raise CleanroomError(f"{fault.contender}: {fault.reason}", getattr(fault, "fix", ""))
    return prepared.entrants[0]
