"""`curve.json`: one backend under sustained work, minute by minute."""

from orchestrator.host import Host
from orchestrator.host.changes import Change
from orchestrator.runs.schema.contender import OfContender
from orchestrator.runs.schema.manifest import Settings
from orchestrator.runs.schema.record import Record, Scalar
from orchestrator.runs.schema.rows import ModelUsed


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
