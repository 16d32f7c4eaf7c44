"""Small questions to the operating system; None is its way of not knowing."""

import ctypes
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

# <libkern/OSThermalNotification.h>; any process may read it.
THERMAL_PRESSURE = "com.apple.system.thermalpressurelevel"
LOW_POWER_MODE = "com.apple.system.lowpowermode"
# struct rusage_info_v6 (<sys/resource.h>, macOS 13): a uuid of 16 bytes and 56 numbers of 64 bits.
_RUSAGE_INFO_V6 = 6
_RUSAGE_WORDS = 58
LIFETIME_MAX_PHYS_FOOTPRINT = 30
LIFETIME_MAX_NEURAL_FOOTPRINT = 47


def read(path: Path) -> str | None:
    """Return the text of a small file such as those in /proc and /sys, without spaces around it."""
    try:
        return path.read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def output(*command: str) -> str | None:
    """Return what a command prints; `command` starts with an absolute path."""
    try:
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8", errors="replace", timeout=5, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


def has_nvidia_card() -> bool:
    """Whether NVIDIA's driver is loaded, or lends its card to Linux under Windows."""
    places = ("/proc/driver/nvidia", "/dev/nvidiactl", "/dev/dxg")
    return any(Path(place).exists() for place in places)


def sysctl(name: str) -> str | None:
    """Return a value of macOS's kernel state."""
    return output("/usr/sbin/sysctl", "-n", name)


def notify_state(key: str) -> int | None:
    """Return the number published with a notification (<notify.h>): a glance, no process."""
    token = _token(key)
    state = ctypes.c_uint64()
    if token is None or _system().notify_get_state(token, ctypes.byref(state)) != 0:
        return None
    return state.value


def rusage(pid: int) -> Sequence[int] | None:
    """Return the kernel's account of a living process as words of `rusage_info_v6`.

    The buffer has room to spare: a later system may write a longer structure.
    """
    if not hasattr(_system(), "proc_pid_rusage"):
        return None
    words = (ctypes.c_uint64 * (2 * _RUSAGE_WORDS))()
    if _system().proc_pid_rusage(pid, _RUSAGE_INFO_V6, ctypes.byref(words)) != 0:
        return None
    return words[:_RUSAGE_WORDS]


@cache
def _token(key: str) -> int | None:
    """Register for a key once a process: each registration would stay open."""
    if not hasattr(_system(), "notify_register_check"):
        return None
    token = ctypes.c_int()
    if _system().notify_register_check(key.encode(), ctypes.byref(token)) != 0:
        return None
    return token.value


@cache
def _system() -> ctypes.CDLL:
    """Return what this process is linked with: libSystem on macOS."""
    return ctypes.CDLL(None)
