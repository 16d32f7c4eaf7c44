"""Backends, discovered from envs/, and the one place that calls uv."""

import json
import os
import subprocess
import tomllib
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from orchestrator.errors import CleanroomError, ConfigError, EnvironmentFailed, UsageError
from orchestrator.host import platform_tag

ROOT = Path(__file__).resolve().parent.parent
ENVS = ROOT / "envs"

# What a person sets about network and disk; none of it changes what is installed, or where.
_UV_KEPT = (
    "UV_CACHE_DIR",
    "UV_HTTP_TIMEOUT",
    "UV_NATIVE_TLS",
    "UV_OFFLINE",
    "UV_PYTHON_INSTALL_DIR",
)

_Word = Annotated[str, Field(pattern=r"\S")]


class Backend(BaseModel):
    """One engine: `[tool.bench]` of envs/<name>/pyproject.toml, plus the folder it stands in."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    name: _Word
    folder: Annotated[Path, "absolute"]
    runner: _Word | None = None
    executable: _Word | None = None
    library: _Word
    homepage: _Word
    family: Literal["whisper", "parakeet"]
    format: _Word
    platforms: Annotated[tuple[_Word, ...], Field(strict=False)]  # TOML has lists, no tuples
    requires: str = ""
    own_model: str | None = None

    @model_validator(mode="after")
    def _one_way_to_start(self) -> "Backend":
        if (self.runner is None) == (self.executable is None):
            raise ValueError("exactly one of `runner` and `executable` must be given")
        return self

    @property
    def python(self) -> Path:
        """The interpreter of the backend's environment; it exists once that is synced."""
        return self.folder / ".venv" / "bin" / "python"

    @property
    def supported(self) -> bool:
        """Whether this machine's platform is one the backend names."""
        return platform_tag() in self.platforms

    @property
    def why_unsupported(self) -> str:
        """One plain sentence for the skipped row."""
        return f"needs {self.requires or ' or '.join(self.platforms)}"

    def locked_version(self) -> str | None:
        """Return the library's version in uv.lock; None for a backend without a lock (Swift)."""
        lock = self.folder / "uv.lock"
        if not lock.exists():
            return None
        try:
            packages = tomllib.loads(lock.read_text("utf-8")).get("package", [])
        except ValueError as error:
            raise ConfigError(f"{lock}: {error}", f"uv lock --project {self.folder}") from error
        return next((p.get("version") for p in packages if p["name"] == self.library), None)


def discover(envs: Path = ENVS) -> list[Backend]:
    """Return every backend under `envs`, by name; raise ConfigError naming the files and keys."""
    found: list[Backend] = []
    faults: list[str] = []
    for path in sorted(envs.glob("*/pyproject.toml")):
        try:
            found += filter(None, [_read(path)])
        except ConfigError as error:
            faults.append(str(error))
    if faults:
        raise ConfigError("\n".join(faults), "mend it, then: python -m orchestrator backends")
    return found


def _read(path: Path) -> Backend | None:
    """Read one folder; None where there is no `[tool.bench]` (a project that is no backend)."""
    try:
        table = tomllib.loads(path.read_text("utf-8")).get("tool", {}).get("bench")
        if table is None:
            return None
        return Backend(name=path.parent.name, folder=path.parent.resolve(), **table)
    except ValidationError as error:
        keys = "; ".join(
            f"[tool.bench] {'.'.join(map(str, e['loc'])) or '(table)'}: {e['msg']}"
            for e in error.errors()
        )
        raise ConfigError(f"{path}: {keys}") from error
    except (TypeError, AttributeError) as error:  # no table, or it has a `name` of its own
        raise ConfigError(f"{path}: [tool.bench] {error}") from error
    except (ValueError, OSError) as error:  # broken TOML, broken UTF-8, unreadable
        raise ConfigError(f"{path}: {error}") from error


def choose(names: Iterable[str], among: Sequence[Backend]) -> list[Backend]:
    """Return the backends of these names, as ordered; raise UsageError with the nearest names."""
    by_name = {b.name: b for b in among}
    chosen = []
    for name in dict.fromkeys(names):
        if name not in by_name:
            near = get_close_matches(name, by_name, n=3, cutoff=0.4)
            hint = f"did you mean {' or '.join(near)}? " if near else ""
            there_are = f"{hint}there are: {', '.join(by_name)}"
            raise UsageError(f"there is no backend {name!r}", there_are)
        chosen.append(by_name[name])
    return chosen


def uv(*arguments: str, project: Path) -> subprocess.CompletedProcess[str]:
    """Run uv on one project, its environment pinned to the project's own `.venv`.

    Raises EnvironmentFailed with uv's reason. UV_* variables are scrubbed: under nox they would
    send the packages into nox's own environment, with exit code 0.
    """
    env = {k: v for k, v in os.environ.items() if k in _UV_KEPT or not _redirects(k)}
    env |= {"UV_PROJECT_ENVIRONMENT": str(project / ".venv"), "NO_COLOR": "1"}
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


def sync(project: Path, groups: Sequence[str] = ()) -> None:
    """Make the project's `.venv` equal its lock; a no-op of 20 ms when it does.

    Raises EnvironmentFailed. Bytecode is compiled here so that no import is timed doing it.
    """
    if is_synced(project, groups):
        return
    wanted = [*_groups(groups), "--compile-bytecode", "--output-format", "json"]
    done = uv("sync", "--locked", *wanted, project=project)
    _expect_own_environment(done.stdout, project)


def is_synced(project: Path, groups: Sequence[str] = ()) -> bool:
    """Whether the environment equals its lock, without changing either."""
    try:
        uv("sync", "--locked", "--check", *_groups(groups), project=project)
    except EnvironmentFailed:
        return False
    return True


def _groups(names: Sequence[str]) -> list[str]:
    return [argument for name in names for argument in ("--group", name)]


def _expect_own_environment(report: str, project: Path) -> None:
    used = Path(json.loads(report)["sync"]["environment"]["path"])
    if used.resolve() != (project / ".venv").resolve():
        raise EnvironmentFailed(
            f"{project.name}: uv installed into {used}, not into {project / '.venv'}",
            "unset the UV_* variables and uv configuration that redirect environments",
        )
