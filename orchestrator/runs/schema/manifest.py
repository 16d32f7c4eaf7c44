"""`manifest.json`: everything needed to run the same again."""

import operator
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass

from orchestrator.host import Condition, Host
from orchestrator.runs.schema.contender import Contender, OfContender, asked_in_schema_2
from orchestrator.runs.schema.noise import ListeningConditions, NoiseTrack
from orchestrator.runs.schema.plan import FULL, Cell, Profile
from orchestrator.runs.schema.record import Record
from orchestrator.runs.schema.rows import ModelUsed
from orchestrator.runs.schema.terms import Term
from orchestrator.runs.schema.word_times import TimeKind

SCHEMA = 3
OLDEST = 2  # of the schemas that are still read


class ClipRecord(Record):
    """A clip as a run knows it, a line of `clips.jsonl`; the audio itself stays where it was."""

    name: str
    path: Path  # as given
    sha256: str  # of the file there, not of its samples
    seconds: float
    samples: int
    reference: str | None
    language: str | None
    speaker: str | None = None  # or the recording it was cut from: errors cluster by it
    alternatives: Annotated[tuple[str, ...], Field(exclude_if=operator.not_)] = ()  # as good
    # What else its corpus says of it, by the column: accent, gender, device.
    groups: dict[str, str] = Field(default_factory=dict, exclude_if=operator.not_)
    # Times of transcripts count from the clip's first sample, which may be later in the recording.
    offset: Annotated[float, Field(exclude_if=operator.not_)] = 0.0
    track: Annotated[int | None, Field(exclude_if=operator.not_)] = None  # null: the default one
    notes: Annotated[tuple[str, ...], Field(exclude_if=operator.not_)] = ()  # what is odd about it


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class Fault:
    """What of a corpus cannot be used: where (a file, or a file and line), and why."""

    where: str
    what: str


class CorpusRecord(Record):
    """What a run transcribes as a whole; `digest` is over the names and hashes of its clips."""

    name: str
    kind: str
    revision: str | None = None
    clips: int = 0
    # Absent where texts alone were scored: nothing was decoded.
    seconds: Annotated[float, Field(exclude_if=operator.not_)] = 0.0
    languages: tuple[str, ...] = ()
    digest: str = ""
    faults: tuple[Fault, ...] = ()  # the first ones
    unusable: int = 0  # how many there are
    # What nobody said, by kind: speaker labels, time codes, notes in brackets.
    left_out: dict[str, int] = Field(default_factory=dict, exclude_if=operator.not_)


class Package(Record):
    """One installed distribution."""

    name: str
    version: str


class Origin(Record):
    """Where a backend came from that is not this program's own: a package, or a folder `path`."""

    package: str | None = None
    version: str | None = None
    path: Path | None = None

    def __str__(self) -> str:
        return f"{self.package} {self.version}" if self.package else str(self.path)


class Provenance(OfContender):
    """What a contender's environment was made of."""

    # Of a backend from outside: what is ours has the version and the lock.
    origin: Annotated[Origin | None, Field(exclude_if=operator.not_)] = None
    runner_sha256: Annotated[str | None, Field(exclude_if=operator.not_)] = None
    lock_sha256: str | None
    library: str
    packages: tuple[Package, ...]
    model: ModelUsed
    # How its engine times words, where a run is about that.
    word_times: Annotated[TimeKind | None, Field(exclude_if=operator.not_)] = None
    executable_sha256: str | None = None  # of a Swift runner: what the system compiles models for


