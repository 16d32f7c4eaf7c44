"""The corpora known by name, read strictly from catalogue.toml."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from orchestrator.cache.sources import HubSource, Record, UrlSource
from orchestrator.clips import languages
from orchestrator.clips.corpora import download

_Texts = Annotated[tuple[str, ...], Field(strict=False)]

FILE = Path(__file__).with_name("catalogue.toml")


class Columns(Record):
    """The columns of a dataset's parquet files."""

    text: str
    audio: str = "audio"
    name: str | None = None  # else the name of the audio file
    speaker: str | None = None
    speaker_until: str | None = None  # the speaker, or recording, is the name up to this
    seconds: str | None = None
    per_second: float = 1.0  # of the numbers in `seconds`: 16,000 where they count samples


class Offer(Record):
    """One corpus; or, with `configs`, one for each of these languages.

    The source's patterns have `{config}` for what the publisher calls a language.
    """

    about: str
    licence: str
    language: str | None = None
    configs: dict[str, str] = Field(default_factory=dict)
    hours: float | None = None  # of one language
    about_bytes: int | None = None  # of the download, for one language
    source: Annotated[HubSource | UrlSource, Field(discriminator="kind")] | None = None
    columns: Columns | None = None  # of a hub's dataset
    reference: str | None = None  # of a single clip
    bundled: _Texts = ()  # files of orchestrator/clips/audio/bundled
    elsewhere: str = ""  # how to come by what has no source
    notes: _Texts = ()

    @model_validator(mode="after")
    def _can_be_read(self) -> "Offer":
        if isinstance(self.source, HubSource) != (self.columns is not None):
            raise ValueError("columns are given for a source on the hub, and for no other")
        if not (self.source or self.bundled or self.elsewhere):
            raise ValueError("source, bundled or elsewhere must be given")
        return self

    @property
    def languages(self) -> tuple[str, ...]:
        """The codes of what is spoken in it."""
        return tuple(self.configs) or ((self.language,) if self.language else ())

    @property
    def place(self) -> str:
        """The repository or address it comes from."""
        if self.source is None:
            return "in this package" if self.bundled else "its publisher"
        source = self.source
        return source.repository if isinstance(source, HubSource) else source.place


class _Document(Record):
    corpora: dict[str, Offer]


@dataclass(frozen=True)
class Named:
    """One corpus under the name it is asked for by: of one language, its patterns filled in."""

    name: str
    offer: Offer
    language: str | None

    @property
    def is_here(self) -> bool:
        """Whether nothing has to be fetched for it."""
        source = self.offer.source
        return bool(self.offer.bundled) or (source is not None and download.has(self.name, source))


@dataclass(frozen=True)
class Listed:
    """One line of the catalogue: what a user chooses by.

    `name` is "fleurs-LANGUAGE" where there is one corpus a language; `here` are the names of those
    on the disk.
    """

    name: str
    offer: Offer
    here: tuple[str, ...]


@cache
def offers(file: Path = FILE) -> dict[str, Offer]:
    """Read the catalogue, in its order; raise ConfigError naming the file and key."""
    return _Document.read(file).corpora


def names() -> list[str]:
    """Name every corpus; of one that comes by language, one name a language."""
    return [each.name for name, offer in offers().items() for each in _each(name, offer)]


def find(name: str, language: str | None) -> Named | None:
    """Return the corpus of this name; `fleurs` with the language fr is `fleurs-fr`."""
    named = (each for key, offer in offers().items() for each in _each(key, offer))
    if found := next((each for each in named if each.name == name), None):
        return found
    of_languages = _each(name, offers()[name]) if name in offers() else []
    return next((each for each in of_languages if each.language == language), None)


def listed() -> tuple[Listed, ...]:
    """Return the catalogue for a person to choose from, in its order."""
    return tuple(
        Listed(
            name=f"{name}-LANGUAGE" if offer.configs else name,
            offer=offer,
            here=tuple(each.name for each in _each(name, offer) if each.is_here),
        )
        for name, offer in offers().items()
    )


def _each(name: str, offer: Offer) -> list[Named]:
    if not offer.configs:
        return [Named(name, offer, offer.language)]
    return [
        Named(f"{name}-{code}", _filled(offer, config), languages.code(code))
        for code, config in offer.configs.items()
    ]


def _filled(offer: Offer, config: str) -> Offer:
    """Return the offer of one language; what is known of its files, and no others."""
    source = offer.source
    if not isinstance(source, HubSource):
        return offer
    wanted = tuple(pattern.format(config=config) for pattern in source.wanted)
    source = source.model_copy(update={"wanted": wanted})
    files = tuple(file for file in source.files if source.wants(file.name))
    return offer.model_copy(update={"source": source.model_copy(update={"files": files})})
