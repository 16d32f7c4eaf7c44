"""What a run found: `summary.json`, or `curve.json` of one under sustained work."""

import operator
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, ConfigDict, Field, model_validator

from orchestrator.host import Host
from orchestrator.host.changes import Change
from orchestrator.runs.schema.accuracy import (
    Accuracy,
    Disagreement,
    Disputed,
    ErrorDifference,
    Languages,
)
from orchestrator.runs.schema.contender import Contender, OfContender, alike, asked_in_schema_2
from orchestrator.runs.schema.estimate import Estimate
from orchestrator.runs.schema.groups import Breakdown
from orchestrator.runs.schema.live import LiveSummary
from orchestrator.runs.schema.manifest import OLDEST, SCHEMA, ClipRecord, CorpusRecord, Settings
from orchestrator.runs.schema.noise import NoiseCurve
from orchestrator.runs.schema.record import Notice, Record, Remote, Scalar, Status
from orchestrator.runs.schema.rows import ModelUsed
from orchestrator.runs.schema.terms import TermDifference, TermsHeard
from orchestrator.runs.schema.word_times import WordTimes

Outcome = Literal["pass", "weak", "fail", "no-answer"]


class RobustnessVerdict(Record):
    """How a backend fared in a case, with a sentence for each thing that was found.

    A pass has evidence too where there is any, such as its word error rate.
    """

    # In schema 2 a backend was its own one contender.
    contender: str = Field(validation_alias=AliasChoices("contender", "backend"))
    case: str
    verdict: Outcome
    evidence: tuple[str, ...] = ()


class Costs(Record):
    """What a clip costs whatever its length, and what each minute of audio adds; seconds."""

    fixed: Estimate
    a_minute: Estimate


class Needed(Record):
    """A run of two contenders: which difference it has to decide, and about how many blocks."""

    difference: float
    blocks: int


class PairVerdict(Record):
    """How many times as fast the first is; `outcome` is null where `reason` says why."""

    first: str
    second: str
    ratio: Estimate | None
    outcome: Literal["faster", "slower", "tie", "undecided"] | None
    reason: str | None
    to_decide: Needed | None = None  # what would most likely decide it, where it is undecided

    @model_validator(mode="before")
    @classmethod
    def _without_more_blocks(cls, data: Any) -> Any:  # noqa: ANN401 - whatever is to be validated
        """Read what once said how many more blocks of the same run might decide a pair."""
        return (
            {k: v for k, v in data.items() if k != "more_blocks"}
            if isinstance(data, dict)
            else data
        )


class Verdict(Record):
    """Who is fastest here, by intervals alone; the pairs in the order of the table."""

    headline: str
    pairs: tuple[PairVerdict, ...]


class NoiseCertificate(Record):
    """One backend against itself: the smallest difference this machine can resolve now."""

    resolves: float | None  # a share: 0.04 is 4 %; null with too few blocks
    pairs: int
    false_verdicts: int


class ClipScore(Record):
    """One transcript, scored where there is a reference; `failed` is what came instead."""

    clip: str
    text: str
    wer: float | None
    failed: str | None = None


class ContenderSummary(OfContender):
    """One contender's line in the table."""

    asked: dict[str, Scalar] = Field(default_factory=dict)  # the factors in which some may differ
    status: Status
    reason: str | None = None
    fix: str | None = None
    remote: Remote = False
    model: ModelUsed | None = None
    resolved: dict[str, Scalar] = Field(default_factory=dict)
    seconds: Estimate | None = None
    rtfx: float | None = None
    p90_seconds: float | None = None  # over clips, where there are ten or more
    costs: Costs | None = None  # where clips of three or more lengths ran
    wer: float | None = None
    cer: float | None = None
    accuracy: Accuracy | None = None  # where a clip has a reference
    # Of a run with terms, where a clip has a reference.
    terms: Annotated[TermsHeard | None, Field(exclude_if=operator.not_)] = None
    groups: Annotated[tuple[Breakdown, ...], Field(exclude_if=operator.not_)] = ()  # with --by
    languages: Languages | None = None  # where it had to detect them
    spawn_seconds: float | None = None
    import_seconds: float | None = None
    load_seconds: float | None = None
    first_seconds: float | None = None
    process_seconds: float | None = None  # from its start to its end: what a block takes of it
    environment_seconds: float | None = None
    weights_seconds: float | None = None
    compile_seconds: float | None = None  # a rung of its own, never in a load
    cpu_seconds: float | None = None
    first_segment_seconds: float | None = None
    peak_memory_bytes: int | None = None
    joules_an_audio_hour: float | None = None
    # With --live: of runs without it nothing is stored.
    live: Annotated[LiveSummary | None, Field(exclude_if=operator.not_)] = None
    # With --word-times: likewise.
    word_times: Annotated[WordTimes | None, Field(exclude_if=operator.not_)] = None
    # With --noise: a curve a kind, where clips have references.
    noise: Annotated[tuple[NoiseCurve, ...], Field(exclude_if=operator.not_)] = ()
    transcripts: tuple[ClipScore, ...] = ()  # of a corpus the worst
    warnings: tuple[Notice, ...] = ()


