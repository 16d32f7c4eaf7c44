"""The stored schema, version 1: a manifest, one row a cell, one summary; absent is null, never 0.

History: 1 - the first.
"""

from orchestrator.results.manifest import (
    ClipRecord,
    Manifest,
    Package,
    Preparation,
    Provenance,
    Settings,
)
from orchestrator.results.record import Notice, Record, Scalar, Status
from orchestrator.results.rows import (
    ROW,
    Failed,
    Measured,
    ModelUsed,
    Passes,
    Row,
    SegmentText,
    Skipped,
    WarmUp,
)
from orchestrator.results.summary import (
    BackendSummary,
    ClipScore,
    Costs,
    Estimate,
    NoiseCertificate,
    PairVerdict,
    Summary,
    Verdict,
)
from orchestrator.results.throttle import Minute, ThrottleCurve

__all__ = [
    "ROW",
    "BackendSummary",
    "ClipRecord",
    "ClipScore",
    "Costs",
    "Estimate",
    "Failed",
    "Manifest",
    "Measured",
    "Minute",
    "ModelUsed",
    "NoiseCertificate",
    "Notice",
    "Package",
    "PairVerdict",
    "Passes",
    "Preparation",
    "Provenance",
    "Record",
    "Row",
    "Scalar",
    "SegmentText",
    "Settings",
    "Skipped",
    "Status",
    "Summary",
    "ThrottleCurve",
    "Verdict",
    "WarmUp",
]
