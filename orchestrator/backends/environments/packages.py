"""What a sync would install and how large it is, read from uv's plan and the lock's sizes."""

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.tags import Tag, cpython_tags, platform_tags
from packaging.tags import compatible_tags as pure_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from orchestrator import places
from orchestrator.backends import environments


@dataclass(frozen=True)
class Pending:
    """One distribution a sync would install; `size` is its wheel's, in bytes, 0 if unknown."""

    name: str
    version: str
    size: int


def pending(project: Path, without: Sequence[str] = ()) -> list[Pending]:
    """Return what `sync` would install, changing nothing; raise EnvironmentFailed."""
    if environments.is_synced(project, without=without):
        return []
    planned = environments.uv(
        "sync",
        *environments.locked_arguments(project),
        *environments.leaving_out(without),
        "--dry-run",
        "--output-format",
        "json",
        project=project,
    )
    changes = json.loads(planned)["sync"]["changes"]
    wanted = [c for c in changes if c["action"] == "installed"]
    sizes = _wheel_sizes(project / "uv.lock") if wanted else {}
    return [Pending(c["name"], c["version"], sizes.get(c["name"], 0)) for c in wanted]


def installed(project: Path) -> list[tuple[str, str]]:
    """Return name and version of every distribution in the project's environment, by name."""
    found = metadata.distributions(path=[str(places.site_packages(project))])
    return sorted((d.metadata["Name"], d.version) for d in found)


def _wheel_sizes(lock: Path) -> dict[str, int]:
    """Return each locked package's download on this platform, for the interpreter 3.11."""
    ours = set(cpython_tags((3, 11))) | set(pure_tags((3, 11), "cp311", list(platform_tags())))
    locked = tomllib.loads(lock.read_text(encoding="utf-8"))["package"]
    return {p["name"]: _fitting_size(p.get("wheels", []), ours) for p in locked}


def _fitting_size(wheels: list[dict[str, Any]], ours: set[Tag]) -> int:
    return max((int(w.get("size", 0)) for w in wheels if _fits(w["url"], ours)), default=0)


def _fits(url: str, ours: set[Tag]) -> bool:
    try:
        *_, tags = parse_wheel_filename(url.rsplit("/", 1)[-1])
    except InvalidWheelFilename:
        return False
    return bool(tags & ours)
