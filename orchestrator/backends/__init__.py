"""Backends, discovered from envs/ and from outside, and chosen by name."""

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError

from orchestrator import places
from orchestrator.backends.backend import DEFAULT_MODEL, Backend
from orchestrator.errors import ConfigError, UsageError, did_you_mean, in_words, program, quoted

__all__ = ["DEFAULT_MODEL", "ENVS", "Backend", "choose", "discover", "left_out"]

ENVS = places.envs()  # our own


def discover(envs: Path | None = None) -> list[Backend]:
    """Return every backend by name: ours and those from outside, or the ones in `envs` alone.

    Raises ConfigError naming files and keys, also for a folder that has none and for a name that
    two places have. A package whose backends cannot be read is left out: see `left_out`.
    """
    if envs:
        return _read_all(envs)
    found = _read_all(places.envs())
    for origin in places.outside():
        try:
            found += _read_all(origin.envs, origin)
        except ConfigError:
            if not origin.package:
                raise
    _expect_one_place_each(found)
    return sorted(found, key=lambda backend: backend.name)


def left_out() -> Iterator[tuple[str, str]]:
    """Yield why the backends of an installed package are not here, and what to do about it."""
    for origin in places.packages():
        fault = origin.fault
        if not fault:
            try:
                _read_all(origin.envs, origin)
            except ConfigError as error:
                fault = str(error)
        if fault:
            fix = f"install another version of {origin.package}, or uninstall it"
            yield f"the backends of {origin} are left out: {fault}", fix


def _read_all(envs: Path, origin: places.Origin | None = None) -> list[Backend]:
    """Read a folder of backends; raise ConfigError with all that is wrong in it."""
    found: list[Backend] = []
    faults: list[str] = []
    for path in sorted(envs.glob("*/pyproject.toml")):
        try:
            found += filter(None, [_read(path, origin)])
        except ConfigError as error:
            faults.append(str(error))
    if origin:
        faults += _faults(origin)
    if faults:
        raise ConfigError("\n".join(faults), f"correct it, then: {program()} backends")
    if not found:
        raise ConfigError(f"there are no backends in {envs.absolute()}", _where_else(envs, origin))
    return found


def _faults(origin: places.Origin) -> Iterator[str]:
    """Yield what is wrong with a folder from outside besides its descriptions."""
    for folder in sorted(path for path in origin.envs.glob("*") if path.is_dir()):
        begun = any((folder / name).is_file() for name in ("models.toml", "uv.lock"))
        if begun and not (folder / "pyproject.toml").is_file():
            yield f"{folder}: there is no pyproject.toml: it says what the backend is"
    for path in sorted(origin.runners.glob("*.py")):
        if path.stem != "__init__" and (ours := places.ROOT / "runners" / path.name).is_file():
            yield f"{path}: {ours} has that name already: give it another"


def _where_else(envs: Path, origin: places.Origin | None) -> str:
    """Return what to do about a folder without backends."""
    if origin is None:
        return "install whisper-cleanroom again: a part of it is missing"
    if any(envs.glob("envs/*/pyproject.toml")):
        return f"name the folder in it: --envs {quoted(envs / 'envs')}"
    holds = "name a folder that holds them, each as NAME/pyproject.toml with [tool.bench]"
    return f"{holds}: --envs DIR, or {places.ENVS_VARIABLE}"


def _expect_one_place_each(found: Sequence[Backend]) -> None:
    """Raise ConfigError for the first name that two places have."""
    first: dict[str, Backend] = {}
    for backend in found:
        other = first.setdefault(backend.name, backend)
        if other is backend:
            continue
        places_ = " and ".join(f"{b.folder}{_whose(b)}" for b in (other, backend))
        raise ConfigError(
            f"two backends are called {backend.name}: {places_}",
            f"rename one of the folders, or take one away: --envs, {places.ENVS_VARIABLE}"
            " (unset it), or the package that brings it",
        )


def _whose(backend: Backend) -> str:
    if backend.origin is None:
        return " (whisper-cleanroom's own)"
    return f" (of {backend.origin})" if backend.origin.package else ""


def _read(path: Path, origin: places.Origin | None) -> Backend | None:
    """Read one folder; None where there is no `[tool.bench]` (a project that is no backend)."""
    try:
        table = tomllib.loads(path.read_text("utf-8")).get("tool", {}).get("bench")
        if table is None:
            return None
        folder = path.parent.resolve()
        backend = Backend(name=path.parent.name, folder=folder, origin=origin, **table)
    except ValidationError as error:
        raise ConfigError(f"{path}: {in_words(error, '[tool.bench] ')}") from error
    except (TypeError, AttributeError) as error:  # no table, or it has a `name` of its own
        raise ConfigError(f"{path}: [tool.bench] {error}") from error
    except (ValueError, OSError) as error:  # broken TOML, broken UTF-8, unreadable
        raise ConfigError(f"{path}: {error}") from error
    # A module by its full name may be one of the environment's: that is known when it starts.
    if (runner := backend.runner_file) and not runner.is_file():
        missing = (origin.runners if origin else runner.parent) / runner.name
        raise ConfigError(f"{path}: [tool.bench] runner: there is no {missing}")
    if origin and backend.executable:
        raise ConfigError(f"{path}: [tool.bench] executable: from outside it takes a `runner`")
    if backend.runner and not (path.parent / "uv.lock").is_file():
        lock = f"uv lock --project {quoted(path.parent)}"
        raise ConfigError(f"{path}: there is no uv.lock beside it: {lock}")
    return backend


def choose(names: Iterable[str], among: Sequence[Backend]) -> list[Backend]:
    """Return the backends of these names, as ordered; raise UsageError with the nearest names."""
    by_name = {b.name: b for b in among}
    chosen = []
    for name in dict.fromkeys(names):
        if name not in by_name:
            there_are = f"{did_you_mean(name, by_name)}there are: {', '.join(by_name)}"
            raise UsageError(f"there is no backend {name!r}", there_are)
        chosen.append(by_name[name])
    return chosen
