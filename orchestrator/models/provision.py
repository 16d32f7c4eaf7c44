"""From a model's name to files on disk: what is needed (`plan`), then having it (`ensure`)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from orchestrator.backends import Backend
from orchestrator.cache import disk
from orchestrator.cache.hub import listings, obstacle
from orchestrator.cache.progress import Advance, Listen, Progress
from orchestrator.cache.sources import HubSource, ServerSource
from orchestrator.errors import CleanroomError, ModelUnavailable, UsageError
from orchestrator.host.tasks import Tasks
from orchestrator.models import build, catalogue, choose_source
from orchestrator.models.plan import Planned, exact_bytes
from orchestrator.places import cache_folder
from orchestrator.runs.schema import ModelUsed

# Downloads share one line, and a server gives each connection a part of it; of conversions fewer
# run at once (models/converter.py).
AT_ONCE = 4


@dataclass(frozen=True)
class Outcome:
    """What became of one model of several: either it is here, or an error says why not."""

    planned: Planned
    provisioned: ModelUsed | None = None
    error: CleanroomError | None = None


def plan(  # noqa: PLR0913 - each is one of the user's own options, and has a name
    backend: Backend,
    model_name: str,
    weights: str = "auto",
    *,
    parity: bool = False,
    substitute: bool = False,
    boost: bool = False,
    local: Mapping[str, Path] | None = None,
    ask: bool = True,
) -> Planned:
    """Say what a backend needs for a model; changes nothing.

    `parity` plans OpenAI's one checkpoint in the backend's format; `substitute` allows the nearest
    model where this one cannot be had; `boost` wants the second model of an engine that hears terms
    by one; `local` has the user's own folders by NAME or BACKEND/NAME. Without `ask` the network is
    left alone: the preferred source that is complete is taken, else the preferred one.

    Raises UsageError for an unknown name, an unknown `weights`, a folder that is no such model;
    ModelUnavailable where this backend or this machine cannot have the model.
    """
    folders = {_canonical(key): path for key, path in (local or {}).items()}
    wish = choose_source.Wish(weights, parity=parity, boost=boost, local=folders, ask=ask)
    name = catalogue.canonical(model_name)
    # A product is what its project makes of this machine, as with its own precision.
    own = parity or wish.folder(backend, name)
    if not own and (variant := catalogue.by_chip(backend, name)):
        return replace(choose_source.choose(backend, variant, wish), substituted=model_name)
    try:
        return choose_source.choose(backend, name, wish)
    except ModelUnavailable:
        for other in catalogue.substitutes(name) if substitute else ():
            try:
                return replace(choose_source.choose(backend, other, wish), substituted=model_name)
            except (ModelUnavailable, UsageError):
                continue
        raise


def _canonical(key: str) -> str:
    """Return NAME or BACKEND/NAME with the name that an alias stands for."""
    backend, slash, name = key.rpartition("/")
    return f"{backend}{slash}{catalogue.canonical(name)}"


def each_source(backend: Backend, model_name: str, *, boost: bool = False) -> tuple[Planned, ...]:
    """Plan each source that a model's record has, the preferred first; the network is left alone.

    Raises UsageError, ModelUnavailable.
    """
    model = catalogue.find(backend, model_name)
    with_second = partial(choose_source.with_second, backend, model, boost=boost)
    return tuple(map(with_second, model.sources))


def each_download(several: Iterable[Planned]) -> list[Planned]:
    """Return one of those that share a download: the one that takes most, a second model's too."""
    ordered = sorted(several, key=lambda planned: planned.download_bytes)
    return list({planned.download_key: planned for planned in ordered}.values())


def sized(several: Sequence[Planned]) -> list[Planned]:
    """Ask the hub, in one go, for the sizes that no record knows; what it does not say stays.

    For the announcement of a total before anything is fetched. Raises ModelError.
    """
    unknown = {i: _hub_sources(p) for i, p in enumerate(several) if not p.size_known}
    asked = list(dict.fromkeys(source for sources in unknown.values() for source in sources))
    if not asked or obstacle():
        return list(several)
    answers = zip(asked, listings(asked), strict=True)
    sizes = {each: exact_bytes(found) for each, found in answers if isinstance(found, HubSource)}
    found = list(several)
    for i, sources in unknown.items():
        each = [sizes.get(source) for source in sources]
        known = [size for size in each if size is not None]
        if known and len(known) == len(each):
            root = several[i].root
            left = max(sum(known) - (root.alone or root).entry.kept_bytes(), 0)
            found[i] = replace(several[i], download_bytes=left, size_known=True)
    return found


def _hub_sources(planned: Planned) -> list[HubSource]:
    """Return what has still to come from the hub: where the weights are here, only the second."""
    root = planned.root
    here = root.alone is not None and root.alone.present
    every = (root.second,) if here else (root.chosen, root.model.tokenizer, root.second)
    return [source for source in every if isinstance(source, HubSource)]


def ensure(planned: Planned, progress: Progress = lambda _doing, _fraction: None) -> ModelUsed:
    """Return the weights on disk, checked; download and convert first what is missing.

    Whoever converts must have its environment in sync. `progress` gets what is being done and how
    far it is, 0 to 1, None where unknown. Raises ModelError.
    """
    return fetch(planned, lambda advance: progress(advance.words, advance.fraction))


def fetch(planned: Planned, listen: Listen = lambda _advance: None) -> ModelUsed:
    """Do the same, telling bytes and rate. Raises ModelError."""
    if isinstance(planned.chosen, ServerSource):  # nobody here can see the files
        return ModelUsed(
            name=planned.name,
            path=planned.path,
            source=planned.source,
            revision=None,
            sha256=None,
            digest=None,
            format=planned.backend.format,
        )
    manifest = build.have(planned, listen)
    return ModelUsed(
        name=planned.name,
        path=planned.path,
        source=manifest.facts.source,
        revision=manifest.facts.revision,
        sha256=manifest.sha256,
        format=planned.backend.format,
        substituted=planned.substituted,
        digest=manifest.facts.digest,
        note=_note(planned),
    )


def fetch_all(
    several: Sequence[Planned],
    listen: Callable[[Planned, Advance], None] = lambda _planned, _advance: None,
) -> list[Outcome]:
    """Have several models, some at once; return what became of each, in order.

    What two of them share is made by one while the other waits. Raises ModelError when they do not
    all fit on the disk: nothing is begun then.
    """
    needed = sum(planned.download_bytes for planned in each_download(several))
    models = cache_folder() / "models"
    with disk.explained(models, needed):
        disk.need_room(models, needed)

    with Tasks() as tasks:
        heard, pool = tasks.heard(listen), tasks.pool(AT_ONCE)
        started = [tasks.start(pool, partial(_outcome, p, partial(heard, p))) for p in several]
        for _ in tasks.ended():
            pass
        return [task.result() for task in started]


def _outcome(planned: Planned, listen: Listen) -> Outcome:
    try:
        return Outcome(planned, fetch(planned, listen))
    except CleanroomError as error:
        return Outcome(planned, error=error)


def _note(planned: Planned) -> str | None:
    """Return what a reader of the row should know of these files."""
    root = planned.root
    notes = []
    if not root.locked:
        notes.append("revision recorded at first use")
    if planned.foreign:
        source = root.chosen
        publisher = source.repository if isinstance(source, HubSource) else source.place
        notes.append(f"converted by its publisher ({publisher}), not from the common checkpoint")
    return "; ".join(notes) or None
