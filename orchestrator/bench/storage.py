"""Where everything is kept, how large it is, and what of it nobody uses any more."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from orchestrator import places
from orchestrator.backends import discover
from orchestrator.backends.environments import disused, swift
from orchestrator.backends.worker import Machine
from orchestrator.backends.worker.machine import LOCK_VARIABLE, lock_path
from orchestrator.cache import store
from orchestrator.cache.store import Entry, size_on_disk
from orchestrator.clips.audio import decoded_cache
from orchestrator.clips.robustness import recordings
from orchestrator.errors import CleanroomError
from orchestrator.models import convert
from orchestrator.models.status import inventory
from orchestrator.places import cache_folder, decoded_folder

_CACHED = {
    "weights": "models",
    "corpora": "corpora",
    "decoded audio": "decoded",
    "robustness set": "robustness",
}


@dataclass(frozen=True)
class Folder:
    """A folder or file of the program's: what is in it, its bytes, the variable that moves it."""

    name: str
    path: Path
    bytes: int
    moved_by: str = ""


@dataclass(frozen=True)
class Leftover:
    """Something that nobody uses any more: what it is, why, where, its bytes, and how it goes."""

    what: str
    why: str
    path: Path
    bytes: int
    remove: Callable[[], object]


def folders(results: Path) -> Iterator[Folder]:
    """Yield every folder and file that the program reads or writes."""
    cache = cache_folder()
    yield Folder("program", places.PACKAGE, size_on_disk(places.PACKAGE))
    yield Folder("backends", places.envs(), _pins(places.envs()))
    for origin in places.outside():
        whose = f"backends of {origin.package}" if origin.package else "backends from outside"
        moved_by = "" if origin.package else places.ENVS_VARIABLE
        yield Folder(whose, origin.envs, _pins(origin.envs), moved_by)
    yield _environments()
    built = swift.folder()
    yield Folder("Swift builds", built, size_on_disk(built / ".build"), places.DATA_VARIABLE)
    for name, inner in _CACHED.items():
        yield Folder(name, cache / inner, size_on_disk(cache / inner), places.CACHE_VARIABLE)
    fleet = places.fleet_folder()
    yield Folder("a fleet's clips and runs", fleet, size_on_disk(fleet), places.DATA_VARIABLE)
    servers = places.servers_file()
    yield Folder("servers", servers, size_on_disk(servers), places.SERVERS_VARIABLE)
    yield Folder("results", results, size_on_disk(results), "--output")
    lock = lock_path()
    yield Folder("lock", lock, size_on_disk(lock), LOCK_VARIABLE)


def _projects() -> list[Path]:
    """Return the folders whose locks environments are made from, the backends' and our own."""
    outside = (origin.envs for origin in places.outside())
    parents = dict.fromkeys((places.CARRIED / "envs", places.envs(), *outside))
    return [lock.parent for parent in parents for lock in sorted(parent.glob("*/uv.lock"))]


def _pins(envs: Path) -> int:
    return sum(f.stat().st_size for f in envs.glob("*/*") if f.is_file())


def _environments() -> Folder:
    """Return the folder of the environments; a clone has them each beside its lock."""
    data = places.data_folder() / "environments"
    apart = {places.environment(project) for project in _projects()}
    apart = {path for path in apart if not path.is_relative_to(data)}
    where = data if not apart else places.envs() / "*" / ".venv"
    size = size_on_disk(data) + sum(map(size_on_disk, apart))
    return Folder("environments", where, size, places.DATA_VARIABLE)


def leftovers() -> Iterator[Leftover]:
    """Yield what nobody uses: of other locks, of backends that are gone, outdated, unfinished."""
    for found in disused.find():
        yield _leftover(found.what, found.why, found.path, found.remove)
    for entry, path in store.unfinished():
        what = f"download of {entry.model} ({entry.format})"
        yield _leftover(what, "unfinished", path, entry.discard_unfinished)
    for entry, why in _unnamed():
        yield _leftover(f"{entry.model} ({entry.format})", why, entry.home, entry.remove)
    decoded = decoded_folder()
    for path in decoded_cache.outdated(decoded):
        yield _leftover("decoded audio", "by another decoder", path, path.unlink)
    current = recordings.folder()
    for path in current.parent.glob("*"):
        if path != current:
            remove_all = partial(shutil.rmtree, path)
            yield _leftover("robustness set", "of another voice", path, remove_all)


def _unnamed() -> Iterator[tuple[Entry, str]]:
    """Yield weights of old revisions, and those in a format that nobody here loads or makes."""
    known = discover()
    loaded = {backend.format for backend in known}
    for entry in inventory.strays(known):
        yield entry, "no models.toml names it"
    for entry in store.entries():
        if entry.format not in loaded and not convert.has_file(entry.format):
            yield entry, "no backend loads it"


def _leftover(what: str, why: str, path: Path, remove: Callable[[], object]) -> Leftover:
    return Leftover(what, why, path, size_on_disk(path), remove)


def remove(found: Iterable[Leftover]) -> Iterator[tuple[Leftover, str]]:
    """Delete what was found; yield each, with what kept it, "" where it is gone.

    Raises MachineBusy while a run measures: it may be of the version that still uses them.
    """
    with Machine():
        for leftover in found:
            try:
                leftover.remove()
            except (CleanroomError, OSError) as error:
                yield leftover, str(error)
            else:
                yield leftover, ""
