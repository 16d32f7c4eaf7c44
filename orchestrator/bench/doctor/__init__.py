"""The doctor: every check of this machine, in one list; it changes nothing."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

import psutil

from orchestrator import backends, places
from orchestrator.backends import environments
from orchestrator.backends.environments import upkeep
from orchestrator.bench.doctor import checks
from orchestrator.bench.doctor.checks import Check
from orchestrator.cache import hub
from orchestrator.host import Condition, platform_tag
from orchestrator.host.probe import output
from orchestrator.host.processes import Busy, busy
from orchestrator.places import cache_folder

_MAC = platform_tag().startswith("macos")
_GB = 1e9
_MB = 1e6


@dataclass(frozen=True)
class Surroundings:
    """What other parts of the product know of this machine; each raises CleanroomError."""

    cache: Path
    results: Path
    uv_version: Callable[[], str]
    find_python: Callable[[], str]
    hub_obstacle: Callable[[], str]
    environments_synced: Callable[[], Mapping[str, bool]]

    @classmethod
    def here(cls, results: Path) -> Self:
        """Return what there is to ask on this machine; nothing is asked yet."""

        def uv(*arguments: str) -> str:
            return environments.uv(*arguments, project=places.CARRIED)

        return cls(
            cache=cache_folder(),
            results=results,
            uv_version=partial(uv, "--version"),
            # Without a cache, which may be in a home that cannot be written.
            find_python=partial(
                uv, "python", "find", "3.11", "--system", "--no-project", "--no-cache"
            ),
            hub_obstacle=hub.obstacle,
            environments_synced=_synced,
        )


def _synced() -> Mapping[str, bool]:
    """Return whether each environment of `run --all`, or made by name, equals its lock."""
    here = (b for b in backends.discover() if b.supported and (b.all or b.python.exists()))
    return {b.name: upkeep.is_ready(b) for b in here}


def examine(around: Surroundings) -> list[Check]:
    """Return all checks, in a fixed order; about a second, a few when the network hangs.

    The load is looked at first and alone, so that the doctor's own work is no part of it.
    """
    crowd = busy()
    condition = Condition.now()
    asked = [*_machine(condition, crowd), *_tools(around)]
    with ThreadPoolExecutor(len(asked)) as pool:
        return list(pool.map(lambda check: check(), asked))


def glance() -> list[Check]:
    """Return the checks of the machine alone, as they are before a measurement; about a second."""
    crowd = busy()
    return [check() for check in _machine(Condition.now(), crowd)]


def fit(checks: Sequence[Check]) -> bool:
    """Whether nothing stands against measuring now."""
    return all(check.state != "problem" for check in checks)


def _machine(condition: Condition, crowd: Busy) -> list[Callable[[], Check]]:
    total = psutil.virtual_memory().total
    processors = psutil.cpu_count() or 1
    everywhere = [
        partial(checks.power, condition),
        partial(checks.low_power, condition),
        partial(checks.load, condition, crowd, processors),
        partial(checks.memory, condition, total),
        partial(checks.swap, condition, total),
    ]
    if not _MAC:
        return [*everywhere, partial(checks.governor, condition)]
    return [
        *everywhere,
        partial(checks.thermal, condition),
        lambda: checks.spotlight(output("/usr/bin/mdutil", "-s", "/"), crowd.users),
        lambda: checks.time_machine(output("/usr/bin/tmutil", "status")),
    ]


def _tools(around: Surroundings) -> list[Callable[[], Check]]:
    room = partial(checks.disk, "cache", around.cache, places.elsewhere())
    another = "run in another folder, or name one: --output DIR"
    rows = partial(checks.disk, "results", around.results, another)
    return [
        partial(room, notice_bytes=10 * _GB, problem_bytes=1 * _GB),
        partial(rows, notice_bytes=500 * _MB, problem_bytes=50 * _MB),
        partial(checks.uv, around.uv_version),
        partial(checks.python, around.find_python),
        checks.swift_on_macos if _MAC else checks.swift_elsewhere,
        partial(checks.hub, around.hub_obstacle),
        partial(checks.environments, around.environments_synced),
    ]
