"""`envs sync|check|remove`: the backends' environments, several at once."""

import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from orchestrator import backends, environments
from orchestrator.backends import Backend
from orchestrator.errors import CleanroomError

_AT_ONCE = 4


@dataclass(frozen=True)
class Report:
    """One environment's outcome, as a line to print."""

    line: str
    good: bool = True


def sync(names: Sequence[str]) -> Iterator[Report]:
    """Sync the environments; yield each outcome, in order of name, as soon as it is known."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(_sync, _chosen(names))


def check(names: Sequence[str]) -> list[Report]:
    """Compare each environment with its lock, changing nothing."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(_check, _chosen(names)))


def remove(names: Sequence[str]) -> list[Report]:
    """Delete the environments; what is not there is no error."""
    return [_remove(backend) for backend in _chosen(names)]


def _chosen(names: Sequence[str]) -> list[Backend]:
    known = backends.discover()
    if names:
        return backends.choose(names, known)
    return [b for b in known if b.runner is not None]


def _sync(backend: Backend) -> Report:
    if not backend.supported:
        return Report(f"{backend.name}: skipped, {backend.why_unsupported}")
    try:
        environments.sync(backend.folder, build=backend.build_variables)
    except CleanroomError as error:
        return Report(f"{backend.name}: failed: {error}", good=False)
    return Report(f"{backend.name}: in sync with its lock")


def _check(backend: Backend) -> Report:
    if not backend.supported:
        return Report(f"{backend.name}: skipped, {backend.why_unsupported}")
    if environments.is_synced(backend.folder):
        return Report(f"{backend.name}: in sync with its lock")
    fix = f"python -m orchestrator envs sync {backend.name}"
    return Report(f"{backend.name}: not in sync with its lock; {fix}", good=False)


def _remove(backend: Backend) -> Report:
    environment = backend.folder / ".venv"
    if not environment.exists():
        return Report(f"{backend.name}: nothing to remove")
    shutil.rmtree(environment)
    return Report(f"{backend.name}: removed {environment}")
