"""One model from one source: its place in the store, how it stands, what it would take."""

from dataclasses import dataclass
from pathlib import Path

from orchestrator.backends import Backend
from orchestrator.cache.manifest import Check
from orchestrator.cache.sources import (
    HubSource,
    LocalSource,
    Model,
    PackageSource,
    ServerSource,
    Source,
    UrlSource,
    WheelSource,
)
from orchestrator.cache.store import Entry
from orchestrator.models import catalogue, user_files, wheels
from orchestrator.places import environment, site_packages

# Part of every converted folder's place: raised when a converter's output changes.
CONVERTER = "-c1"


@dataclass(frozen=True)
class Planned:
    """What a backend will run and what is still missing for it.

    `download_bytes` is 0 when nothing has to be fetched, and only the publisher's round figure, or
    0 without one, unless `size_known`. `base` is another entry that the files are made of, under
    the python of `maker` where that is not the backend's own. `second` is a model that is beside
    the weights, in a folder of their own; `alone` is the plan without it. `substituted` is the name
    that was asked for, where this is another.
    """

    backend: Backend
    model: Model
    chosen: Source
    entry: Entry
    check: Check
    download_bytes: int
    size_known: bool = True
    base: "Planned | None" = None
    maker: Backend | None = None
    second: HubSource | None = None
    alone: "Planned | None" = None
    prove: bool = False  # the digest over the tensors is wanted of files that are used as they are
    foreign: bool = False  # parity was asked, but this format cannot be made here
    substituted: str | None = None
    notice: str | None = None

    @property
    def name(self) -> str:
        """The model's own name, whatever alias was asked for."""
        return self.model.name

    @property
    def root(self) -> "Planned":
        """The plan of the checkpoint that its files are made of; itself where none is."""
        return self.base.root if self.base else self

    @property
    def source(self) -> str:
        """The kind of source, as rows show it."""
        return "server" if isinstance(self.chosen, ServerSource) else self.chosen.kind

    @property
    def present(self) -> bool:
        """Whether the files are on disk and as recorded."""
        return self.check.state == "complete"

    @property
    def convert(self) -> bool:
        """Whether files are still to be made here, out of a checkpoint or of packages."""
        return not self.present and (bool(self.base) or isinstance(self.chosen, WheelSource))

    @property
    def makers(self) -> frozenset[str]:
        """The backends under whose Python its files are made: their environments come first."""
        own = {self.backend.name}
        if isinstance(self.chosen, PackageSource):
            return frozenset(own)
        if not self.convert:
            return frozenset(own if self.prove else ())
        if not self.base:
            return frozenset(own)
        return frozenset({(self.maker or self.backend).name} | self.base.makers)

    @property
    def revision(self) -> str | None:
        """What is on disk, else what will be fetched; None where only the first use shows it."""
        manifest = self.check.manifest
        wanted = self.chosen.revision if isinstance(self.chosen, HubSource) else None
        return manifest.facts.revision if manifest else wanted

    @property
    def pinned(self) -> str | None:
        """Whether what the record pins is "claimed" or "seen": by a download here, or before."""
        said = self.chosen if isinstance(self.chosen, HubSource) else None
        came = said and said.revision and self.present and self.revision == said.revision
        return "seen" if came else said.pinned if said else None

    @property
    def locked(self) -> bool:
        """Whether the record says exactly which files these are."""
        return not isinstance(self.chosen, HubSource) or self.chosen.revision is not None

    @property
    def path(self) -> Path:
        """What a runner is given: files, or the name of a model on its server."""
        if isinstance(self.chosen, LocalSource) and not self.base:
            return self.chosen.path
        if isinstance(self.chosen, PackageSource):
            return site_packages(self.backend.folder) / self.chosen.path
        form = catalogue.format_of(self.backend, self.entry.format)
        own = self.chosen.single if isinstance(self.chosen, HubSource) and not self.base else ""
        return form.path(self.entry.folder, self.name, own)

    @property
    def second_bytes(self) -> int:
        """What `second` takes to download, as far as its record says."""
        return 0 if self.present or not self.second else exact_bytes(self.second) or 0

    @property
    def total_bytes(self) -> int | None:
        """What the files take: as they are here, else as the record says; None if neither."""
        if self.check.manifest:
            return sum(file.size for file in self.check.manifest.files.values())
        if self.base:
            return self.base.total_bytes
        if isinstance(self.chosen, WheelSource):
            return wheels.wheels()[self.chosen.checkpoint].size
        return exact_bytes(self.chosen) or self.model.about_bytes

    @property
    def download_key(self) -> str:
        """Equal for what is downloaded once, however many backends use it."""
        if origin := self.base or self.alone:
            return origin.download_key
        return f"{self.entry.format}/{self.entry.model}/{self.entry.origin}"


