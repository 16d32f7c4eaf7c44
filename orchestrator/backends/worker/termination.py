"""How a runner ends: by itself, and why; or by us, with everything it started."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import psutil

from orchestrator.backends.worker.launch import MARK
from orchestrator.backends.worker.reaper import kill_group
from orchestrator.errors import RunnerFailed

_COUNTERS = (Path("/proc/vmstat"), Path("/sys/fs/cgroup/memory.events"))
_JETSAM = Path("/Library/Logs/DiagnosticReports")
_STACK_SECONDS = 0.2
_TERMINATE_SECONDS = 2.0


def memory_kills() -> int:
    """Count how often the system has killed for want of memory: a difference is the evidence.

    Linux has counters, macOS Jetsam's reports; both are absent on the other.
    """
    return sum(map(oom_kills, _COUNTERS)) + len(list(_JETSAM.glob("JetsamEvent-*.ips")))


def oom_kills(path: Path) -> int:
    """Read one counter file; a system without it has counted nothing."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))


def failure(
    process: "subprocess.Popen[bytes]", before: int, partial: bytes, log: Path
) -> RunnerFailed:
    """Name the cause of an end without an answer; the exit outranks a half-written line.

    `before` are the `memory_kills` when the runner was started.
    """
    code = process.wait()
    look = f"the log: {log}"
    if code == -signal.SIGKILL:
        if memory_kills() > before:
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


def dump_stacks(pid: int) -> None:
    """Ask a hung runner for its stacks (into its log): faulthandler needs no GIL for it.

    A runner that does not handle the signal dies of it, a moment before it would be ended anyway.
    """
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGUSR1)
        time.sleep(_STACK_SECONDS)


def end_group(process: "subprocess.Popen[bytes]", mark: str) -> None:
    """End the runner's process group, politely first, and whatever escaped into another group.

    The group is swept even after a clean exit: a library's helper may have stayed behind.
    """
    descendants = _descendants(process.pid)
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
    kill_group(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_TERMINATE_SECONDS)
    kill_group(process.pid)
    for escaped in (*descendants, *_marked(mark)):
        with contextlib.suppress(psutil.Error):
            escaped.kill()
    process.wait()


def family_of(pid: int, mark: str) -> set[psutil.Process]:
    """Return what a runner has started and what still runs of that, itself excepted."""
    return {p for p in (*_descendants(pid), *_marked(mark)) if p.pid != pid}


def names_of_living(processes: Iterable[psutil.Process]) -> list[str]:
    """Wait for processes to end; return the names of those that do not."""
    _, alive = psutil.wait_procs(list(processes), _TERMINATE_SECONDS)
    names = []
    for process in alive:
        with contextlib.suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE:  # nobody here reads its exit code
                names.append(process.name())
    return names


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _marked(mark: str) -> Iterator[psutil.Process]:
    """Find what left group, session and parent behind: a daemon keeps its environment."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == mark:
                yield process
