"""Swift runners: built once, release, and again only when their sources change."""

import hashlib
import os
import re
import shlex
import shutil
import stat
import subprocess
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

from orchestrator import places
from orchestrator.errors import EnvironmentFailed
from orchestrator.host import children

Progress = Callable[[str, float | None], None]
"""Takes what is being done, and which part of it is: rooms of one floor do not meet."""

PACKAGE = places.CARRIED / "swift"
_NOT_SOURCES = shutil.ignore_patterns(".build", "Package.resolved")
_SOURCES = ("Package.swift", "Sources/**/*", "Shims/**/*", "locks/macos/*")
_KEY_DIGITS = 12
_STEP = re.compile(r"\[(\d+)/(\d+)\]")
_PRODUCT = re.compile(r'\.executable\(name: "([^"]+)"')
_PIN = re.compile(r'^let (\w+): Version = "([^"]+)"', re.MULTILINE)
_TOLD_LINES = 12

_one_at_a_time = threading.Lock()  # SwiftPM would only wait for itself


def binary(product: str) -> Path:
    """Return where a runner is once it is built."""
    return _build() / "release" / product


def folder() -> Path:
    """Return where the package is built: in place, or as a copy by its hash in the data folder."""
    if not places.in_data_folder(PACKAGE):
        return PACKAGE
    known = _first_key() if places.installed(PACKAGE) else key(PACKAGE)
    return places.data_folder() / "swift" / known


@cache
def _first_key() -> str:
    """Return the key that was found first: an upgrade may replace the sources meanwhile."""
    return key(PACKAGE)


def key(package: Path) -> str:
    """Return what tells a build from those of other sources."""
    return _fingerprint(package)[:_KEY_DIGITS]


def _build() -> Path:
    return folder() / ".build"


def is_built(product: str) -> bool:
    """Whether the runner is there, built from the sources as they are now.

    A new toolchain or system builds nothing: with another binary the Neural Engine compiles anew.
    """
    stamp = _stamp(product)
    if not (binary(product).exists() and stamp.exists()):
        return False
    if folder() != PACKAGE:
        places.claim(folder(), PACKAGE)
    return stamp.read_text(encoding="utf-8") == _fingerprint()


def build(product: str, progress: Progress) -> None:
    """Build one runner; `progress` gets what is being done, and how far it is, 0 to 1.

    Raises EnvironmentFailed with the compiler's errors.
    """
    swift = shutil.which("swift")
    if swift is None:
        fix = "install Xcode 26 or its command line tools: xcode-select --install"
        raise EnvironmentFailed(f"{product}: there is no Swift compiler on PATH", fix)
    with _one_at_a_time:
        if is_built(product):
            return
        progress("building", None)
        try:
            _copy_sources()
        except OSError as error:
            what = f"{product}: {error.filename}: {error.strerror}"
            raise EnvironmentFailed(what, places.elsewhere()) from error
        command = [swift, "build", "-c", "release", "--package-path", str(folder())]
        _run([*command, "--product", product, *_locked()], product, progress)
        _stamp(product).write_text(_fingerprint(), encoding="utf-8")


def remove(product: str) -> bool:
    """Delete a runner, so that the next use builds it again; tell whether there was one."""
    there = binary(product).exists()
    binary(product).unlink(missing_ok=True)
    _stamp(product).unlink(missing_ok=True)
    return there


def sha256(product: str) -> str:
    """Return the hash of a built runner."""
    with binary(product).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pins() -> dict[str, str]:
    """Return the vendors' exact versions as Package.swift has them: whisperKit, fluidAudio."""
    return dict(_PIN.findall((PACKAGE / "Package.swift").read_text("utf-8")))


def products() -> list[str]:
    """Return the programs that Package.swift makes: a runner for each Swift backend, and others."""
    return _PRODUCT.findall((PACKAGE / "Package.swift").read_text("utf-8"))


def _copy_sources() -> None:
    """Copy the package to where it is built, if that is elsewhere: SwiftPM writes beside it."""
    copy = folder()
    if copy == PACKAGE or copy.exists():
        return
    copy.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=copy.parent, prefix=".copying-") as beside:
        made = Path(shutil.copytree(PACKAGE, Path(beside) / "swift", ignore=_NOT_SOURCES))
        for path in [made, *made.rglob("*")]:
            path.chmod(path.stat().st_mode | stat.S_IWUSR)  # the originals may not be
        places.claim(made, PACKAGE)
        with suppress(OSError):  # somebody else was quicker: theirs is the same
            made.rename(copy)


def _locked() -> list[str]:
    """Put the committed lock where the compiler looks for one, and have it accept nothing else."""
    here, lock = folder() / "Package.resolved", folder() / "locks" / "macos" / "Package.resolved"
    if os.uname().sysname != "Darwin":
        here.unlink(missing_ok=True)  # it would have vendors fetched that are not built here
        return []
    if not lock.exists():
        return []
    shutil.copyfile(lock, here)
    return ["--only-use-versions-from-resolved-file"]


def _run(command: list[str], product: str, progress: Progress) -> None:
    with (
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as process,
        children.under_way(process),
    ):
        lines: list[str] = []
        for line in process.stdout or ():
            lines.append(line.rstrip())
            if step := _STEP.match(line):
                progress("building", int(step[1]) / max(int(step[2]), 1))
    if process.returncode != 0:
        errors = [line for line in lines if "error" in line] or lines
        reason = "\n".join(errors[-_TOLD_LINES:])
        raise EnvironmentFailed(f"{product} cannot be built:\n{reason}", shlex.join(command))


def _stamp(product: str) -> Path:
    return _build() / f"{product}.built-from"


def _fingerprint(package: Path = PACKAGE) -> str:
    """Hash everything a runner is built from, names and contents."""
    digest = hashlib.sha256()
    for pattern in _SOURCES:
        for path in sorted(package.glob(pattern)):
            if path.is_file():
                digest.update(f"{path.relative_to(package)}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
