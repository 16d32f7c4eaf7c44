"""`envs sync|check|remove`: the backends' environments, several at once."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from orchestrator import backends
from orchestrator.backends import Backend
from orchestrator.backends.environments import upkeep
from orchestrator.errors import CleanroomError, program
from orchestrator.host.tasks import Tasks

_AT_ONCE = 4
Progress = Callable[[str, str, float | None], None]


@dataclass(frozen=True)
class Report:
    """One environment's outcome, as a line to print."""

    line: str
    good: bool = True


def sync(names: Sequence[str], progress: Progress) -> Iterator[Report]:
    """Make the environments; yield each outcome as soon as it is known.

    `progress` gets a backend, what is being done and how far it is.
    """
    with Tasks() as tasks:
        heard, pool = tasks.heard(progress), tasks.pool(_AT_ONCE)
        for backend in _chosen(names):
            tasks.start(pool, partial(_sync, backend, heard))
        for done in tasks.ended():
            yield done.result()


def check(names: Sequence[str]) -> list[Report]:
    """Compare each environment with its lock, changing nothing."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(_check, _chosen(names)))


def remove(names: Sequence[str]) -> list[Report]:
    """Delete the environments; what is not there is no error."""
    return [_remove(backend) for backend in _chosen(names)]


def _chosen(names: Sequence[str]) -> list[Backend]:
    """Return the named backends; without names those of `run --all`, and whose are made."""
    known = backends.discover()
    if names:
        return backends.choose(names, known)
    return [backend for backend in known if backend.all or backend.python.exists()]


def _sync(backend: Backend, progress: Progress) -> Report:
    if not backend.supported:
        return Report(f"{backend.name}: skipped, {backend.why_unsupported}")
    try:
        seconds = upkeep.make(backend, lambda doing, done: progress(backend.name, doing, done))
    except CleanroomError as error:
        return Report(f"{backend.name}: failed: {error}\n  {error.fix}", good=False)
    if backend.executable and seconds is not None:
        return Report(f"{backend.name}: built in {seconds:.0f} s")
    return Report(f"{backend.name}: {_good(backend)}")


def _check(backend: Backend) -> Report:
    if not backend.supported:
        return Report(f"{backend.name}: skipped, {backend.why_unsupported}")
    if upkeep.is_ready(backend):
        return Report(f"{backend.name}: {_good(backend)}")
    fix = f"{program()} envs sync {backend.name}"
    return Report(f"{backend.name}: not {_good(backend)}; {fix}", good=False)


def _remove(backend: Backend) -> Report:
    removed = upkeep.remove(backend)
    done = f"removed {removed}" if removed else "nothing to remove"
    return Report(f"{backend.name}: {done}")


def _good(backend: Backend) -> str:
    return "built from its sources" if backend.executable else "in sync with its lock"
