"""What catalogue.toml can say about one corpus: where it is, and where in it what is."""

from typing import Annotated

from pydantic import Field, model_validator

from orchestrator.cache.records import HubSource, Record, UrlSource

_Texts = Annotated[tuple[str, ...], Field(strict=False)]


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
    configs: Annotated[dict[str, str], Field(default_factory=dict)]
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
