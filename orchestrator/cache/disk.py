"""The disk under the cache: locks, room, permissions, and the system's errors in our words."""

import errno
import fcntl
import os
import pwd
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from orchestrator import files, places
from orchestrator.errors import NO_ROOM, ModelError

_PAUSE_SECONDS = 0.1  # between two looks at a lock: a thread that blocked there could not be ended


def share(path: Path) -> None:
    """Give a file or folder the permissions of its folder, and under sudo its owner.

    Users who share a cache set its folder's permissions; no umask of theirs is to stand against
    that. What has another name elsewhere, a user's own file, stays as it is.
    """
    with suppress(OSError):  # somebody else's, or a file system without permissions
        own, folder = path.lstat(), path.parent.stat()
        if stat.S_ISDIR(own.st_mode):
            path.chmod(files.mode_in(path, 0o777) | folder.st_mode & stat.S_ISGID)
        elif stat.S_ISREG(own.st_mode) and own.st_nlink == 1:
            path.chmod(files.mode_in(path))
        else:
            return
        if os.geteuid() == 0:
            os.chown(path, folder.st_uid, folder.st_gid)


def share_all(folder: Path) -> None:
    """Do so for a folder and all below it, a folder before what is in it."""
    for path in [folder, *sorted(folder.rglob("*"))]:
        share(path)


def make_folder(path: Path) -> None:
    """Make a folder and those above it, each with the permissions of the one it is in."""
    for folder in reversed([p for p in (path, *path.parents) if not p.exists()]):
        folder.mkdir(exist_ok=True)
        share(folder)


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a file of the cache that takes its place when it is whole; its folder is made."""
    make_folder(path.parent)
    with files.replacing(path) as file:
        yield file
    share(path)


@contextmanager
def locked(path: Path, waiting: Callable[[], None]) -> Iterator[int]:
    """Hold a lock while the block runs; while another has it `waiting` is called, and may raise.

    It is called after every look at the lock, ten times a second. Yields the file's descriptor, for
    a child to inherit. Another user's file, which can only be read, locks as well.
    """
    make_folder(path.parent)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
    except PermissionError:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        share(path)
        while not _taken(descriptor):
            waiting()
            time.sleep(_PAUSE_SECONDS)
        yield descriptor
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def sync_to_disk(path: Path) -> None:
    """Wait until a file or folder is really written."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def free_bytes(folder: Path) -> int:
    """Return the room on the disk that a folder is on, or will be once it is made."""
    return shutil.disk_usage(next(p for p in (folder, *folder.parents) if p.exists())).free


def need_room(folder: Path, needed: int) -> None:
    """Raise OSError when the disk that `folder` will be on has less than `needed` bytes free."""
    if free_bytes(folder) < needed:
        raise OSError(errno.ENOSPC, "no room")


def keep(path: Path, data: bytes) -> None:
    """Write a file of the cache, whole or not at all; raise ModelError where it cannot be."""
    with explained(path.parent, len(data)), replacing(path) as file:
        file.write(data)


@contextmanager
def explained(folder: Path, needed: int) -> Iterator[None]:
    """Turn the system's errors into ours, with what to do next."""
    elsewhere = f"set {places.CACHE_VARIABLE} to a folder"
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            needs = f"it needs {megabytes(needed)}, " if needed else ""
            raise ModelError(
                f"no room for {folder}: {needs}{megabytes(free_bytes(folder))} are free",
                f"free some space, or {elsewhere} on another disk",
            ) from error
        place = error.filename or folder
        if isinstance(error, PermissionError):
            fix = f"have {_owner(Path(place))} share the cache with you, or {elsewhere} of yours"
        else:
            fix = places.elsewhere() or f"{elsewhere} on another disk"
        raise ModelError(f"{place}: {error.strerror}", fix) from error


def _owner(path: Path) -> str:
    """Name whom a file belongs to, or the folder that it should be in."""
    there = next((p for p in (path, *path.parents) if os.path.lexists(p)), path)
    try:
        return pwd.getpwuid(there.lstat().st_uid).pw_name
    except (KeyError, OSError):
        return "its owner"


def megabytes(size: int) -> str:
    """Return a size in MB, as download pages give it."""
    return f"{size / 1e6:,.1f} MB"
