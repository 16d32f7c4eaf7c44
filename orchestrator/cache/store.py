"""The user's store of models: a folder appears in it finished, or not at all."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from orchestrator.cache import disk
from orchestrator.cache import manifest as manifests
from orchestrator.cache.manifest import MANIFEST, Check, Facts, FileRecord, Manifest, check, record
from orchestrator.errors import NO_ROOM, ModelError
from orchestrator.places import cache_folder

_PARTIAL = ".partial"
# A download that was cut: a name of its own, for it is not swept but resumed.
_KEPT = ".kept"

Fill = Callable[["Draft"], Facts]


def entries() -> Iterator["Entry"]:
    """Yield every entry that was ever finished, whatever state it is in now."""
    for found in sorted((cache_folder() / "models").glob(f"[!.]*/[!.]*/[!.]*/{MANIFEST}")):
        form, model, origin = found.parent.parts[-3:]
        yield Entry(form, model, origin)


def unfinished() -> Iterator[tuple["Entry", Path]]:
    """Yield the folders of downloads and builds that were cut, or are going on now."""
    for path in sorted(cache_folder().glob("*/[!.]*/[!.]*/.*")):
        shelf, form, model, name = path.parts[-4:]
        origin = name[1:].removesuffix(_KEPT)
        if name.endswith(_PARTIAL):  # .<origin>.<what tells it from others>.partial
            origin = origin.removesuffix(_PARTIAL).rpartition(".")[0]
        if name.endswith((_KEPT, _PARTIAL)):
            yield Entry(form, model, origin, shelf), path


def models_on_disk(form: str) -> list[str]:
    """Return the names of the models that are complete in one format, whatever their origin."""
    complete = (e.model for e in entries() if e.format == form and e.check().state == "complete")
    return list(dict.fromkeys(complete))


@dataclass(frozen=True)
class Draft:
    """A folder being filled; `lock` is the entry's lock, to be inherited by a child that writes.

    An orphaned child keeps the lock until it has ended, so that its files are not swept before.
    """

    folder: Path
    lock: int


@dataclass(frozen=True)
class Entry:
    """One model in one format from one origin: `models/<format>/<model>/<origin>/`.

    Other things that are fetched and kept, corpora, lie on a `shelf` of their own.
    """

    format: str
    model: str
    origin: str
    shelf: str = "models"

    @property
    def home(self) -> Path:
        """The entry's own folder in the store, where its manifest is."""
        return cache_folder() / self.shelf / self.format / self.model / self.origin

    @property
    def folder(self) -> Path:
        """Where the finished files are: the home, or the user's own folder used in place."""
        found = manifests.read(self.home)
        return Path(found.facts.place) if found and found.facts.place else self.home

    def recorded(self) -> Iterator[tuple[Path, FileRecord]]:
        """Yield the files that its manifest lists, each where it should be."""
        if found := manifests.read(self.home):
            folder = Path(found.facts.place or self.home)
            yield from ((folder / name, file) for name, file in found.files.items())

    def check(self, *, deep: bool = False) -> Check:
        """Say whether the folder is complete, missing, incomplete or corrupt, and what is wrong."""
        return check(self.home, deep=deep)

    def kept_bytes(self) -> int:
        """Return how much of a cut download is kept to be resumed; it counts as nothing."""
        return size_on_disk(self._kept)

    def obtain(
        self,
        fill: Fill,
        needed_bytes: int,
        waiting: Callable[[], None] = lambda: None,
        *,
        keep: bool = False,
    ) -> Manifest:
        """Return the complete folder's manifest; where there is none, let `fill` make the files.

        Of two that want it one fills and the other waits, calling `waiting`. Whatever ends
        `fill`, nothing unfinished is left that counts; with `keep` its draft waits for the next
        attempt. Raises ModelError, also for a full disk.
        """
        with disk.explained(self.home, needed_bytes), self._locked(waiting) as lock:
            found = self.check()
            if found.state == "complete" and found.manifest:
                return found.manifest
            self._sweep()
            disk.need_room(self.home, needed_bytes)
            with self._draft(lock, keep=keep) as draft:
                manifest = record(draft.folder, fill(draft))
                self._publish(draft.folder)
            return manifest

    def note(self, facts: Facts, names: list[str]) -> Manifest:
        """Write a manifest for the user's own files, or new facts for the entry's; hash what moved.

        Raises ModelError.
        """
        with disk.explained(self.home, 0), self._locked(lambda: None):
            disk.make_folder(self.home)
            found = self.check()
            if found.state == "complete" and found.manifest and list(found.manifest.files) == names:
                manifest = found.manifest.model_copy(update={"facts": facts})
                manifests.write(self.home, manifest)
                return manifest
            return record(self.home, facts, names)

    def remove(self) -> int:
        """Remove the entry and what is kept of its download; return the bytes given back.

        Files of the user's that are used in place stay. Raises ModelError.
        """
        with disk.explained(self.home, 0), self._locked(lambda: None):
            freed = size_on_disk(self.home) + self.kept_bytes()
            gone = self.home.with_name(f".{self.origin}.removed{_PARTIAL}")
            if self.home.exists():
                self.home.rename(gone)  # at once, so that half of it never looks like an entry
            self._sweep()
            shutil.rmtree(self._kept, ignore_errors=True)
            return freed

    def discard_unfinished(self) -> None:
        """Remove what a cut download or a crashed build left; raise ModelError if one goes on."""

        def busy() -> None:
            raise ModelError(f"{self.home}: another process is making it", "wait for it to end")

        with disk.explained(self.home, 0), self._locked(busy):
            self._sweep()
            shutil.rmtree(self._kept, ignore_errors=True)

    @property
    def _kept(self) -> Path:
        return self.home.with_name(f".{self.origin}{_KEPT}")

    def _locked(self, waiting: Callable[[], None]) -> AbstractContextManager[int]:
        return disk.locked(self.home.with_name(f".{self.origin}.lock"), waiting)

    @contextmanager
    def _draft(self, lock: int, *, keep: bool) -> Iterator[Draft]:
        """Make a folder beside the finished one, on its file system.

        It is gone afterwards, but for one to keep: that goes only when the disk is full.
        """
        if keep:
            made = self._kept
            disk.make_folder(made)
        else:
            made = Path(tempfile.mkdtemp(_PARTIAL, f".{self.origin}.", self.home.parent))
        try:
            yield Draft(made, lock)
        except OSError as error:
            keep = keep and error.errno not in NO_ROOM
            raise
        finally:
            if keep:
                disk.share_all(made)
            else:
                shutil.rmtree(made, ignore_errors=True)

    def _sweep(self) -> None:
        """Remove what crashed builders left: whoever holds the lock is the only builder alive."""
        for stale in self.home.parent.glob(f".{self.origin}.*{_PARTIAL}"):
            shutil.rmtree(stale, ignore_errors=True)

    def _publish(self, draft: Path) -> None:
        """Put the draft in place with one rename, all of it on the disk before."""
        disk.share_all(draft)
        for path in [*draft.rglob("*"), draft]:
            disk.sync_to_disk(path)
        if self.home.exists():
            self.home.rename(f"{draft}.replaced{_PARTIAL}")
        draft.rename(self.home)
        disk.sync_to_disk(self.home.parent)
        self._sweep()


def size_on_disk(path: Path) -> int:
    """Return the bytes of a file, or of all below a folder; what is gone counts as nothing."""
    total = 0
    for each in (path, *path.rglob("*")):
        with suppress(OSError):
            total += each.lstat().st_size if each.is_file() else 0
    return total
