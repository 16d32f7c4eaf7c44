"""The machine while it is measured: one run at a time, a reaper, and a declared load beside it."""

import fcntl
import os
import shlex
import shutil
import subprocess
import time
from pathlib import Path
from typing import Self

import psutil

from orchestrator.backends.worker.launch import MARK
from orchestrator.backends.worker.log import CappedLog, log_tail
from orchestrator.backends.worker.reaper import Reaper
from orchestrator.backends.worker.termination import end_group
from orchestrator.errors import NO_ROOM, MachineBusy, UsageError

LOCK_VARIABLE = "WHISPER_CLEANROOM_LOCK"
_LEAVING_SECONDS = 2.0  # for the reaper and the system to end what a killed run leaves
_SETTLE_SECONDS = 1.0


def lock_path() -> Path:
    """Return the lock's place: one for all users, who share the cores (settable for tests)."""
    return Path(os.environ.get(LOCK_VARIABLE, "/tmp/whisper-cleanroom.lock"))  # noqa: S108


def measuring() -> str:
    """Say which process measures on this machine now; empty where none does."""
    try:
        descriptor = os.open(lock_path(), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 100, 0).decode(errors="replace").strip()
        return f"process {holder}" if holder.isdigit() else "a process"
    finally:
        os.close(descriptor)
    return ""


class Machine:
    """A context manager; MachineBusy says which process measures already.

    Without `measures` the lock is left alone: a runner is only asked for its settings.
    """

    def __init__(self, *, measures: bool = True) -> None:
        self._measures = measures
        self.lock: int | None = None

    def __enter__(self) -> Self:
        self.lock = _lock(lock_path()) if self._measures else None
        self.reaper = Reaper()
        return self

    def __exit__(self, *_: object) -> None:
        self.reaper.close()
        if self.lock is not None:
            os.ftruncate(self.lock, 0)
            os.close(self.lock)


def _lock(path: Path) -> int:
    """Return a locked descriptor; runners inherit it, so a survivor keeps the machine locked."""
    # Without O_CREAT first: Linux refuses O_CREAT on another user's file in a sticky folder.
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        try:
            descriptor = os.open(path, flags)
        except FileNotFoundError:
            descriptor = os.open(path, flags | os.O_CREAT, 0o666)
            os.fchmod(descriptor, 0o666)
    except OSError as error:
        raise _unusable(path, error) from error
    patience = time.monotonic() + _LEAVING_SECONDS
    while not _taken(descriptor):
        holder = os.pread(descriptor, 100, 0).decode(errors="replace").strip()
        if _lives(holder) or time.monotonic() > patience:
            os.close(descriptor)
            raise _busy(path, holder)
        time.sleep(0.02)
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    except OSError as error:
        os.close(descriptor)
        raise _unusable(path, error) from error
    return descriptor


def _unusable(path: Path, error: OSError) -> MachineBusy:
    full = error.errno in NO_ROOM
    remove = f"remove {path}, or " if os.path.lexists(path) and not full else ""
    return MachineBusy(
        f"the machine lock {path} cannot be used: {error.strerror}",
        f"{'free some space, or ' if full else remove}set {LOCK_VARIABLE} to a file in a folder"
        " that you can write",
    )


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lives(holder: str) -> bool:
    return holder.isdigit() and psutil.pid_exists(int(holder))


def _busy(path: Path, holder: str) -> MachineBusy:
    """Say who measures; a run that was killed may have left a runner, which holds the lock on."""
    if holder == str(os.getpid()):
        return MachineBusy(
            "this process is measuring already, in another thread; two at once would slow each"
            " other",
            "wait until that run has ended",
        )
    if _lives(holder):
        return MachineBusy(
            f"another run is measuring on this machine (process {holder}); two at once would slow"
            " each other",
            f"wait for it, or stop it: kill {holder}",
        )
    return MachineBusy(
        f"a runner that outlived its run still holds {path}", f"find and end it: lsof {path}"
    )


def require_program(command: str) -> None:
    """Raise UsageError for a command line that names no program of this machine."""
    fix = "give one that runs on, such as yes"
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"{command!r} is no command line: {error}", fix) from error
    if not words:
        raise UsageError("the command is empty", fix)
    if shutil.which(words[0]) is None:
        missing = f"there is no program {words[0]!r}"
        raise UsageError(f"{command!r} cannot be started: {missing}", fix)


class DeclaredLoad:
    """A context manager around the command; no shell, its output goes into a log of its own.

    Raises UsageError for a command that cannot start or ends at once.
    """

    def __init__(self, command: str, log: Path, machine: Machine) -> None:
        self._command = command
        self._log = log
        self._machine = machine
        self._mark = str(log.resolve())

    def __enter__(self) -> Self:
        fix = "give a command that runs until it is stopped, such as --load 'yes'"
        try:
            arguments = shlex.split(self._command)
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(
                    arguments,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=log,
                    env=os.environ | {MARK: self._mark},
                    start_new_session=True,
                )
        except (OSError, ValueError, IndexError) as error:
            raise UsageError(f"--load {self._command!r} cannot be started: {error}", fix) from error
        self._capped = CappedLog(self._log)
        self._machine.reaper.watch(self._process.pid)
        time.sleep(_SETTLE_SECONDS)
        if not self.running:
            self._capped.close()
            said = f": {tail}" if (tail := log_tail(self._log, lines=1).strip()) else ""
            raise UsageError(f"--load {self._command!r} ended at once{said}", fix)
        return self

    def __exit__(self, *_: object) -> None:
        end_group(self._process, self._mark)
        self._capped.close()
        self._machine.reaper.forget(self._process.pid)

    @property
    def running(self) -> bool:
        """Whether the load still is one."""
        return self._process.poll() is None
