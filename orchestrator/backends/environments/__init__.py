"""Environments equal to their locks: the one place that calls uv."""

import contextlib
import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TypedDict

from orchestrator import places
from orchestrator.backends.environments import settings
from orchestrator.errors import CleanroomError, EnvironmentFailed, program
from orchestrator.host import children

_STAMP = ".in-sync"
_RESOLVED_ANEW = re.compile("lockfile|No solution found|resolving dependencies")
_REFUSED = re.compile("Read-only file system|Permission denied")
_UNREACHED = re.compile("Failed to (fetch|download)")
_HINT = re.compile(r"\n*hint: To update the lockfile.*")


def uv(
    *arguments: str,
    project: Path,
    build: Mapping[str, str] = MappingProxyType({}),
    text: str = "",
) -> str:
    """Run uv on one project, whose environment is where `places` has it.

    Returns what it prints; raises EnvironmentFailed with its reason. Of UV_* only what `settings`
    allows is passed on: under nox the others would send the packages into nox's own environment,
    with exit code 0.
    `build` holds the variables of a package that is built from source; `text` is for stdin.
    """
    own = {"UV_PROJECT_ENVIRONMENT": str(places.environment(project)), "NO_COLOR": "1"}
    with (
        _acceptable(project) as place,
        subprocess.Popen(
            [_uv_binary(), *arguments, "--project", str(place)],
            env=settings.environment() | own | dict(build),
            stdin=subprocess.PIPE,  # never the terminal: a question about a password would wait
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        ) as process,
        children.under_way(process),
    ):
        said, complaint = process.communicate(text)
    if process.returncode != 0:
        raise _failed(project, arguments[0], complaint)
    return said


@contextlib.contextmanager
def _acceptable(project: Path) -> Iterator[Path]:
    """Give the project's folder, or a copy of its pins: uv takes no project in its own cache.

    There, in `archive-v0`, lies what `uvx` runs.
    """
    if "archive-v0" not in project.parts:
        yield project
        return
    with tempfile.TemporaryDirectory() as folder:
        for name in ("pyproject.toml", "uv.lock"):
            with contextlib.suppress(FileNotFoundError):
                shutil.copy(project / name, folder)
        yield Path(folder)


def _failed(project: Path, command: str, stderr: str) -> EnvironmentFailed:
    """Say why uv failed; where the user's own settings made it resolve anew, blame those."""
    again = f"{program()} envs sync {project.name}"
    reason = _reason(stderr)
    if (causes := settings.resolving()) and _RESOLVED_ANEW.search(stderr):
        what = f"{project.name}: {'; '.join(causes)}, so uv would not install what is locked"
        reason = _HINT.sub("", reason)
        return EnvironmentFailed(f"{what}: {reason}", f"take that out of the file, then: {again}")
    if _REFUSED.search(stderr):
        data = f"set {places.DATA_VARIABLE} to a folder that you can write"
        again = f"{places.elsewhere() or data}, then: {again}"
    elif (proxy := settings.unclear_proxy()) and _UNREACHED.search(stderr):
        again = f"{proxy}, then: {again}"
    return EnvironmentFailed(f"{project.name}: uv {command} failed: {reason}", again)


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
    project: Path,
    groups: Sequence[str] = (),
    build: Mapping[str, str] = MappingProxyType({}),
    without: Sequence[str] = (),
) -> None:
    """Make the project's environment equal its lock, but for packages to leave out.

    A fast no-op when it does. Raises EnvironmentFailed. Bytecode is compiled here so that no import
    is timed doing it.
    """
    if is_synced(project, groups, without):
        return
    if mirror := settings.mirror(project):
        _install_from(mirror, project, [*_groups(groups), *leaving_out(without, "emit")], build)
        if not is_synced(project, groups, without):
            what_came = f"{project.name}: what came from {mirror.shown} is not what is locked"
            raise EnvironmentFailed(what_came, f"use another index than {mirror.named_in} names")
    else:
        wanted = [*_groups(groups), *leaving_out(without)]
        wanted += ["--compile-bytecode", "--output-format", "json"]
        report = uv("sync", *locked_arguments(project), *wanted, project=project, build=build)
        _expect_own_environment(report, project)
    _remember(project, groups, without)


