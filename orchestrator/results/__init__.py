"""The stored schema, version 1: a manifest, one row a cell, one summary; absent is null, never 0.

History: 1 - the first.
"""

from orchestrator.results.manifest import ClipRecord, Manifest, Package, Provenance, Settings
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
)
from orchestrator.results.summary import BackendSummary, ClipScore, Estimate, Summary

__all__ = [
    "ROW",
    "BackendSummary",
    "ClipRecord",
    "ClipScore",
    "Estimate",
    "Failed",
    "Manifest",
    "Measured",
    "ModelUsed",
    "Notice",
    "Package",
    "Passes",
    "Provenance",
    "Record",
    "Row",
    "Scalar",
    "SegmentText",
    "Settings",
    "Skipped",
    "Status",
    "Summary",
]
