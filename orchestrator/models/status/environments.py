"""How the backends stand on this machine: versions, environments, models on disk."""

from collections.abc import Iterator
from dataclasses import dataclass

from orchestrator.backends import Backend, discover, servers
from orchestrator.backends.environments import upkeep
from orchestrator.cache import store


@dataclass(frozen=True)
class Standing:
    """One backend: its library's locked version, how its environment is, its models here.

    `origin` is the package or folder it comes from, "" for ours.
    """

    backend: str
    library: str
    environment: str
    models: tuple[str, ...]
    origin: str = ""


def standings() -> Iterator[Standing]:
    """Yield how each backend stands, by name."""
    for backend in discover():
        version = upkeep.locked_version(backend)
        library = f"{backend.library} {version}" if version else backend.library
        models = tuple(store.models_on_disk(backend.format))
        if backend.remote:
            models = tuple(f"of {name}" for name in servers.names())
        origin = str(backend.origin or "")
        yield Standing(backend.name, library, _environment(backend), models, origin)


def _environment(backend: Backend) -> str:
    if not backend.supported:
        return backend.why_unsupported
    if backend.remote and not servers.names():
        return "needs a server, and servers.toml names none: see `where`"
    if upkeep.is_ready(backend):
        return "ready"
    made = backend.python.exists()
    return "older than its lock: envs sync" if made else "not made: envs sync"
