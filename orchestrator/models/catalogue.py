"""What exists: the models of each backend and their sources, read strictly from models.toml."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any

from pydantic import Field

from orchestrator import backends
from orchestrator.backends import Backend
from orchestrator.cache.sources import (
    BESIDE,
    HubSource,
    LocalSource,
    Model,
    ProgramCache,
    Recipe,
    Record,
    Source,
)
from orchestrator.errors import ConfigError, ModelUnavailable, UsageError, did_you_mean, program
from orchestrator.host import Host
from orchestrator.models import convert
from orchestrator.models.convert import Format
from orchestrator.models.facts import Facts, Rule, said_of

# Global and few: the same short name means the same model for every backend.
ALIASES = {"large": "large-v3", "turbo": "large-v3-turbo"}

# OpenAI's own checkpoints: what can be converted, so what `--parity` takes.
OPENAI = re.compile(r"(tiny|base|small|medium)(\.en)?|large-v[123]|large-v3-turbo")

# From the best to the smallest; whoever asks for less than the first begins further down.
LADDER = ("large-v3", "large-v3-turbo", "medium", "small", "base", "tiny")
_VARIANT = re.compile(rf"(?:distil-)?({OPENAI.pattern})(?:-.+)?")

_BY_NAME = Rule(models="*.en", languages=("en",))  # every record is believed before it


class _Document(Record):
    """A whole models.toml; all but `models` is for every one of them."""

    wanted: Annotated[tuple[str, ...], Field(strict=False)] = ()
    optional: Annotated[tuple[str, ...], Field(strict=False)] = ()
    claims: str = "other projects"  # who says what is pinned as "claimed"
    caches: Annotated[tuple[ProgramCache, ...], Field(strict=False)] = ()
    facts: Annotated[tuple[Rule, ...], Field(strict=False)] = ()
    models: Annotated[dict[str, Recipe], Field(min_length=1)]


def canonical(name: str) -> str:
    """Return the name an alias stands for, any other name as it is."""
    return ALIASES.get(name, name)


@cache
def models(backend: Backend) -> dict[str, Model]:
    """Read the backend's models by name, in the file's order.

    A remote one has none: its models are the server's. Raises ConfigError naming the file and key.
    """
    if backend.remote:
        return {}
    document = _document(backend)
    return {name: _model(backend, name, entry, document) for name, entry in document.models.items()}


def usual(backend: Backend) -> str:
    """Return the model that runs where none is asked for: the usual one, else its first."""
    known, wanted = models(backend), backend.default_model
    return wanted if wanted in known else next(iter(known), wanted)


@cache
def facts_of(backend: Backend, name: str) -> Facts:
    """Return what a model's record says besides its files, else its name; raise ConfigError."""
    recorded = _document(backend).facts if name in models(backend) else ()
    return said_of(name, (_BY_NAME, *recorded))


def _document(backend: Backend) -> _Document:
    return _Document.read(backend.folder / "models.toml")


def _model(backend: Backend, name: str, entry: Recipe, document: _Document) -> Model:
    if not convert.has_file(backend.format) and any(s.kind == "wheel" for s in entry.sources):
        path = backend.folder / "models.toml"
        raise ConfigError(
            f"{path}: {name}: a wheel is converted here, and {backend.format} cannot be made",
            f"leave the wheel out, or write orchestrator/models/convert/{backend.format}.py",
        )
    fields: dict[str, Any] = {**dict(entry), "caches": document.caches}
    common = {key: getattr(document, key) for key in ("wanted", "optional", "claims")}
    fields["sources"] = tuple(_completed(source, backend, common) for source in entry.sources)
    claims = {"claims": document.claims}
    for key in BESIDE:
        fields[key] = fields[key] and _completed(fields[key], backend, claims)
    return Model(backend=backend.name, name=name, format=backend.format, **fields)


def _completed(source: Source, backend: Backend, common: Mapping[str, object]) -> Source:
    """Return a source with what the file says of all, and paths that begin at the file's folder.

    A path in the user's home stays as it is written, for pages to be the same everywhere.
    """
    if isinstance(source, HubSource):
        own = {key: getattr(source, key) or value for key, value in common.items()}
        return source.model_copy(update=own)
    if isinstance(source, LocalSource) and source.path.parts[:1] != ("~",):
        return source.model_copy(update={"path": backend.folder / source.path})
    return source


def format_of(backend: Backend, name: str) -> Format:
    """Return what a format is: as its converter says, else as the backend that loads it does."""
    made = convert.module(name)
    if made:
        found: Format = made.FORMAT
        return found
    return Format(what=backend.weights, file=backend.file, needs=backend.needs)


def find(backend: Backend, asked: str) -> Model:
    """Return the backend's record of a model, by name or alias.

    Raises ModelUnavailable when only other backends have it, UsageError when none has: with the
    nearest names and the models of this backend.
    """
    name = canonical(asked)
    own = models(backend)
    if name in own:
        return own[name]
    if backend.remote:
        raise ModelUnavailable(f"{backend.name} has no models here: they are its server's")
    known = {b.name: list(models(b)) for b in backends.discover()}
    if any(name in names for names in known.values()):
        raise ModelUnavailable(
            f"{name} does not exist for {backend.name}; it has: {', '.join(own)}",
            f"{program()} run -b {backend.name} -m {next(iter(own))}",
        )
    every = dict.fromkeys(n for names in known.values() for n in names)
    hint = did_you_mean(asked, [*every, *ALIASES])
    others = f"those of every backend: {program()} models list"
    raise UsageError(
        f"there is no model {asked!r}", f"{hint}{backend.name} has: {', '.join(own)}\n  {others}"
    )


def by_chip(backend: Backend, name: str, chip: str | None = None) -> str | None:
    """Return the variant of a model that its project takes on this chip, where that is another.

    `chip` is one such as "Apple M1 Pro"; this machine's by default. Raises ConfigError for a
    variant without a record.
    """
    known = models(backend)
    chosen = known[name].by_chip if name in known else {}
    for variant in chosen.values():
        if variant not in known:
            path = backend.folder / "models.toml"
            raise ConfigError(f"{path}: {name}: by_chip names no model: {variant}")
    words = (chip or Host.here().chip or "").split() if chosen else []
    variant = next((chosen[word] for word in words if word in chosen), name)
    return None if variant == name else variant


def substitutes(asked: str) -> Iterator[str]:
    """Yield the names that stand in for one, the nearest first; nothing for what is no Whisper.

    A quantised or distilled variant gives way to its own original, large-v1 and v2 to large-v3. An
    English model gives way to the multilingual of its size, then to the next smaller pair, English
    first.
    """
    match = _VARIANT.fullmatch(asked)
    if not match:
        return
    original = match[1]
    size, english = original.removesuffix(".en"), original.endswith(".en")
    begin = LADDER.index(size) if size in LADDER else 0
    names = [original]
    for rung in LADDER[begin:]:
        has_english = not rung.startswith("large")
        names += [f"{rung}.en", rung] if english and has_english else [rung]
    yield from (name for name in dict.fromkeys(names) if name != asked)