class Settings(Record):
    """What was asked of every contender alike."""

    weights: str
    profile: Literal["recommended", "parity"]
    language: str | None  # "auto": detected, and the detection is measured
    plan: Profile
    repeats: int | None  # null: 3, or 1 where a pass takes over 5 s
    seed: int
    budget_seconds: float | None = None
    # Whether the processes of a block take turns; "auto": those that do not disturb each other.
    interleave: Literal["auto", "on", "off"] = "off"
    region: float = 0.03  # ratios this close to 1 are a tie in practice
    load: str | None = None  # a command that kept the machine busy meanwhile
    substitute: bool = False
    local: dict[str, str] = Field(default_factory=dict)  # --model-path, by name
    corpus: str | None = None  # as asked; null is the clips named, or the bundled one
    limit: int | None = None  # a sample of so many clips, drawn by the seed
    references: bool = True  # false: --no-reference
    robustness: bool = False
    # How texts are made alike before they are compared: scoring/text.py.
    normalizer: Literal["auto", "english", "basic", "simplified", "none"] = "auto"
    track: Annotated[int | None, Field(exclude_if=operator.not_)] = None  # of every recording
    terms: Annotated[tuple[Term, ...], Field(exclude_if=operator.not_)] = ()  # names and jargon
    by: Annotated[tuple[str, ...], Field(exclude_if=operator.not_)] = ()  # columns to group by
    # With --live: seconds of audio a second, at which clips are spoken after their timed passes.
    pace: Annotated[float | None, Field(exclude_if=operator.not_)] = None
    # With --word-times: how far the times that engines give to words are from known ones.
    word_times: Annotated[bool, Field(exclude_if=operator.not_)] = False
    # With --noise and --reverb: how clips are made hard to hear, once more for each.
    noise: Annotated[ListeningConditions | None, Field(exclude_if=operator.not_)] = None
    rank_remote: Annotated[bool, Field(exclude_if=operator.not_)] = False  # beside local ones

    @property
    def needs_word_times(self) -> bool:
        """Whether anything is measured by when words are spoken."""
        return self.word_times or self.pace is not None

    def ranked(self, names: Iterable[str], remote: Collection[str]) -> list[str]:
        """Return who of these is ranked: who computes here, or all where nobody does or asked."""
        every = list(names)
        local = [name for name in every if name not in remote]
        return every if self.rank_remote or not local else local

    @model_validator(mode="before")
    @classmethod
    def _ended_by_width(cls, data: Any) -> Any:  # noqa: ANN401 - whatever is to be validated
        """Read a plan that says how narrow intervals end it: 3 % either way, then the only one."""
        plan = data.get("plan") if isinstance(data, dict) else None
        if not isinstance(plan, dict) or "narrow" not in plan:
            return data
        kept = {key: value for key, value in plan.items() if key != "narrow"}
        decides = None if plan["narrow"] is None else FULL.decides
        return {**data, "plan": kept | {"decides": decides}}


class Preparation(OfContender):
    """What had to be done before a contender could run; seconds, null where nothing was to do."""

    environment_seconds: float | None
    weights_seconds: float | None
    compile_seconds: float | None = (
        None  # the first load of a model that is compiled for the machine
    )


class Manifest(Record):
    """Everything needed to run the same again.

    It is written when a run begins, with nothing in `backends` and `preparation`, and once more,
    whole, when all are prepared and the first cell is about to start.
    """

    schema_version: int = SCHEMA
    run_id: str
    version: str
    started_at: str
    host: Host
    condition: Condition
    uv: str
    settings: Settings
    contenders: tuple[Contender, ...]
    order: tuple[str, ...]  # cell keys, as drawn
    corpus: CorpusRecord
    warm_ups: tuple[ClipRecord, ...]
    noise_tracks: Annotated[tuple[NoiseTrack, ...], Field(exclude_if=operator.not_)] = ()
    backends: tuple[Provenance, ...]
    preparation: tuple[Preparation, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _of_schema_2(cls, data: Any) -> Any:  # noqa: ANN401 - whatever is to be validated
        if not isinstance(data, dict) or data.get("schema_version") != OLDEST:
            return data
        names = [made["backend"] for made in data["backends"]]
        names = names or sorted({Cell.of(key).contender for key in data["order"]})
        settings = dict(data["settings"])
        asked = asked_in_schema_2(settings, names)
        return {**data, "schema_version": SCHEMA, "settings": settings, "contenders": asked}

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells in order."""
        return tuple(map(Cell.of, self.order))