class Summary(Record):
    """`summary.json`: what a run found, for people and for other programs."""

    schema_: int = Field(SCHEMA, alias="schema")
    run_id: str
    host: Host
    settings: Settings
    corpus: CorpusRecord
    clips: tuple[ClipRecord, ...] = ()  # those whose transcripts are shown
    contenders: tuple[ContenderSummary, ...] = ()
    # Of `score --hypotheses`: texts that other systems made of the same clips, without times.
    imported: Annotated[tuple[ContenderSummary, ...], Field(exclude_if=operator.not_)] = ()
    verdict: Verdict | None = None
    # With --live, by the figure of LiveSummary that it is about; the ratio is of its seconds.
    live_verdicts: dict[str, Verdict] = Field(default_factory=dict, exclude_if=operator.not_)
    noise: NoiseCertificate | None = None
    decides: float | None = None  # the smallest difference decided between neighbours in rank
    differences: tuple[ErrorDifference, ...] = ()
    term_differences: Annotated[tuple[TermDifference, ...], Field(exclude_if=operator.not_)] = ()
    front: tuple[str, ...] = ()  # nobody else is both as fast and as accurate
    disagreements: tuple[Disagreement, ...] = ()  # without references
    disputed: tuple[Disputed, ...] = ()
    robustness: tuple[RobustnessVerdict, ...] = ()
    notices: tuple[Notice, ...] = ()  # about the run as a whole
    ended: str = ""  # why after so many blocks
    interrupted: bool = False

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _of_schema_2(cls, data: Any) -> Any:  # noqa: ANN401 - whatever is to be validated
        if not isinstance(data, dict) or data.get("schema") != OLDEST:
            return data
        settings, lines = dict(data["settings"]), data.get("backends", ())
        asked = asked_in_schema_2(settings, [line["backend"] for line in lines])
        factors = [Contender.model_validate(wish).factors for wish in asked]
        read = [{**line, "asked": own} for line, own in zip(lines, factors, strict=True)]
        kept = {key: value for key, value in data.items() if key != "backends"}
        return {**kept, "schema": SCHEMA, "settings": settings, "contenders": read}

    @property
    def alike(self) -> bool:
        """Whether all contenders ask for the same: a run of one against itself."""
        return alike((line.backend, line.asked) for line in self.contenders)

    @property
    def pairs(self) -> tuple[PairVerdict, ...]:
        """The verdicts on every two contenders; none where there was nothing to compare."""
        return self.verdict.pairs if self.verdict else ()

    @property
    def ranked(self) -> tuple[ContenderSummary, ...]:
        """The measured lines that are ranked with each other."""
        lines = [line for line in self.contenders if line.seconds is not None]
        remote = {line.contender for line in lines if line.remote}
        names = self.settings.ranked((line.contender for line in lines), remote)
        return tuple(line for line in lines if line.contender in names)

    @property
    def apart(self) -> tuple[ContenderSummary, ...]:
        """The measured lines of servers, where these are not ranked with the others."""
        ranked = {line.contender for line in self.ranked}
        measured = (line for line in self.contenders if line.seconds is not None)
        return tuple(line for line in measured if line.contender not in ranked)

    def as_json(self) -> str:
        """Return the document as it is stored and printed."""
        return self.model_dump_json(by_alias=True, indent=2) + "\n"


class Minute(Record):
    """The passes that began in one minute, counted from 1."""

    minute: int
    passes: int
    seconds: float  # median of a pass
    rtfx: float


class ThrottleCurve(OfContender):
    """How one backend's speed changes while it works without a pause."""

    run_id: str
    host: Host
    settings: Settings
    model: ModelUsed
    resolved: dict[str, Scalar]
    minutes: tuple[Minute, ...]
    changes: tuple[Change, ...]
