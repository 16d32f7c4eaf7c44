"""The peak memory of one living process, as its own system counts it."""

import sys
from pathlib import Path

from orchestrator.host import apple


def peak_bytes(pid: int) -> int | None:
    """Return the peak of this process only, children excluded; None where it cannot be known.

    Linux: VmHWM, resident pages (proc(5)). macOS: the lifetime maximum of the physical footprint,
    which counts Metal buffers as resident memory does not. Read it before the process exits:
    `ru_maxrss` of a dead child includes what its parent held when it forked.
    """
    if sys.platform == "darwin":
        return _footprint(pid, apple.LIFETIME_MAX_PHYS_FOOTPRINT) or None
    return _high_water_mark(pid)


def peak_neural_bytes(pid: int) -> int | None:
    """Return the peak of the Neural Engine's memory; 0 is macOS saying that none was held."""
    return _footprint(pid, apple.LIFETIME_MAX_NEURAL_FOOTPRINT)


def _high_water_mark(pid: int) -> int | None:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return None
    lines = (line.split() for line in status.splitlines() if line.startswith("VmHWM:"))
    return next((int(words[1]) * 1024 for words in lines), None)


def _footprint(pid: int, word: int) -> int | None:
    words = apple.rusage(pid)
    return words[word] if words else None
