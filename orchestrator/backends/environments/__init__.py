"""Environments equal to their locks: the one place that calls uv."""

import contextlib
import hashlib
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from orchestrator.errors import CleanroomError, EnvironmentFailed

_STAMP = ".in-sync"

# What a person sets about network and disk; none of it changes what is installed, or where.
_KEPT = (
    "UV_CACHE_DIR",
    "UV_HTTP_TIMEOUT",
    "UV_NATIVE_TLS",
    "UV_OFFLINE",
    "UV_PYTHON_INSTALL_DIR",
)


def uv(
    *arguments: str, project: Path, build: Mapping[str, str] = MappingProxyType({})
) -> subprocess.CompletedProcess[str]:
    """Run uv on one project, its environment pinned to the project's own `.venv`.

    Raises EnvironmentFailed with uv's reason. UV_* variables are scrubbed: under nox they would
    send the packages into nox's own environment, with exit code 0. `build` holds the variables of a
    package that is built from source.
    """
    env = {k: v for k, v in os.environ.items() if k in _KEPT or not _redirects(k)}
    env |= {"UV_PROJECT_ENVIRONMENT": str(project / ".venv"), "NO_COLOR": "1", **build}
    command = [_uv_binary(), *arguments, "--project", str(project)]
    no_questions = subprocess.DEVNULL  # one about a password would wait for ever
    done = subprocess.run(
        command, env=env, stdin=no_questions, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        what = f"{project.name}: uv {arguments[0]} failed: {_reason(done.stderr)}"
        raise EnvironmentFailed(what, f"python -m orchestrator envs sync {project.name}")
    return done


def _redirects(variable: str) -> bool:
    return variable.startswith(("UV_", "VIRTUAL_ENV", "CONDA_", "PYTHON"))


def _uv_binary() -> str:
    """Find uv by its absolute path: pyenv's shims can hide the one on PATH."""
    try:
        from uv import find_uv_bin  # noqa: PLC0415 - absent on a machine that only runs plans

        return str(find_uv_bin())
    except (ImportError, FileNotFoundError) as error:
        raise CleanroomError("uv is not installed", "pip install uv") from error


def _reason(stderr: str) -> str:
    """Keep what uv says went wrong; drop its progress."""
    noise = ("Using ", "Resolved ", "Downloading ", "Prepared ", "Creating ", "Building ")
    lines = [x for x in stderr.strip().splitlines() if x.strip() and not x.startswith(noise)]
    return "\n".join(lines[-12:]) or "no reason given"


def sync(
    project: Path, groups: Sequence[str] = (), build: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Make the project's `.venv` equal its lock; a fast no-op when it does.

    Raises EnvironmentFailed. Bytecode is compiled here so that no import is timed doing it.
    """
    if is_synced(project, groups):
        return
    wanted = [*_groups(groups), "--compile-bytecode", "--output-format", "json"]
    done = uv("sync", "--locked", *wanted, project=project, build=build)
    _expect_own_environment(done.stdout, project)
    _remember(project, groups)


def is_synced(project: Path, groups: Sequence[str] = ()) -> bool:
    """Whether the environment equals its lock.

    uv is asked (20 ms) only if something moved since it last agreed: the lock, the pins, or the
    list of what is installed. Like uv itself, this does not see an edited file of a package.
    """
    fingerprint = _fingerprint(project, groups)
    if fingerprint and fingerprint == _remembered(project):
        return True
    try:
        uv("sync", "--locked", "--check", *_groups(groups), project=project)
    except EnvironmentFailed:
        return False
    _remember(project, groups)
    return True


def _fingerprint(project: Path, groups: Sequence[str]) -> str:
    """Hash all that uv compares: lock, pins, groups, interpreter, installed distributions."""
    environment = project / ".venv"
    site_packages = next(environment.glob("lib/python*/site-packages"), None)
    files = (project / "uv.lock", project / "pyproject.toml", environment / "pyvenv.cfg")
    if site_packages is None or not (environment / "bin" / "python").exists():
        return ""
    try:
        digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in files))
    except OSError:
        return ""
    installed = f"{sorted(groups)} {site_packages.stat().st_mtime_ns}"
    digest.update(installed.encode())
    return digest.hexdigest()


def _remembered(project: Path) -> str:
    try:
        return (project / ".venv" / _STAMP).read_text()
    except (OSError, UnicodeDecodeError):
        return ""


def _remember(project: Path, groups: Sequence[str]) -> None:
    with contextlib.suppress(OSError):  # a read-only environment is asked about every time
        (project / ".venv" / _STAMP).write_text(_fingerprint(project, groups))


def _groups(names: Sequence[str]) -> list[str]:
    return [argument for name in names for argument in ("--group", name)]


def _expect_own_environment(report: str, project: Path) -> None:
    used = Path(json.loads(report)["sync"]["environment"]["path"])
    if used.resolve() != (project / ".venv").resolve():
        raise EnvironmentFailed(
            f"{project.name}: uv installed into {used}, not into {project / '.venv'}",
            "unset the UV_* variables and uv configuration that redirect environments",
        )
