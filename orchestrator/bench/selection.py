"""Who could take part in a run, and what each still needs."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from orchestrator import backends
from orchestrator.backends import Backend, servers
from orchestrator.bench.clip_list import Listing
from orchestrator.bench.contenders import (
    expand,
    heavy,
    labelled,
    left_out,
    nothing,
    owned,
    skipped,
    unnamed,
    usual_instead,
)
from orchestrator.bench.stopping import require_decidable
from orchestrator.clips import languages
from orchestrator.errors import ConfigError, ModelUnavailable, UsageError, program
from orchestrator.host import performance_cores
from orchestrator.models import catalogue, choose_source, provision
from orchestrator.models.plan import Planned
from orchestrator.runs import suite
from orchestrator.runs.schema import Contender, Settings, Skipped
from orchestrator.runs.schema.contender import Wish

_HEAVY_BYTES = 1_000_000_000  # to be fetched: only for a backend or a model that is named


@dataclass(frozen=True)
class RunOptions:
    """What a user asked of `run`; without `clips` the settings say what is transcribed."""

    settings: Settings
    contenders: tuple[Contender, ...]
    clips: tuple[Path, ...] = ()
    output: Path | None = None
    fail_fast: bool = False
    notices: tuple[str, ...] = ()  # to be said before anything is done
    listing: Listing | None = None  # of what another machine has gathered


def options(  # noqa: PLR0913 - each is one choice of the user
    asked: suite.Measurement,
    wishes: Sequence[Wish],
    clips: Sequence[Path] = (),
    output: Path | None = None,
    *,
    labels: int = 1,
    fail_fast: bool = False,
) -> RunOptions:
    """Return what a run is asked: every contender by name; raise UsageError, ConfigError."""
    chosen, notices = contenders(wishes, labels, asked.local)
    if asked.decide is not None:
        require_decidable(asked.decide, asked.region)
        if asked.blocks is not None:
            raise UsageError("--decide is as many blocks as it takes", "leave --blocks out")
    settings = asked.settings(languages.chosen(asked.language) if asked.language else None)
    sizes = {} if asked.parity else _heavy(unnamed(wishes, chosen), settings)
    notices += heavy(sizes)
    chosen = tuple(contender for contender in chosen if contender.name not in sizes)
    if not chosen:
        raise UsageError(notices[-1])
    return RunOptions(settings, chosen, tuple(clips), output, fail_fast, tuple(notices))


def suite_options(path: Path, output: Path | None = None, *, fail_fast: bool = False) -> RunOptions:
    """Return what a suite file asks; raise ConfigError, which names the file."""
    return options_of(suite.read(path), str(path), output, fail_fast=fail_fast)


def options_of(
    whole: suite.Suite, name: str, output: Path | None = None, *, fail_fast: bool = False
) -> RunOptions:
    """Return what a suite of this name asks; raise ConfigError, which has the name."""
    wishes = [entry.wish() for entry in whole.contender]
    clips = [Path(clip) for clip in whole.suite.clips]
    try:
        return options(whole.suite, wishes, clips, output, fail_fast=fail_fast)
    except UsageError as error:
        raise ConfigError(f"{name}: {error}", error.fix) from error


def threads(asked: int | None) -> int:
    """Return how many threads to use: the fast cores, unless a number was asked for."""
    return asked or performance_cores()


@dataclass(frozen=True)
class Candidate:
    """A contender that could take part, its backend, and the weights it would run."""

    contender: Contender
    backend: Backend
    planned: Planned
    server: servers.Server | None = None  # of a remote backend

    def lack(self, spoken: Iterable[str]) -> str:
        """Say which of the languages spoken its model does not know; raise ConfigError."""
        recorded = catalogue.facts_of(self.backend, self.planned.name).languages
        return languages.lack(self.planned.name, recorded, spoken)

    @classmethod
    def on_server(cls, contender: Contender, backend: Backend) -> Self:
        """Return a candidate of a remote backend; raise ModelUnavailable, ConfigError."""
        server = servers.chosen(backend.name, contender.settings)
        planned = choose_source.on_server(backend, contender.model, server)
        return cls(contender, backend, planned, server)


def contenders(
    wishes: Sequence[Wish], labels: int = 1, local: Collection[str] = ()
) -> tuple[tuple[Contender, ...], list[str]]:
    """Return who is asked for, and notices; a wish without backends means those of `run --all`.

    Under several `labels` the first takes part as often, against itself. `local` are models, or
    BACKEND/NAME, of which the user has the files.

    Raises UsageError with the nearest names, ConfigError.
    """
    known = backends.discover()
    # Recordings leave this machine only where a remote backend is named.
    here = [backend for backend in known if not backend.remote]
    whole = [
        replace(
            wish,
            backends=wish.backends or tuple(b.name for b in here if b.all or wish.everything),
            models=tuple(map(catalogue.canonical, wish.models)),
            threads=wish.threads or (performance_cores(),),
        )
        for wish in wishes
    ]
    for wish in whole:
        backends.choose((*wish.backends, *wish.own), known)
        if absent := wish.own.keys() - set(wish.backends):
            raise UsageError(
                f"--set {min(absent)}:... names a backend that does not take part",
                f"add it: -b {min(absent)}",
            )
    own = owned((b for b in known if any(b.name in wish.backends for wish in whole)), local)
    found, notices = expand(whole, own, {b.name for b in known if b.boost})
    named = (wish for wish, asked in zip(whole, wishes, strict=True) if asked.backends)
    notices += usual_instead(named, own)
    if any(not wish.backends and not wish.everything for wish in wishes):
        notices += left_out(b.name for b in known if b.supported and not b.all)
    if labels > 1:
        return tuple(labelled(found[0], labels)), notices
    return tuple(found), notices


def _heavy(unnamed: Iterable[Contender], settings: Settings) -> dict[str, int]:
    """Return those of contenders that have over 1 GB to fetch, and how much; nobody is asked."""
    known = {backend.name: backend for backend in backends.discover() if backend.supported}
    found: dict[str, int] = {}
    for contender in unnamed:
        with suppress(KeyError, ModelUnavailable, UsageError):  # `candidates` will say why
            backend = known[contender.backend]
            size = planned(backend, contender, settings, ask=False).download_bytes
            found |= {contender.name: size} if size > _HEAVY_BYTES else {}
    return found


def candidates(options: RunOptions) -> tuple[list[Candidate], list[Skipped]]:
    """Choose who takes part; a skip is a sentence, never a fault.

    Raises UsageError, naming every model that no backend has, and ConfigError.
    """
    known = {backend.name: backend for backend in backends.discover()}
    ready: list[Candidate] = []
    left: list[Skipped] = []
    unknown: dict[str, UsageError] = {}
    for contender in options.contenders:
        try:
            ready.append(_candidate(contender, known, options.settings))
        except (ModelUnavailable, UsageError) as error:
            if isinstance(error, UsageError):
                unknown.setdefault(contender.model, error)
            left.append(skipped(contender, str(error)))
    had = {candidate.contender.model for candidate in ready}
    if missing := [error for model, error in unknown.items() if model not in had]:
        raise UsageError("; ".join(map(str, missing)), missing[0].fix)
    spoken = languages.spoken(options.settings.language)
    able, unable = speaking(ready, spoken)
    takers = [c for c in ready if not c.backend.own_model]  # of the model that is asked for
    if takers and not any(c in able for c in takers):
        reasons = "; ".join(sorted({c.lack(spoken) for c in takers}))
        raise UsageError(reasons, f"{program()} models list --language {spoken[0]}")
    return able, left + unable


def speaking(
    chosen: Sequence[Candidate], spoken: Collection[str]
) -> tuple[list[Candidate], list[Skipped]]:
    """Leave out whose model knows none of the languages spoken; of several at once it may one."""
    told = bool(spoken) and languages.MULTIPLE not in spoken
    unable = [c for c in chosen if told and all(c.lack((each,)) for each in spoken)]
    rows = [skipped(c.contender, c.lack(spoken)) for c in unable]
    return [candidate for candidate in chosen if candidate not in unable], rows


def ranked(settings: Settings, chosen: Sequence[Candidate], others: Iterable[Skipped]) -> list[str]:
    """Return who is ranked; raise NothingToMeasure, and UsageError for --decide of one alone."""
    if not chosen:
        raise nothing(others)
    remote = {c.contender.name for c in chosen if c.backend.remote}
    found = settings.ranked((c.contender.name for c in chosen), remote)
    if settings.plan.bounded_by_time and len(found) == 1:
        raise UsageError(
            f"--decide: {found[0]} is alone, and a difference takes two",
            "name another backend, or measure it against itself: --aa 4",
        )
    return found


def _candidate(contender: Contender, known: Mapping[str, Backend], settings: Settings) -> Candidate:
    backend = known.get(contender.backend)
    if backend is None:
        raise ModelUnavailable(f"there is no backend {contender.backend} here")
    if not backend.supported:
        raise ModelUnavailable(backend.why_unsupported)
    if settings.profile == "parity" and not backend.parity:
        runs = backend.own_model or backend.family
        raise ModelUnavailable(f"runs {runs}, not Whisper: it cannot take part in --parity")
    if backend.remote:
        return Candidate.on_server(contender, backend)
    return Candidate(contender, backend, planned(backend, contender, settings))


def planned(
    backend: Backend, contender: Contender, settings: Settings, *, ask: bool = True
) -> Planned:
    """Return the weights that a contender would run; raise as `provision.plan`."""
    if backend.remote:
        return Candidate.on_server(contender, backend).planned
    return provision.plan(
        backend,
        contender.model,
        settings.weights,
        parity=settings.profile == "parity",
        substitute=settings.substitute,
        boost=contender.boost,
        local={name: Path(path) for name, path in settings.local.items()},
        ask=ask,
    )
