"""What is planned, what is had, and how far it is: the values that provisioning passes around."""

import fnmatch
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from orchestrator.backends import Backend
from orchestrator.cache import formats
from orchestrator.cache.manifest import Check
from orchestrator.cache.store import Entry
from orchestrator.errors import CleanroomError
from orchestrator.models import wheels
from orchestrator.models.catalogue import (
    HubSource,
    LocalSource,
    Model,
    Source,
    UrlSource,
    WheelSource,
)

_RATE_SECONDS = 5.0


@dataclass(frozen=True)
class Planned:
    """What a backend will run and what is still missing for it.

    `download_bytes` is 0 when nothing has to be fetched, and only the publisher's round figure, or
    0 without one, unless `size_known`. `convert` says files are made here, out of `base` where that
    is another entry, under the python of `maker` where that is not the backend's own.
    `substituted` is the name that was asked for, where this is another.
    """

    backend: Backend
    model: Model
    chosen: Source
    entry: Entry
    check: Check
    download_bytes: int
    size_known: bool = True
    convert: bool = False
    base: "Planned | None" = None
    maker: Backend | None = None
    coreml: bool = False
    prove: bool = False  # the digest over the tensors is wanted of files that are used as they are
    foreign: bool = False  # parity was asked, but this format cannot be made here
    substituted: str | None = None
    notice: str | None = None

    @property
    def name(self) -> str:
        """The model's own name, whatever alias was asked for."""
        return self.model.name

    @property
    def source(self) -> str:
        """The kind of source, as rows show it."""
        return self.chosen.kind

    @property
    def source_record(self) -> Source:
        """The source itself, as models.toml has it."""
        return self.chosen

    @property
    def present(self) -> bool:
        """Whether the files are on disk and as recorded."""
        return self.check.state == "complete"

    @property
    def revision(self) -> str | None:
        """What is on disk, else what will be fetched; None where only the first use will tell."""
        told = self.check.manifest
        wanted = self.chosen.revision if isinstance(self.chosen, HubSource) else None
        return told.facts.revision if told else wanted

    @property
    def locked(self) -> bool:
        """Whether the record says exactly which files these are."""
        return not isinstance(self.chosen, HubSource) or self.chosen.revision is not None

    @property
    def path(self) -> Path:
        """What a runner is given."""
        if isinstance(self.chosen, LocalSource) and not self.base:
            return self.chosen.path
        return formats.path_in(self.entry.folder, self.entry.format, self.name)

    @property
    def total_bytes(self) -> int | None:
        """What the files take: as they are here, else as the record says; None if neither."""
        if self.check.manifest:
            return sum(file.size for file in self.check.manifest.files.values())
        if self.base:
            return self.base.total_bytes
        if isinstance(self.chosen, WheelSource):
            return wheels.wheels()[self.chosen.checkpoint].size
        return exact_bytes(self.chosen) or self.model.about_bytes

    @property
    def download_key(self) -> str:
        """Equal for what is downloaded once, however many backends use it."""
        if self.base:
            return self.base.download_key
        return f"{self.entry.format}/{self.entry.model}/{self.entry.origin}"


@dataclass(frozen=True)
class Provisioned:
    """Weights on disk, checked: what a runner loads and what its row says about it.

    `sha256` is of the list of file hashes; equal `digest` means equal tensors, in any format;
    `note` is a sentence for the row.
    """

    name: str
    path: Path
    source: str
    revision: str | None
    sha256: str
    format: str
    substituted: str | None
    digest: str | None
    note: str | None = None


@dataclass(frozen=True)
class Advance:
    """How far one model is: `done` and `total` in bytes, None where nothing is counted."""

    doing: str
    done: int | None = None
    total: int | None = None
    bytes_per_second: float | None = None

    @property
    def fraction(self) -> float | None:
        """0 to 1, None where unknown."""
        return min(self.done / self.total, 1.0) if self.total and self.done is not None else None

    @property
    def seconds_left(self) -> float | None:
        """At the present rate, None where unknown."""
        if not self.bytes_per_second or self.done is None or self.total is None:
            return None
        return max(self.total - self.done, 0) / self.bytes_per_second


Listen = Callable[[Advance], None]


@dataclass(frozen=True)
class Outcome:
    """What became of one model of several: either it is here, or an error says why not."""

    planned: Planned
    provisioned: Provisioned | None = None
    error: CleanroomError | None = None


@dataclass
class Meter:
    """Turns counts of bytes into Advances, with the rate over the last seconds."""

    doing: str
    listen: Listen
    _seen: deque[tuple[float, int]] = field(default_factory=deque)

    def __call__(self, here: int, total: int | None) -> None:
        """Tell the listener; the first count is what was here before and no rate."""
        now = monotonic()
        self._seen.append((now, here))
        while self._seen[0][0] < now - _RATE_SECONDS:
            self._seen.popleft()
        began, before = self._seen[0]
        rate = (here - before) / (now - began) if now > began and here > before else None
        self.listen(Advance(self.doing, here, total, rate))


def silent(_advance: Advance) -> None:
    """Listen to nothing."""


def exact_bytes(source: Source) -> int | None:
    """Return what a source's record says all its files take; None where it does not say."""
    if isinstance(source, UrlSource):
        return source.size
    if not isinstance(source, HubSource):
        return None
    names = [file.name for file in source.files]
    sizes = [file.size for file in source.files if source.wants(file.name)]
    known = [size for size in sizes if size is not None]
    complete = all(formats.dispensable("", p) or fnmatch.filter(names, p) for p in source.wanted)
    return sum(known) if complete and known and len(known) == len(sizes) else None
