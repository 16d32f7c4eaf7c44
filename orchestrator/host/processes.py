"""Who uses the processors just now, this process and its children excepted."""

import contextlib
import re
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass

import psutil

from orchestrator.host.probe import output

# Times of psutil.cpu_times in which a processor worked; idle, waiting and stolen are not, and a
# guest's are part of the user's.
_WORKING = ("user", "nice", "system", "irq", "softirq")
_PS_LINE = re.compile(r"\s*(\d+)\s+(\d+)\s+([\d.,]+)\s+(\S.*)")


@dataclass(frozen=True)
class CpuUser:
    """A process and how many processors it keeps busy."""

    pid: int
    name: str
    processors: float


@dataclass(frozen=True)
class Busy:
    """How many processors others keep busy, and who does, the busiest first."""

    processors: float
    users: tuple[CpuUser, ...]


def busy(seconds: float = 0.5) -> Busy:
    """Look for so long; on macOS the processes' shares are the system's, over the last minute."""
    before, mine, started = processor_seconds()[0], time.process_time(), time.perf_counter()
    earlier = {} if sys.platform == "darwin" else _times()
    time.sleep(seconds)
    users = _listed() if sys.platform == "darwin" else _grown(earlier, _times(), started)
    others = processor_seconds()[0] - before - (time.process_time() - mine)
    return Busy(
        processors=max(0.0, others / (time.perf_counter() - started)),
        users=tuple(sorted(users, key=lambda user: user.processors, reverse=True)),
    )


def processor_seconds() -> tuple[float, float | None]:
    """Return how long all processors together have worked since the machine started.

    The second number is how long they stood still because a virtual machine's host ran something
    else; None where the system does not tell.
    """
    times = psutil.cpu_times()
    stolen = getattr(times, "steal", None)
    worked = sum(getattr(times, name, 0.0) for name in _WORKING)
    return float(worked), None if stolen is None else float(stolen)


def _times() -> dict[psutil.Process, float]:
    """Return the processor time of every process that is not of ours."""
    found = {}
    ours = _ours()
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.pid not in ours:
                times = process.cpu_times()
                found[process] = times.user + times.system
    return found


def _grown(
    before: Mapping[psutil.Process, float], after: Mapping[psutil.Process, float], since: float
) -> list[CpuUser]:
    seconds = time.perf_counter() - since
    users = []
    for process, total in after.items():
        spent = total - before.get(process, 0.0)
        with contextlib.suppress(psutil.Error):
            if spent > 0:
                users.append(CpuUser(process.pid, process.name(), spent / seconds))
    return users


def _ours() -> set[int]:
    me = psutil.Process()
    return {me.pid, *(child.pid for child in me.children(recursive=True))}


def _listed() -> list[CpuUser]:
    """Ask ps, which may see every user's processes on macOS; psutil may not."""
    return read_ps(output("/bin/ps", "-Aceo", "pid=,ppid=,pcpu=,comm=") or "", psutil.Process().pid)


def read_ps(listing: str, me: int) -> list[CpuUser]:
    """Read lines of pid, parent, percent of one processor and name; `me` and mine are left out."""
    users = []
    for line in listing.splitlines():
        if (found := _PS_LINE.fullmatch(line)) and me not in (int(found[1]), int(found[2])):
            share = float(found[3].replace(",", ".")) / 100
            if share > 0:
                users.append(CpuUser(int(found[1]), found[4].strip(), share))
    return users
