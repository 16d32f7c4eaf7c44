"""The stored schema, version 2: a manifest, one row a cell, one summary; absent is null, never 0.

History: 1 - the first. 2 - clips and passes in files of their own, a line each: a corpus need not
fit into memory.
"""

from orchestrator.host import PRESSURES, Condition, Host
from orchestrator.runs.schema.accuracy import (
    Accuracy,
    Disagreement,
    Disputed,
    ErrorDifference,
    Formatting,
    Languages,
    Rate,
)
from orchestrator.runs.schema.manifest import (
    ClipRecord,
    CorpusFault,
    CorpusRecord,
    Manifest,
    Package,
    Preparation,
    Provenance,
    Settings,
)
from orchestrator.runs.schema.record import Notice, Record, Scalar, Status
from orchestrator.runs.schema.robustness import RobustnessVerdict
from orchestrator.runs.schema.rows import (
    ROW,
    Detection,
    Failed,
    Measured,
    ModelUsed,
    Passes,
    Row,
    SegmentText,
    Skipped,
    WarmUp,
)
from orchestrator.runs.schema.summary import (
    ContenderSummary,
    ClipScore,
    Costs,
    Estimate,
    NoiseCertificate,
    PairVerdict,
    Summary,
    Verdict,
)
from orchestrator.runs.schema.throttle import Minute, ThrottleCurve

__all__ = [
    "PRESSURES",
    "ROW",
    "Accuracy",
    "ContenderSummary",
    "ClipRecord",
    "ClipScore",
    "Condition",
    "CorpusFault",
    "CorpusRecord",
    "Costs",
    "Detection",
    "Disagreement",
    "Disputed",
    "ErrorDifference",
    "Estimate",
    "Failed",
    "Formatting",
    "Host",
    "Languages",
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
    "Rate",
    "Record",
    "RobustnessVerdict",
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
