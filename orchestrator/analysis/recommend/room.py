"""Whether a backend fits into a memory of some size, with room for everything else."""

import re

from orchestrator.errors import UsageError
from orchestrator.runs.schema import BackendSummary

_UNITS = {"K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
_BINARY = {"K": 2.0**10, "M": 2.0**20, "G": 2.0**30, "T": 2.0**40}
_SHARE, _LEAST = 0.25, 2e9
HEADROOM = (
    "a quarter of the memory, and 2 GB at least, stays for the system and other programs: what was"
    " measured with memory to spare holds for nothing that swaps, and a Mac's GPU may use little"
    " more than that of it"
)


def parse(text: str) -> float:
    """Return the bytes that 8GB, 512 MB or 16GiB says; raise UsageError for anything else."""
    pattern = r"(\d+(?:\.\d+)?)\s*(?:([KMGT])(i?)B?|B)"
    found = re.fullmatch(pattern, text.strip(), re.IGNORECASE)
    if found is None or float(found[1]) == 0:
        raise UsageError(f"{text!r} is no size of a memory", "write 8GB, 512MB or 16GiB")
    units = _BINARY if found[3] else _UNITS
    return float(found[1]) * units.get((found[2] or "").upper(), 1.0)


def usable(memory: float) -> float:
    """Return the bytes a backend may take at its peak: all but the headroom, none below it."""
    return max(memory - max(_SHARE * memory, _LEAST), 0.0)


def fits(line: BackendSummary, memory: float) -> bool | None:
    """Tell whether a backend's peak leaves the headroom; None where its peak is not known."""
    if line.peak_memory_bytes is None:
        return None
    return line.peak_memory_bytes <= usable(memory)
