"""Counts processor cores: the kinds there are, and the fast ones this process may use."""

import math
import os
import re
import sys
from pathlib import Path

import psutil

from orchestrator.host.probe import read, sysctl

# Where Linux lists the processors of each kind on Intel's hybrid chips.
_FAST = Path("/sys/devices/cpu_core/cpus")
_SLOW = Path("/sys/devices/cpu_atom/cpus")


def performance_cores() -> int:
    """Count the fast physical cores this process may use: the default number of threads.

    A second thread on a core, one on an efficiency core that all others wait for, and one that is
    stopped because a container's quota is used up, each make an engine slower, not faster.
    """
    if sys.platform == "darwin":
        usable: float = core_kinds()[0] or psutil.cpu_count(logical=False) or 1
    else:
        allowed = os.sched_getaffinity(0)
        fast = (allowed & _cpus(_FAST)) or allowed
        quota = _quota(Path("/sys/fs/cgroup"), read(Path("/proc/self/cgroup")) or "")
        usable = min(_physical(fast), quota)
    return max(1, int(usable))


def core_kinds() -> tuple[int | None, int | None]:
    """Return how many performance and efficiency cores there are, None where all are alike."""
    if sys.platform == "darwin":
        counts = [sysctl(f"hw.perflevel{level}.physicalcpu") for level in (0, 1)]
    else:
        fast, slow = _cpus(_FAST), _cpus(_SLOW)
        counts = [str(_physical(kind)) if fast and slow else None for kind in (fast, slow)]
    performance, efficiency = (int(count) if count else None for count in counts)
    return performance, efficiency


def _physical(cpus: set[int]) -> int:
    """Count the cores behind logical processors: siblings list each other, and count once."""
    topology = "/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list"
    return len({frozenset(_cpus(Path(topology.format(cpu))) or {cpu}) for cpu in cpus})


def _cpus(listing: Path) -> set[int]:
    """Read a Linux list of processors such as `0-3,8`; empty where there is no such file."""
    spans = [span.partition("-") for span in (read(listing) or "").split(",") if span]
    return {cpu for low, _, high in spans for cpu in range(int(low), int(high or low) + 1)}


def _quota(mounted: Path, groups: str) -> float:
    """Return how many CPUs the control groups listed in /proc/self/cgroup leave to us.

    The tightest group from our own up to the root counts. Version 2 has the line `0::/path` and
    `cpu.max`, version 1 `4:cpu:/path` and two files; "max" and "-1" are no limit.
    """
    least = math.inf
    for line in groups.splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        top = mounted / "cpu" if controllers else mounted
        own = top / path.lstrip("/")
        for group in (own, *own.parents):
            if group.is_relative_to(top):
                least = min(least, _limit(group))
    return least


def _limit(group: Path) -> float:
    """Return the CPUs one control group allows: microseconds it may run out of each period."""
    first = f"{read(group / 'cpu.cfs_quota_us')} {read(group / 'cpu.cfs_period_us')}"
    limit = re.fullmatch(r"(\d+) (\d+)", read(group / "cpu.max") or first)
    return int(limit[1]) / int(limit[2]) if limit else math.inf