def _install_from(
    mirror: settings.Index, project: Path, wanted: Sequence[str], build: Mapping[str, str]
) -> None:
    """Install what is locked from another index, in the same versions and with the same hashes.

    `uv sync` would fetch from the addresses in the lock, or lock anew; `exclude-newer` needs dates
    that few mirrors give, and nothing is chosen here that it could keep out.
    """
    what = ["--no-header", "--no-annotate", *wanted]
    locked = uv("export", *locked_arguments(project), *what, project=project)
    place = places.environment(project)
    if not (place / "bin" / "python").exists():
        uv("venv", "--allow-existing", str(place), project=project)
    index = ["--default-index", mirror.url, "--exclude-newer", "false", "--require-hashes"]
    options = ["--python", str(place), "--compile-bytecode", "--allow-empty-requirements"]
    try:
        uv("pip", "sync", "-", *index, *options, project=project, build=build, text=locked)
    except EnvironmentFailed as error:
        said = f"{error} (the index {mirror.shown} is from {mirror.named_in})"
        raise EnvironmentFailed(said, error.fix) from error


class Child(TypedDict):
    """How a clean Python is started, for subprocess.Popen."""

    args: tuple[str, ...]
    env: dict[str, str]


def child(python: Path, module: str, *arguments: str | Path, runners: Path | None = None) -> Child:
    """Return how a module of ours, or of another folder of `runners`, is started under a Python."""
    command = children.command(python, module, *arguments, runners=runners)
    return Child(args=command, env=children.environment())


def locked_arguments(project: Path) -> list[str]:
    """Return the options that hold uv to a project's lock, whatever index the user has set."""
    index = settings.index_of_lock(project)
    return ["--locked", *(["--default-index", index] if index else [])]


def is_synced(project: Path, groups: Sequence[str] = (), without: Sequence[str] = ()) -> bool:
    """Whether the environment equals its lock, but for packages that are to be left out.

    uv is asked (20 ms) only if something moved since it last agreed: the lock, the pins, or the
    list of what is installed. Like uv itself, this does not see an edited file of a package.
    """
    if not (places.environment(project) / "bin" / "python").exists():
        return False  # of a project without packages uv says that all of them are there
    fingerprint = _fingerprint(project, groups, without)
    if fingerprint and fingerprint == _remembered(project):
        _claim(project)
        return True
    try:
        wanted = ["--check", *_groups(groups), *leaving_out(without)]
        uv("sync", *locked_arguments(project), *wanted, project=project)
    except EnvironmentFailed:
        return False
    _remember(project, groups, without)
    return True


def _fingerprint(project: Path, groups: Sequence[str], without: Sequence[str]) -> str:
    """Hash all that uv compares: lock, pins, what of it, interpreter, installed distributions."""
    environment = places.environment(project)
    files = (project / "uv.lock", project / "pyproject.toml", environment / "pyvenv.cfg")
    if not (environment / "bin" / "python").exists():
        return ""
    try:
        digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in files))
        installed = places.site_packages(project).stat().st_mtime_ns
    except OSError:
        return ""
    digest.update(f"{sorted(groups)} {sorted(without)} {installed}".encode())
    return digest.hexdigest()


def _remembered(project: Path) -> str:
    try:
        return (places.environment(project) / _STAMP).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _claim(project: Path) -> None:
    """Say that this project uses its environment: another version's may have made it."""
    if places.in_data_folder(project):
        places.claim(places.environment(project), project)


def _remember(project: Path, groups: Sequence[str], without: Sequence[str]) -> None:
    _claim(project)
    fingerprint = _fingerprint(project, groups, without)
    with contextlib.suppress(OSError):  # a read-only environment is asked about every time
        stamp = places.environment(project) / _STAMP
        stamp.write_text(fingerprint, encoding="utf-8")


def leaving_out(packages: Sequence[str], verb: str = "install") -> list[str]:
    """Return the options that have `uv sync` leave packages out; `uv export` says "emit"."""
    return [argument for name in packages for argument in (f"--no-{verb}-package", name)]


def _groups(names: Sequence[str]) -> list[str]:
    return [argument for name in names for argument in ("--group", name)]


def _expect_own_environment(report: str, project: Path) -> None:
    used = Path(json.loads(report)["sync"]["environment"]["path"])
    wanted = places.environment(project)
    if used.resolve() != wanted.resolve():
        raise EnvironmentFailed(
            f"{project.name}: uv installed into {used}, not into {wanted}",
            "unset the UV_* variables and uv configuration that redirect environments",
        )
