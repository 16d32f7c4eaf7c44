"""A backend's environment: packages that uv installs, or a program that Swift builds."""

import shutil
import subprocess
import time
import tomllib
from pathlib import Path

from orchestrator import places
from orchestrator.backends import Backend, environments
from orchestrator.backends.environments import packages, swift
from orchestrator.backends.environments.packages import Pending
from orchestrator.backends.environments.swift import Progress
from orchestrator.errors import ConfigError, quoted


def is_ready(backend: Backend) -> bool:
    """Whether it equals its lock, or was built from its sources as they are."""
    if backend.executable:
        return swift.is_built(backend.executable)
    if not backend.python.exists():
        return False
    return environments.is_synced(backend.folder, without=backend.left_out)


def make(backend: Backend, progress: Progress = lambda _doing, _fraction: None) -> float | None:
    """Make it ready; return the seconds, None where nothing was to do; raise EnvironmentFailed."""
    if is_ready(backend):
        return None
    started = time.monotonic()
    if backend.executable:
        swift.build(backend.executable, progress)
    else:
        variables, without = backend.build_variables, backend.left_out
        environments.sync(backend.folder, build=variables, without=without)
        _finish(backend)
    return time.monotonic() - started


def _finish(backend: Backend) -> None:
    """Run what makes an environment faster; if it fails, the runner tries again and says why."""
    for module in backend.after_sync:
        subprocess.run(
            **environments.child(backend.python, module, runners=backend.runners),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )


def pending(backend: Backend) -> list[Pending]:
    """Return the packages that would be installed; what Swift fetches it does not tell before."""
    return [] if backend.executable else packages.pending(backend.folder, backend.left_out)


def locked_version(backend: Backend) -> str | None:
    """Return the library's version in uv.lock, or as swift/ pins it; None where neither does.

    Raises ConfigError for a lock that is none.
    """
    if backend.executable:
        return swift.pins().get(f"{backend.library[0].lower()}{backend.library[1:]}")
    lock = backend.folder / "uv.lock"
    if not lock.exists():
        return None
    try:
        locked = tomllib.loads(lock.read_text("utf-8")).get("package", [])
    except ValueError as error:
        raise ConfigError(
            f"{lock}: {error}", f"uv lock --project {quoted(backend.folder)}"
        ) from error
    return next((p.get("version") for p in locked if p["name"] == backend.library), None)


def installed(backend: Backend) -> list[tuple[str, str]]:
    """Return name and version of all its packages; of a Swift runner the pinned library."""
    if backend.executable:
        version = locked_version(backend)
        return [(backend.library, version)] if version else []
    return packages.installed(backend.folder)


def remove(backend: Backend) -> Path | None:
    """Delete it; return what was deleted, None where nothing was there."""
    if backend.executable:
        built = swift.binary(backend.executable)
        return built if swift.remove(backend.executable) else None
    environment = places.environment(backend.folder)
    if not environment.exists():
        return None
    shutil.rmtree(environment)
    return environment
