"""Why a runner ended: exit code, signal, or the system's own killing, told apart."""

import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from orchestrator.errors import RunnerFailed

_COUNTERS = (Path("/proc/vmstat"), Path("/sys/fs/cgroup/memory.events"))
_JETSAM = Path("/Library/Logs/DiagnosticReports")


@dataclass(frozen=True)
class MemoryKills:
    """How often the system has killed for want of memory: a difference is the evidence."""

    count: int

    @classmethod
    def now(cls) -> "MemoryKills":
        """Read Linux's counters and macOS's Jetsam reports; both are absent on the other."""
        kills = sum(oom_kills(path) for path in _COUNTERS)
        return cls(kills + len(list(_JETSAM.glob("JetsamEvent-*.ips"))))


def oom_kills(path: Path) -> int:
    """Read one counter file; a system without it has counted nothing."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))


def failure(
    process: "subprocess.Popen[bytes]", before: MemoryKills, partial: bytes, log: Path
) -> RunnerFailed:
    """Name the cause of an end without an answer; the exit outranks a half-written line."""
    code = process.wait()
    look = f"the log: {log}"
    if code == -signal.SIGKILL:
        if MemoryKills.now().count > before.count:
            return RunnerFailed("out-of-memory", "the system ended it for want of memory", look)
        return RunnerFailed("killed", "somebody or the system killed it (SIGKILL)", look)
    if code < 0:
        return RunnerFailed("signal", f"it crashed with {_signal_name(-code)}", look)
    if code > 0:
        return RunnerFailed("exit", f"it ended with exit code {code}", look)
    if partial:
        shown = partial[-80:].decode(errors="replace")
        return RunnerFailed("truncated-line", f"its last line was cut: ...{shown!r}", look)
    return RunnerFailed("no-answer", "it ended with exit code 0 and without an answer", look)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
