"""What the contenders of a run still need: packages to fetch, weights to fetch or to make."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from orchestrator.backends.environments import packages, upkeep
from orchestrator.bench.events import Step
from orchestrator.bench.selection import Candidate
from orchestrator.errors import CleanroomError, ModelError
from orchestrator.models import provision


def sized(chosen: list[Candidate]) -> list[Candidate]:
    """Return the candidates with download sizes that only the hub knows, where it tells them."""
    try:
        planned = provision.sized([candidate.planned for candidate in chosen])
    except ModelError:
        return chosen  # fetching will say what is wrong, in that backend's row
    return [replace(c, planned=p) for c, p in zip(chosen, planned, strict=True)]


def needed(chosen: Iterable[Candidate]) -> list[Step]:
    """Return what each candidate still needs; changes nothing. What is shared counts once."""
    fetched: set[str] = set()
    pending: dict[str, list[packages.Pending]] = {}
    return [_step(candidate, fetched, pending) for candidate in chosen]


def _step(
    candidate: Candidate, fetched: set[str], pending: dict[str, list[packages.Pending]]
) -> Step:
    backend, planned = candidate.backend, candidate.planned
    shared = planned.download_key in fetched
    fetched.add(planned.download_key)
    missing: list[packages.Pending] = []
    if backend.name not in pending:
        # Of two environments with the same package only one downloads it: uv keeps it.
        counted = {package for others in pending.values() for package in others}
        with suppress(CleanroomError):  # the sync itself will fail, and its row will say why
            missing = upkeep.pending(backend)
        pending[backend.name] = missing
        missing = [package for package in missing if package not in counted]
    return Step(
        contender=candidate.contender.name,
        backend=backend.name,
        model=planned.name,
        source=planned.source,
        packages_missing=len(missing),
        package_bytes=sum(p.size for p in missing),
        model_bytes=planned.second_bytes if shared else planned.download_bytes,
        convert=planned.convert and planned.base is not None,
    )
