"""A run in one zip for others, without what tells who made it; and somebody else's taken in."""

from orchestrator.runs.sharing.packing import share
from orchestrator.runs.sharing.receiving import receive

__all__ = ["receive", "share"]
