"""Who uses how much of the disk, and what is there twice."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from orchestrator.backends import Backend
from orchestrator.cache import store
from orchestrator.cache.store import Entry
from orchestrator.models.adopt import caches

_SMALL = 10_000_000  # tokenizers and the like repeat everywhere, and their sum is nothing


@dataclass(frozen=True)
class Use:
    """One entry of the store: its bytes, and how many of them have another name elsewhere."""

    entry: Entry
    backends: tuple[str, ...]
    size: int
    linked: int


@dataclass(frozen=True)
class Duplicate:
    """The same content in several files; all but one could go."""

    size: int
    paths: tuple[Path, ...]

    @property
    def wasted(self) -> int:
        """The bytes that deleting all but one would give back."""
        return self.size * (len(self.paths) - 1)


@dataclass(frozen=True)
class Usage:
    """The whole store; `total` counts a file with several names once."""

    uses: tuple[Use, ...]
    duplicates: tuple[Duplicate, ...]
    unfinished: tuple[tuple[Path, int], ...]
    total: int


def usage(among: Sequence[Backend]) -> Usage:
    """Measure the store; nothing is hashed: hashes are the manifests' and the hub's blob names."""
    entries = list(store.entries())
    files = {entry: list(_files(entry)) for entry in entries}
    inodes = {i.inode: i.size for found in files.values() for i in found}
    unfinished = tuple((path, store.size_on_disk(path)) for _, path in store.unfinished())
    return Usage(
        uses=tuple(_use(entry, found, among) for entry, found in files.items()),
        duplicates=tuple(_duplicates([each for found in files.values() for each in found])),
        unfinished=unfinished,
        total=sum(inodes.values()) + sum(size for _, size in unfinished),
    )


@dataclass(frozen=True)
class _Stored:
    path: Path
    sha256: str
    size: int
    inode: tuple[int, int]
    elsewhere: bool


def _files(entry: Entry) -> Iterator[_Stored]:
    """Yield the files of an entry as they are now; what is gone is left out."""
    for path, record in entry.recorded():
        with suppress(OSError):
            status = path.stat()
            elsewhere = status.st_nlink > 1 or not path.resolve().is_relative_to(entry.home)
            inode = (status.st_dev, status.st_ino)
            yield _Stored(path, record.sha256, status.st_size, inode, elsewhere)


def _use(entry: Entry, found: Sequence[_Stored], among: Sequence[Backend]) -> Use:
    return Use(
        entry=entry,
        backends=tuple(b.name for b in among if b.format == entry.format),
        size=sum(each.size for each in found),
        linked=sum(each.size for each in found if each.elsewhere),
    )


def _duplicates(stored: Sequence[_Stored]) -> Iterator[Duplicate]:
    """Group by hash what has different inodes, in the store and in the hub's own cache."""
    by_hash: dict[str, dict[tuple[int, int], Path]] = defaultdict(dict)
    sizes = {each.sha256: each.size for each in stored if each.size >= _SMALL}
    for each in stored:
        by_hash[each.sha256].setdefault(each.inode, each.path)
    for blob in _blobs():
        if blob.name in sizes:
            with suppress(OSError):
                status = blob.stat()
                by_hash[blob.name].setdefault((status.st_dev, status.st_ino), blob)
    for sha256, size in sizes.items():
        if len(by_hash[sha256]) > 1:
            yield Duplicate(size, tuple(by_hash[sha256].values()))


def _blobs() -> Iterator[Path]:
    """Yield the hub cache's blobs, whose names are their hashes."""
    for root in caches.hub_caches():
        yield from root.glob("models--*/blobs/*")
