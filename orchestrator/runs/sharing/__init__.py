"""A run in one zip for others, without what tells who made it; and somebody else's taken in."""

from orchestrator.runs.sharing.pack import share
from orchestrator.runs.sharing.unpack import laid_out, receive

__all__ = ["laid_out", "receive", "share"]
