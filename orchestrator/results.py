"""The stored schema, version 1: a manifest, one row a cell, one summary; absent is null, never 0.

History: 1 - the first.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from orchestrator.host import Condition, Host

SCHEMA = 1
Scalar = str | int | float | bool | None
Status = Literal["measured", "failed", "skipped"]


class Record(BaseModel):
    """Whatever is stored: immutable, and an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Notice(Record):
    """A warning as a value: what kind, and what it means for the reader."""

    kind: str
    message: str


class ModelUsed(Record):
    """The weights a row ran: one record serves the check, the download and the load."""

    name: str
    source: str
    path: str
    revision: str | None
    sha256: str | None  # of the folder's list of file hashes
    digest: str | None  # of the tensors themselves: equal digests are the same weights
    format: str
    substituted: str | None = None  # the name that was asked for, where this is another


class SegmentText(Record):
    """A stretch of a transcript; seconds from the clip's start, null where the engine has none."""

    start: float | None
    end: float | None
    text: str


class Passes(Record):
    """One clip's timed passes in one process, in order."""

    clip: str
    seconds: tuple[float, ...]  # the orchestrator's clock, around request and reply
    runner_seconds: tuple[float, ...]  # the runner's own clock: a diagnostic, never compared
    first_segment_seconds: float | None
    text: str
    other_texts: tuple[str, ...]  # what later passes gave where it differs
    language: str | None
    segments: tuple[SegmentText, ...]


class Measured(Record):
    """A cell that ran to its end."""

    status: Literal["measured"] = "measured"
    backend: str
    block: int
    started_at: str
    model: ModelUsed
    resolved: dict[str, Scalar]
    python: str | None
    spawn_seconds: float
    import_seconds: float
    load_seconds: float
    warm_up_seconds: tuple[float, ...]
    clips: tuple[Passes, ...]
    peak_memory_bytes: int | None
    warnings: tuple[Notice, ...] = ()


class Failed(Record):
    """A cell, or a backend's preparation (block 0), that did not: why, and what mends it."""

    status: Literal["failed"] = "failed"
    backend: str
    block: int
    started_at: str
    kind: str
    reason: str
    fix: str
    detail: str = ""
    log_tail: str = ""
    model: ModelUsed | None = None


class Skipped(Record):
    """A backend that cannot run here, for a reason that is nobody's fault."""

    status: Literal["skipped"] = "skipped"
    backend: str
    reason: str


Row = Annotated[Measured | Failed | Skipped, Field(discriminator="status")]
ROW: TypeAdapter[Measured | Failed | Skipped] = TypeAdapter(Row)


class ClipRecord(Record):
    """A clip as a run knows it; the audio itself stays where it was."""

    name: str
    path: str
    sha256: str
    seconds: float
    samples: int
    reference: str | None
    language: str | None


class Package(Record):
    """One installed distribution."""

    name: str
    version: str


class Provenance(Record):
    """What a backend's environment was made of."""

    backend: str
    lock_sha256: str | None
    library: str
    packages: tuple[Package, ...]
    model: ModelUsed


class Settings(Record):
    """What was asked of every backend."""

    model: str
    weights: str
    profile: Literal["recommended", "parity"]
    language: str | None
    threads: int
    device: str
    blocks: int
    repeats: int | None  # null: 3, or 1 where a pass takes over 5 s
    seed: int


class Manifest(Record):
    """Everything needed to run the same again."""

    schema_version: int = SCHEMA
    run_id: str
    version: str
    started_at: str
    host: Host
    condition: Condition
    uv: str
    settings: Settings
    order: tuple[str, ...]  # cell keys, as drawn
    clips: tuple[ClipRecord, ...]
    warm_up: ClipRecord
    backends: tuple[Provenance, ...]


class Estimate(Record):
    """A median with its 95 % interval over `n` blocks; no interval exists under six."""

    median: float
    low: float | None
    high: float | None
    n: int


class ClipScore(Record):
    """One transcript, scored where there is a reference."""

    clip: str
    text: str
    wer: float | None


class BackendSummary(Record):
    """One backend's line in the table."""

    backend: str
    status: Status
    reason: str | None = None
    fix: str | None = None
    model: ModelUsed | None = None
    resolved: dict[str, Scalar] = {}
    seconds: Estimate | None = None
    rtfx: float | None = None
    wer: float | None = None
    cer: float | None = None
    spawn_seconds: float | None = None
    import_seconds: float | None = None
    load_seconds: float | None = None
    first_seconds: float | None = None
    first_segment_seconds: float | None = None
    peak_memory_bytes: int | None = None
    transcripts: tuple[ClipScore, ...] = ()
    warnings: tuple[Notice, ...] = ()


class Summary(Record):
    """`summary.json`: what a run found, for people and for other programs."""

    schema_: int = Field(SCHEMA, alias="schema")
    run_id: str
    host: Host
    settings: Settings
    clips: tuple[ClipRecord, ...]
    backends: tuple[BackendSummary, ...]
    interrupted: bool = False

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    def as_json(self) -> str:
        """Return the document as it is stored and printed."""
        return self.model_dump_json(by_alias=True, indent=2) + "\n"
