"""`backends`: what this machine can run, and what of it is already here."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from orchestrator import environments
from orchestrator.backends import Backend
from orchestrator.models import store
from orchestrator.report import words


def backends(known: Sequence[Backend], console: Console) -> None:
    """Print one line a backend: version, environment, models on disk, or why it cannot run here."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("backend", header_style="bold", no_wrap=True)
    table.add_column("library", header_style="bold", no_wrap=True)
    table.add_column("environment", header_style="bold", overflow="fold")
    table.add_column("models on disk", header_style="bold", overflow="fold")
    for backend in known:
        table.add_row(*(Text(cell) for cell in _cells(backend)))
    console.print(table)


def _cells(backend: Backend) -> tuple[str, str, str, str]:
    version = backend.locked_version()
    library = f"{backend.library} {version}" if version else backend.library
    models = ", ".join(store.models_on_disk(backend.format)) or words.NONE
    return backend.name, library, _environment(backend), models


def _environment(backend: Backend) -> str:
    if not backend.supported:
        return backend.why_unsupported
    if backend.executable:
        return "its runner is not part of this version"
    if not backend.python.exists():
        return "not made: envs sync"
    return "ready" if environments.is_synced(backend.folder) else "older than its lock: envs sync"
