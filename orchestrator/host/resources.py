"""What one runner has used so far: asked of the system about that process alone."""

import sys
from pathlib import Path

import psutil
from pydantic import BaseModel, ConfigDict

from orchestrator.host import probe


def peak_bytes(pid: int) -> int | None:
    """Return the peak of this process only, children excluded; None where it cannot be known.

    Linux: VmHWM, resident pages (proc(5)). macOS: the lifetime maximum of the physical footprint,
    which counts Metal buffers as resident memory does not. Read it before the process exits:
    `ru_maxrss` of a dead child includes what its parent held when it forked.
    """
    if sys.platform == "darwin":
        return _footprint(pid, probe.LIFETIME_MAX_PHYS_FOOTPRINT) or None
    return _high_water_mark(pid)


def peak_neural_bytes(pid: int) -> int | None:
    """Return the peak of the Neural Engine's memory; 0 is macOS saying that none was held."""
    return _footprint(pid, probe.LIFETIME_MAX_NEURAL_FOOTPRINT)


def _high_water_mark(pid: int) -> int | None:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return None
    lines = (line.split() for line in status.splitlines() if line.startswith("VmHWM:"))
    return next((int(words[1]) * 1024 for words in lines), None)


def _footprint(pid: int, word: int) -> int | None:
    words = probe.rusage(pid)
    return words[word] if words else None


class Resources(BaseModel):
    """Bytes and seconds of one process since it started, children excluded; None is unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    peak_memory_bytes: int | None
    peak_neural_bytes: int | None  # macOS only: above 0 the Neural Engine held something
    cpu_seconds: float | None  # user and system, of all its threads


UNKNOWN = Resources(peak_memory_bytes=None, peak_neural_bytes=None, cpu_seconds=None)
"""What is known of an engine that runs elsewhere."""


def resources(pid: int) -> Resources:
    """Read a process's account, before it ends: nothing is known afterwards."""
    return Resources(
        peak_memory_bytes=peak_bytes(pid),
        peak_neural_bytes=peak_neural_bytes(pid),
        cpu_seconds=cpu_seconds(pid),
    )


def cpu_seconds(pid: int) -> float | None:
    """Return the processor time of a process, in the system's ticks (10 ms on Linux)."""
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return None
    return float(times.user + times.system)
