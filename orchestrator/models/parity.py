"""The one checkpoint that `--parity` converts for every Whisper backend."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from orchestrator import backends
from orchestrator.backends import Backend
from orchestrator.cache.formats import OPENAI
from orchestrator.cache.sources import LocalSource
from orchestrator.cache.store import Entry
from orchestrator.errors import UsageError
from orchestrator.models import catalogue, wheels
from orchestrator.models.catalogue import HubSource, Model, Source, UrlSource, WheelSource
from orchestrator.models.convert import READERS, WRITERS
from orchestrator.models.planned import Planned

_OPENAI_ON_THE_HUB = "openai/"


def expect_comparable(name: str) -> None:
    """Raise UsageError for a model that exists in its publisher's format alone."""
    if OPENAI.fullmatch(name):
        return
    kind = "distilled" if name.startswith("distil") else "quantised or otherwise changed"
    raise UsageError(
        f"--parity converts one of OpenAI's checkpoints for every backend; {name} is {kind} by its"
        " publisher and cannot be the same everywhere",
        "python -m orchestrator run --parity -m small",
    )


def convertible(backend: Backend) -> bool:
    """Whether its format can be made here; CoreML's cannot."""
    return backend.format in WRITERS


def checkpoints(
    name: str, among: Sequence[Backend] | None = None
) -> Iterator[tuple[Model, Backend]]:
    """Yield the ways to OpenAI's checkpoint, each as a model of one source, the preferred first.

    The hub's safetensors, OpenAI's own file, the packages. They are the sources that records of
    those formats have, so that a backend of that very format shares the files.
    """
    known = [b for b in among or backends.discover() if b.parity]
    ways: list[tuple[str, type[HubSource | UrlSource]]] = [
        ("huggingface", HubSource),
        ("pt", UrlSource),
    ]
    for form, kind in ways:
        for backend in (b for b in known if b.format == form):
            model = catalogue.models(backend).get(name)
            for source in model.sources if model else ():
                if isinstance(source, kind) and _is_openais(source):
                    yield _model(backend, name, source), backend
    if name in wheels.wheels():
        source = WheelSource(kind="wheel", checkpoint=name)
        ct2 = next((b for b in known if b.format == "ct2"), None)
        if ct2:
            yield _model(ct2, name, source), ct2


def local_format(path: Path) -> str:
    """Return the format of a checkpoint of the user's; raise UsageError for no such thing."""
    forms = {"ct2": "ct2", "safetensors_folder": "huggingface", "pt_file": "pt"}
    place = path.expanduser()
    for mark, module in READERS.items():
        if (place / mark).is_file() or (place.is_file() and place.suffix == mark):
            return forms[module]
    raise UsageError(
        f"{path} is no checkpoint that --parity can convert",
        "give a CTranslate2 folder, a Hugging Face folder with model.safetensors, or a .pt file",
    )


def converted(backend: Backend, base: Planned, origin: str) -> Planned:
    """Plan the backend's own format of a checkpoint, or the checkpoint itself where it is that.

    What torch alone can read becomes a Hugging Face folder first, which numpy can: only one
    environment with torch is needed, and whisper-mps keeps the tokenizer such a file lacks.
    """
    if base.entry.format == backend.format:
        model = base.model.model_copy(update={"backend": backend.name})
        return replace(base, backend=backend, model=model, prove=True)
    if base.entry.format != "pt":
        return derived(backend, base, backend.format, origin)
    reader = next(b for b in (backend, *backends.discover()) if b.format == "pt")
    readable = replace(derived(backend, base, "huggingface", origin), maker=reader)
    if backend.format == "huggingface":
        return readable
    return derived(backend, readable, backend.format, origin)


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
        convert=missing,
        base=base,
    )


def _is_openais(source: Source) -> bool:
    return not isinstance(source, HubSource) or source.repository.startswith(_OPENAI_ON_THE_HUB)


def _model(backend: Backend, name: str, source: Source) -> Model:
    return Model(backend=backend.name, name=name, format=backend.format, sources=(source,))


def local_model(backend: Backend, name: str, form: str, path: Path) -> Model:
    """Return the user's own checkpoint as a model."""
    source = LocalSource(kind="local", path=path.expanduser().absolute())
    return Model(backend=backend.name, name=name, format=form, sources=(source,))
