"""`manifest.json`: everything needed to run the same again."""

from typing import Literal

from pydantic import Field

from orchestrator.host import Condition, Host
from orchestrator.plan import Profile
from orchestrator.results.record import Record
from orchestrator.results.rows import ModelUsed

SCHEMA = 1


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
    plan: Profile
    repeats: int | None  # null: 3, or 1 where a pass takes over 5 s
    seed: int
    budget_seconds: float | None = None
    region: float = 0.03  # ratios this close to 1 are a tie in practice
    load: str | None = None  # a command that kept the machine busy meanwhile
    labels: int = 1  # an A/A run: one backend against itself under so many labels
    substitute: bool = False
    local: dict[str, str] = Field(default_factory=dict)  # --model-path, by name


class Preparation(Record):
    """What had to be done before a backend could run; seconds, null where nothing was to do."""

    backend: str
    environment_seconds: float | None
    weights_seconds: float | None


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
    warm_ups: tuple[ClipRecord, ...]
    backends: tuple[Provenance, ...]
    preparation: tuple[Preparation, ...] = ()
