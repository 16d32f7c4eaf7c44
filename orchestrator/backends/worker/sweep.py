"""Ending a runner and everything it started."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator

import psutil

from orchestrator.backends.worker.launch import MARK
from orchestrator.backends.worker.reaper import kill_group

_STACK_SECONDS = 0.2
_TERMINATE_SECONDS = 2.0


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
