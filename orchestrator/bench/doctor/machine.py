"""What the doctor says about the machine itself: power, heat, load, memory, background work."""

import re
from collections.abc import Iterable

from orchestrator.bench.doctor.check import Check, graded
from orchestrator.host import PRESSURES, Condition, platform_tag
from orchestrator.host.processes import Busy, CpuUser

_MAC = platform_tag().startswith("macos")
_GB = 1e9
_SHOWN = 3
_BUSY_SHARE = 0.05  # of one processor: a process that is named
_SPOTLIGHT = ("mds", "mds_stores", "mdworker", "mdworker_shared", "mdbulkimport")


def power(condition: Condition) -> Check:
    """Report on mains or battery."""
    if condition.on_battery:
        left = condition.battery_percent
        charge = "" if left is None else f", {left:.0f} % left"
        return Check("power", "problem", f"on battery{charge}", "plug in the power supply")
    mains = "on mains" if condition.on_battery is False else "no battery"
    return Check("power", "good", mains)


def low_power(condition: Condition) -> Check:
    """Report on macOS's low-power mode, or Linux's power profile of that name."""
    if condition.low_power_mode:
        mac = "System Settings > Battery (or Energy) > Low Power Mode: Never"
        fix = mac if _MAC else "powerprofilesctl set performance"
        return Check("low-power", "problem", "low-power mode is on", fix)
    known = condition.low_power_mode is not None
    return Check("low-power", "good", "low-power mode is off" if known else "no such mode here")


def thermal(condition: Condition) -> Check:
    """Report on macOS's thermal pressure."""
    pressure = condition.thermal_pressure
    if pressure is None:
        return Check("thermal", "notice", "macOS does not tell the thermal pressure")
    state = graded(PRESSURES.index(pressure), notice=1, problem=2)
    fix = "" if state == "good" else "let it cool: end what is running, wait some minutes"
    return Check("thermal", state, f"thermal pressure is {pressure}", fix)


def load(condition: Condition, busy: Busy, processors: int) -> Check:
    """Report on what others do: the load average, how busy it is now, and by whom.

    The average is that of the last minute, in which it may have been us: a notice at most.
    """
    share = busy.processors / processors
    state = graded(share, notice=0.1, problem=0.25)
    if state == "good" and condition.load_average >= processors / 2:
        state = "notice"
    known = f"load average {condition.load_average:.2f}, {100 * share:.0f} % busy just now"
    users = [user for user in busy.users if user.processors >= _BUSY_SHARE][:_SHOWN]
    who = ", ".join(f"{u.name} (process {u.pid}) {100 * u.processors:.0f} %" for u in users)
    what = f"{known} on {processors} processors" + (f": {who}" if who else "")
    return Check("load", state, what, "" if state == "good" else "end these, or wait for them")


def memory(condition: Condition, total_bytes: int) -> Check:
    """Report on memory that a model could have."""
    free = condition.available_memory_bytes
    state = graded(-free, notice=-4 * _GB, problem=-1 * _GB)
    what = f"{free / _GB:.1f} of {total_bytes / _GB:.1f} GB available"
    return Check("memory", state, what, "" if state == "good" else "close programs")


def swap(condition: Condition, total_bytes: int) -> Check:
    """Report on memory that was moved to disk."""
    used = condition.swap_used_bytes
    state = graded(used, notice=max(_GB, total_bytes / 10), problem=float("inf"))
    fix = "" if state == "good" else "close programs, or start the machine anew"
    return Check("swap", state, f"{used / _GB:.1f} GB in use", fix)


def governor(condition: Condition) -> Check:
    """Report on how Linux chooses the processors' frequency."""
    chosen = condition.cpu_governor
    if chosen is None:
        return Check("governor", "good", "the frequency is not this system's to choose")
    if chosen == "performance":
        return Check("governor", "good", chosen)
    fix = "sudo cpupower frequency-set --governor performance"
    return Check("governor", "notice", f"{chosen}: the frequency follows the load", fix)


def spotlight(indexing: str | None, users: Iterable[CpuUser]) -> Check:
    """Report on Spotlight: `mdutil -s /`, and whether its processes work."""
    share = sum(user.processors for user in users if user.name in _SPOTLIGHT)
    if share >= _BUSY_SHARE:
        what = f"indexing just now, {100 * share:.0f} % of a processor"
        fix = "wait for it; or sudo mdutil -i off / (later: on)"
        return Check("spotlight", "notice", what, fix)
    off = re.search(r"indexing disabled", indexing or "", re.IGNORECASE)
    return Check("spotlight", "good", "off" if off else "not indexing just now")


def time_machine(status: str | None) -> Check:
    """Report on Time Machine: `tmutil status`, a property list with `Running = 0;` or 1."""
    running = re.search(r"\bRunning\s*=\s*(\d)", status or "")
    if running and running[1] != "0":
        fix = "wait for it; or tmutil stopbackup"
        return Check("time-machine", "notice", "backing up just now", fix)
    said = "not backing up" if running else "tmutil does not say"
    return Check("time-machine", "good", said)