def planned(backend: Backend, model: Model, source: Source) -> Planned:
    """Plan a model from one source, whether that answers or not."""
    if isinstance(source, WheelSource):
        return _from_wheel(backend, model, source)
    if isinstance(source, PackageSource):
        return _in_package(backend, model, source)
    if isinstance(source, LocalSource):
        source = source.model_copy(update={"path": source.path.expanduser()})
        entry = user_files.entry(source.path, model.format, model.name)
        checked = entry.check()
        there = Check("complete" if source.path.exists() else "missing")
        check = checked if checked.state == "complete" else there
        return Planned(backend, model, source, entry, check, download_bytes=0)
    entry = place(model, source)
    check = entry.check()
    missing = check.state != "complete"
    exact = exact_bytes(source)
    return Planned(
        backend=backend,
        model=model,
        chosen=source,
        entry=entry,
        check=check,
        download_bytes=max((exact or model.about_bytes or 0) - entry.kept_bytes(), 0) * missing,
        size_known=exact is not None or not missing,
    )


def _in_package(backend: Backend, model: Model, source: PackageSource) -> Planned:
    """Plan what comes with a package of the backend's environment, which may not be made yet."""
    # Not where it really is, which says Python's version.
    place = environment(backend.folder) / source.path
    entry = user_files.entry(place, model.format, model.name)
    return Planned(backend, model, source, entry, entry.check(), download_bytes=0)


def _from_wheel(backend: Backend, model: Model, source: WheelSource) -> Planned:
    """Plan a checkpoint of packages, and its conversion where the backend wants another format."""
    wheel = wheels.wheels()[source.checkpoint]
    version = "-".join(pin.split("==")[1] for pin in wheel.packages)
    entry = Entry(wheels.FORMAT, source.checkpoint, f"wheel-{version}{CONVERTER}")
    check = entry.check()
    missing = check.state != "complete"
    checkpoint = Planned(
        backend=backend,
        model=model.model_copy(update={"format": wheels.FORMAT}),
        chosen=source,
        entry=entry,
        check=check,
        download_bytes=wheel.download_bytes if missing and not wheel.installed() else 0,
    )
    if model.format == wheels.FORMAT:
        return checkpoint
    return derived(backend, checkpoint, model.format, entry.origin)


def derived(backend: Backend, base: Planned, form: str, origin: str) -> Planned:
    """Plan a format made here out of a checkpoint, which may be missing as well."""
    entry = Entry(form, base.name, origin)
    check = entry.check()
    missing = check.state != "complete"
    return Planned(
        backend=backend,
        model=base.model.model_copy(update={"backend": backend.name, "format": form}),
        chosen=base.chosen,
        entry=entry,
        check=check,
        download_bytes=base.download_bytes if missing else 0,
        size_known=base.size_known or not missing,
        base=base,
    )


def place(model: Model, source: HubSource | UrlSource, suffix: str = "") -> Entry:
    """Return the source's place in the store; `suffix` says what is beside the weights there.

    What was fetched before its record was locked serves on when the record names that revision.
    """
    own = Entry(model.format, model.name, source.origin + suffix)
    if isinstance(source, HubSource) and source.revision and own.check().state == "missing":
        before = source.model_copy(update={"revision": None}).origin
        unlocked = Entry(model.format, model.name, before + suffix)
        manifest = unlocked.check().manifest
        if manifest and manifest.facts.revision == source.revision:
            return unlocked
    return own


def exact_bytes(source: Source) -> int | None:
    """Return what a source's record says all its files take; None where it does not say."""
    if not isinstance(source, HubSource):
        return source.size if isinstance(source, UrlSource) else None
    sizes = [file.size for file in source.files if source.wants(file.name)]
    known = [size for size in sizes if size is not None]
    return sum(known) if known and len(known) == len(sizes) and not source.unlisted else None
