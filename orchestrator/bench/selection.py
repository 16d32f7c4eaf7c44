"""Who could take part in a run, and what each still needs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from orchestrator import backends
from orchestrator.backends import Backend
from orchestrator.backends.environments import upkeep
from orchestrator.bench.events import Step
from orchestrator.errors import (
    CleanroomError,
    ModelError,
    ModelUnavailable,
    NothingToMeasure,
    UsageError,
)
from orchestrator.host import performance_cores
from orchestrator.models import provision
from orchestrator.models.provision import Planned
from orchestrator.runs.schema import Settings, Skipped


@dataclass(frozen=True)
class RunOptions:
    """What a user asked of `run`; empty `backends` means all, empty `clips` what settings say."""

    settings: Settings
    backends: tuple[str, ...] = ()
    clips: tuple[Path, ...] = ()
    output: Path | None = None
    fail_fast: bool = False


def threads(asked: int | None) -> int:
    """Return how many threads to use: the fast cores, unless a number was asked for."""
    return asked or performance_cores()


@dataclass(frozen=True)
class Candidate:
    """A backend that could take part, and the weights it would run."""

    backend: Backend
    planned: Planned


def candidates(options: RunOptions) -> tuple[list[Candidate], list[Skipped]]:
    """Choose who takes part; a skip is a sentence, never a fault.

    Raises UsageError, ConfigError.
    """
    known = backends.discover()
    chosen = backends.choose(options.backends, known) if options.backends else known
    ready: list[Candidate] = []
    skipped: list[Skipped] = []
    unknown: list[UsageError] = []
    for backend in chosen:
        try:
            ready.append(_candidate(backend, options.settings))
        except ModelUnavailable as error:
            skipped.append(Skipped(contender=backend.name, reason=str(error)))
        except UsageError as error:
            unknown.append(error)
            skipped.append(Skipped(contender=backend.name, reason=str(error)))
    if unknown and not ready:
        raise unknown[0]
    return ready, skipped


def nothing(skipped: Iterable[Skipped]) -> NothingToMeasure:
    """Return the error of a run in which nobody can take part: each reason once, with its names."""
    reasons: dict[str, list[str]] = {}
    for row in skipped:
        reasons.setdefault(row.reason, []).append(row.contender)
    lines = (f"  {reason}: {', '.join(names)}" for reason, names in reasons.items())
    what = "\n".join(("no backend can be measured here:", *lines))
    return NothingToMeasure(what, "python -m orchestrator backends lists what each needs")


def _candidate(backend: Backend, settings: Settings) -> Candidate:
    if not backend.supported:
        raise ModelUnavailable(backend.why_unsupported)
    if settings.profile == "parity" and not backend.parity:
        runs = backend.own_model or backend.family
        raise ModelUnavailable(f"runs {runs}, not Whisper: it cannot take part in --parity")
    planned = provision.plan(
        backend,
        backend.own_model or settings.model,
        settings.weights,
        parity=settings.profile == "parity",
        substitute=settings.substitute,
        coreml=backend.coreml,
        local={name: Path(path) for name, path in settings.local.items()},
    )
    return Candidate(backend, planned)


def variants_left_out(chosen: Iterable[Candidate]) -> Iterator[str]:
    """Name what a backend has a faster build of, which this machine could run and was not asked."""
    taking_part = {candidate.backend.name: candidate.backend for candidate in chosen}
    known = {backend.name: backend for backend in backends.discover()}
    for name, backend in taking_part.items():
        variant = known.get(backend.variant or "")
        if variant and variant.supported and variant.name not in taking_part:
            command = f"python -m orchestrator run -b {variant.name}"
            yield f"{name} runs without what {variant.name} adds on this machine: {command}"


def sized(chosen: list[Candidate]) -> list[Candidate]:
    """Return the candidates with download sizes that only the hub knows, where it tells them."""
    try:
        planned = provision.sized([candidate.planned for candidate in chosen])
    except ModelError:
        return chosen  # fetching will say what is wrong, in that backend's row
    return [replace(c, planned=p) for c, p in zip(chosen, planned, strict=True)]


def steps(chosen: Iterable[Candidate]) -> list[Step]:
    """Return what each candidate still needs; changes nothing. A shared download counts once."""
    fetched: set[str] = set()
    return [_step(candidate, fetched) for candidate in chosen]


def _step(candidate: Candidate, fetched: set[str]) -> Step:
    backend, planned = candidate.backend, candidate.planned
    shared = planned.download_key in fetched
    fetched.add(planned.download_key)
    try:
        missing = upkeep.pending(backend)
    except CleanroomError:
        missing = []  # the sync itself will fail, and its row will say why
    return Step(
        backend=backend.name,
        model=planned.name,
        source=planned.source,
        packages_missing=len(missing),
        package_bytes=sum(p.size for p in missing),
        model_bytes=0 if shared else planned.download_bytes,
        convert=planned.convert and planned.base is not None,
    )
