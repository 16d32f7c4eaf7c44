"""A run in one zip for others, without what tells who made it; and somebody else's taken in."""

from orchestrator.share.packing import share
from orchestrator.share.receiving import receive

__all__ = ["receive", "share"]
