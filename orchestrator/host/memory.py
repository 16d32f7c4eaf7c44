"""The peak memory of one living process, as its own system counts it."""

import ctypes
import sys
from pathlib import Path

# struct rusage_info_v4 (<sys/resource.h>) as 64-bit words: the uuid is 0 and 1, user time 2, ...,
# phys_footprint 9, ..., lifetime_max_phys_footprint 30.
_RUSAGE_INFO_V4 = 4
_LIFETIME_MAX_PHYS_FOOTPRINT_WORD = 30
_BUFFER_WORDS = 128


def peak_bytes(pid: int) -> int | None:
    """Return the peak of this process only, children excluded; None where it cannot be known.

    Linux: VmHWM, resident pages (proc(5)). macOS: the lifetime maximum of the physical footprint,
    which counts Metal buffers as resident memory does not. Read it before the process exits:
    `ru_maxrss` of a dead child includes what its parent held when it forked.
    """
    return _phys_footprint(pid) if sys.platform == "darwin" else _high_water_mark(pid)


def _high_water_mark(pid: int) -> int | None:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    lines = (line.split() for line in status.splitlines() if line.startswith("VmHWM:"))
    return next((int(words[1]) * 1024 for words in lines), None)


def _phys_footprint(pid: int) -> int | None:
    buffer = (ctypes.c_uint64 * _BUFFER_WORDS)()
    libc = ctypes.CDLL(None)
    if libc.proc_pid_rusage(pid, _RUSAGE_INFO_V4, ctypes.byref(buffer)) != 0:
        return None
    return int(buffer[_LIFETIME_MAX_PHYS_FOOTPRINT_WORD]) or None
