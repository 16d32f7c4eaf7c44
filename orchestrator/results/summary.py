"""`summary.json`: what a run found, for people and for other programs."""

from pydantic import ConfigDict, Field

from orchestrator.host import Host
from orchestrator.results.manifest import SCHEMA, ClipRecord, Settings
from orchestrator.results.record import Notice, Record, Scalar, Status
from orchestrator.results.rows import ModelUsed


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
    resolved: dict[str, Scalar] = Field(default_factory=dict)
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
