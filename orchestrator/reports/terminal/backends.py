"""`backends`: what this machine can run, and what of it is already here."""

from collections.abc import Sequence

from rich.console import Console

from orchestrator import units
from orchestrator.backends import Backend
from orchestrator.backends.environments import upkeep
from orchestrator.cache import store
from orchestrator.reports.terminal.tables import add, columns, show


def backends(known: Sequence[Backend], console: Console) -> None:
    """Print one line a backend: version, environment, models on disk, or why it cannot run here."""
    titles = ("backend", "library", "environment", "models on disk")
    table = columns(*titles, prose=titles[2:])
    for backend in known:
        add(table, *_cells(backend))
    show(table, console)


def _cells(backend: Backend) -> tuple[str, str, str, str]:
    version = upkeep.locked_version(backend)
    library = f"{backend.library} {version}" if version else backend.library
    models = ", ".join(store.models_on_disk(backend.format)) or units.NONE
    return backend.name, library, _environment(backend), models


def _environment(backend: Backend) -> str:
    if not backend.supported:
        return backend.why_unsupported
    if upkeep.is_ready(backend):
        return "ready"
    made = backend.python.exists()
    return "older than its lock: envs sync" if made else "not made: envs sync"
