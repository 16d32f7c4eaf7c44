"""The disk under the store: locks, room, and the system's errors in our words."""

import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from orchestrator.errors import ModelError

VARIABLE = "WHISPER_CLEANROOM_CACHE"
# Quotas and file-size limits say "no room" in their own words.
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def lock(file: BinaryIO, waiting: Callable[[], None]) -> None:
    """Take a file's lock for as long as it is open, having called `waiting` if another has it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        waiting()
        fcntl.flock(file, fcntl.LOCK_EX)


def sync_to_disk(path: Path) -> None:
    """Wait until a file or folder is really written."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def need_room(folder: Path, needed: int) -> None:
    """Raise OSError when the disk that `folder` will be on has less than `needed` bytes free."""
    disk = next(p for p in folder.parents if p.exists())
    if shutil.disk_usage(disk).free < needed:
        raise OSError(errno.ENOSPC, "no room")


@contextmanager
def told(folder: Path, needed: int) -> Iterator[None]:
    """Turn the system's errors into ours, with what to do next."""
    elsewhere = f"set {VARIABLE} to a folder on another disk"
    try:
        yield
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise ModelError(f"{error.filename or folder}: {error.strerror}", elsewhere) from error
        needs = f"it needs {megabytes(needed)}, " if needed else ""
        raise ModelError(
            f"no room for {folder}: {needs}{_room(folder)}",
            f"free some space, or {elsewhere}",
        ) from error


def _room(folder: Path) -> str:
    """Say how much is free on the folder's disk."""
    disk = next(p for p in folder.parents if p.exists())
    return f"{megabytes(shutil.disk_usage(disk).free)} are free"


def megabytes(size: int) -> str:
    """Return a size in MB, as download pages give it."""
    return f"{size / 1e6:,.1f} MB"
