"""The user's store of models: a folder appears in it finished, or not at all."""

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from platformdirs import user_cache_path

from orchestrator.errors import ModelError
from orchestrator.models.manifest import Check, Facts, Manifest, check, record

_VARIABLE = "WHISPER_CLEANROOM_CACHE"
_PARTIAL = ".partial"
# Quotas and file-size limits say "no room" in their own words.
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def cache_folder() -> Path:
    """Return the user's cache folder, absolute; WHISPER_CLEANROOM_CACHE moves it."""
    chosen = os.environ.get(_VARIABLE)
    return Path(chosen).expanduser().absolute() if chosen else user_cache_path("whisper-cleanroom")


def models_on_disk(form: str) -> list[str]:
    """Return the names of the models that are complete in one format, whatever their origin."""
    entries = sorted((cache_folder() / "models" / form).glob("*/*/"))
    complete = (entry.parent.name for entry in entries if check(entry).state == "complete")
    return list(dict.fromkeys(complete))


@dataclass(frozen=True)
class Draft:
    """A folder being filled; `lock` is the entry's lock, to be inherited by a child that writes.

    An orphaned child so keeps the lock until it has ended, and nobody sweeps under its hands.
    """

    folder: Path
    lock: int


@dataclass(frozen=True)
class Entry:
    """One model in one format from one origin: `models/<format>/<model>/<origin>/`."""

    format: str
    model: str
    origin: str

    @property
    def folder(self) -> Path:
        """Where the finished files are."""
        return cache_folder() / "models" / self.format / self.model / self.origin

    def check(self, *, deep: bool = False) -> Check:
        """Say whether the folder is complete, missing, incomplete or corrupt, and what is wrong."""
        return check(self.folder, deep=deep)

    def obtain(
        self,
        fill: Callable[[Draft], Facts],
        needed_bytes: int,
        waiting: Callable[[], None] = lambda: None,
    ) -> Manifest:
        """Return the complete folder's manifest; where there is none, let `fill` make the files.

        Of two processes one fills and the other waits, having called `waiting`. Whatever ends
        `fill`, nothing unfinished is left that counts. Raises ModelError, also for a full disk.
        """
        with _told(self.folder, needed_bytes), self._locked(waiting) as lock:
            found = self.check()
            if found.state == "complete" and found.manifest:
                return found.manifest
            self._sweep()
            _need_room(self.folder, needed_bytes)
            with self._draft(lock) as draft:
                manifest = record(draft.folder, fill(draft))
                self._publish(draft.folder)
            return manifest

    @contextmanager
    def _locked(self, waiting: Callable[[], None]) -> Iterator[int]:
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with (self.folder.parent / f".{self.origin}.lock").open("wb") as file:
            lock(file, waiting)
            yield file.fileno()

    @contextmanager
    def _draft(self, lock: int) -> Iterator[Draft]:
        """Make a folder beside the finished one, on its file system; it is gone afterwards."""
        made = tempfile.mkdtemp(_PARTIAL, f".{self.origin}.", self.folder.parent)
        try:
            yield Draft(Path(made), lock)
        finally:
            shutil.rmtree(made, ignore_errors=True)

    def _sweep(self) -> None:
        """Remove what crashed builders left: whoever holds the lock is the only builder alive."""
        for stale in self.folder.parent.glob(f".{self.origin}.*{_PARTIAL}"):
            shutil.rmtree(stale, ignore_errors=True)

    def _publish(self, draft: Path) -> None:
        """Put the draft in place with one rename, all of it on the disk before."""
        draft.chmod(0o755)
        for path in [*draft.rglob("*"), draft]:
            _sync_to_disk(path)
        if self.folder.exists():
            self.folder.rename(f"{draft}.replaced{_PARTIAL}")
        draft.rename(self.folder)
        _sync_to_disk(self.folder.parent)
        self._sweep()


def lock(file: BinaryIO, waiting: Callable[[], None]) -> None:
    """Take a file's lock for as long as it is open, having called `waiting` if another has it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        waiting()
        fcntl.flock(file, fcntl.LOCK_EX)


def _sync_to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _need_room(folder: Path, needed: int) -> None:
    if shutil.disk_usage(folder.parent).free < needed:
        raise OSError(errno.ENOSPC, "no room")


@contextmanager
def _told(folder: Path, needed: int) -> Iterator[None]:
    """Turn the system's errors into ours, with what to do next."""
    elsewhere = f"set {_VARIABLE} to a folder on another disk"
    try:
        yield
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise ModelError(f"{error.filename or folder}: {error.strerror}", elsewhere) from error
        raise ModelError(
            f"no room for {folder}: it needs {megabytes(needed)}, {_room(folder)}",
            f"free some space, or {elsewhere}",
        ) from error


def _room(folder: Path) -> str:
    """Say how much is free on the folder's disk."""
    disk = next(p for p in folder.parents if p.exists())
    return f"{megabytes(shutil.disk_usage(disk).free)} are free"


def megabytes(size: int) -> str:
    """Return a size in MB, as download pages give it."""
    return f"{size / 1e6:,.1f} MB"
