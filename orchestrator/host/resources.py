"""What one runner has used so far: asked of the system about that process alone."""

import psutil
from pydantic import BaseModel, ConfigDict

from orchestrator.host import memory


class Resources(BaseModel):
    """Bytes and seconds of one process since it started, children excluded; None is unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    peak_memory_bytes: int | None
    peak_neural_bytes: int | None  # macOS only: above 0 the Neural Engine held something
    cpu_seconds: float | None  # user and system, of all its threads


def resources(pid: int) -> Resources:
    """Read a process's account, before it ends: nothing is known afterwards."""
    return Resources(
        peak_memory_bytes=memory.peak_bytes(pid),
        peak_neural_bytes=memory.peak_neural_bytes(pid),
        cpu_seconds=cpu_seconds(pid),
    )


def cpu_seconds(pid: int) -> float | None:
    """Return the processor time of a process, in the system's ticks (10 ms on Linux)."""
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return None
    return float(times.user + times.system)
