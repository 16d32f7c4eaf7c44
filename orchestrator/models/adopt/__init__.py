"""Finds the files of a model in what other programs have downloaded; no content is read here."""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from orchestrator.cache.sources import File, HubSource, Model, UrlSource
from orchestrator.errors import program
from orchestrator.models import catalogue
from orchestrator.models.adopt import caches
from orchestrator.models.adopt.caches import Copy
from orchestrator.models.plan import Planned


@dataclass(frozen=True)
class Found:
    """One file: its place in the entry, where it really is, what it must hash to."""

    name: str
    path: Path
    known: File


@dataclass(frozen=True)
class Offer:
    """All files of a model, in another program's folder."""

    planned: Planned
    copy: Copy
    files: tuple[Found, ...]
    revision: str | None

    @property
    def size(self) -> int:
        """What would otherwise be downloaded, in bytes."""
        return sum(found.path.stat().st_size for found in self.files)


@dataclass(frozen=True)
class Refusal:
    """Files of a model that were found and cannot be used, and what would help."""

    planned: Planned
    copy: Copy
    why: str
    fix: str = ""


def search(planned: Planned) -> Offer | Refusal | None:
    """Look for a source's files on this machine; None where no copy has any of them."""
    source = planned.chosen
    if not isinstance(source, HubSource | UrlSource):
        return None
    form = catalogue.format_of(planned.backend, planned.model.format)
    refusal = None
    for copy in caches.copies(source, planned.model):
        try:
            files = tuple(_files(planned.model, source, copy, form.single(planned.name)))
            tokenizer = tuple(_tokenizer(planned.model))
        except _Unusable as fault:
            refusal = refusal or Refusal(planned, copy, *fault.args)
            continue
        if files:
            return Offer(planned, copy, files + tokenizer, _revision(source, copy, files))
    return refusal


class _Unusable(Exception):
    """Why a copy that is there cannot be used, and what would help."""


def _files(
    model: Model, source: HubSource | UrlSource, copy: Copy, single: str = ""
) -> Iterator[Found]:
    """Pair what the record wants with what the copy has; nothing where it has none of it."""
    if isinstance(source, UrlSource):
        name = source.name
        known = File(name=name, size=source.size, sha256=source.sha256, sha1=source.sha1)
        wanted = {name: known}
    else:
        wanted = {file.name: file for file in source.files}
        if source.revision is None:  # no list yet: what the patterns find is the list
            wanted |= {n: File(name=n) for n in copy.names if source.wants(n) and n not in wanted}
    here = wanted.keys() & set(copy.names)
    if not here:
        return
    if isinstance(source, HubSource):
        _whole(model, source, sorted(here))
    if absent := wanted.keys() - here:
        raise _Unusable(f"it lacks {', '.join(sorted(absent))}")
    for name, file in wanted.items():
        where = source.where(name) if isinstance(source, HubSource) else single or name
        yield Found(where, copy.real(name), _known(model, file, copy))


def _whole(model: Model, source: HubSource, here: list[str]) -> None:
    """Refuse a copy that cannot be known to be complete, because the record has no list."""
    if source.revision is not None:
        return
    if any(pattern.endswith("/*") for pattern in source.wanted):
        raise _Unusable("the record does not list its files yet", _lock(model))
    absent = [
        pattern
        for pattern in source.wanted
        if not any(fnmatch(name, pattern) for name in here) and pattern not in source.optional
    ]
    if absent:
        raise _Unusable(f"it lacks {', '.join(absent)}")


def _known(model: Model, file: File, copy: Copy) -> File:
    """Return what to check a file against: the record, else the downloader's own note."""
    if file.sha256 or file.sha1 or file.git_sha1:
        return file
    noted = copy.noted(file.name)
    if not (noted.sha256 or noted.git_sha1):
        raise _Unusable(f"nothing says what {file.name} should hash to", _lock(model))
    return noted.model_copy(update={"size": file.size})


def _tokenizer(model: Model) -> Iterator[Found]:
    """Find WhisperKit's tokenizer, which comes from a repository of its own."""
    source = model.tokenizer
    if source is None:
        return
    for copy in caches.copies(source, model):
        found = list(_files(model, source, copy))
        yield from (Found(f"tokenizer/{each.name}", each.path, each.known) for each in found)
        if found:
            return
    raise _Unusable(f"its tokenizer ({source.repository}) is not there")


def _revision(source: HubSource | UrlSource, copy: Copy, files: tuple[Found, ...]) -> str | None:
    if isinstance(source, UrlSource):
        return source.sha256 or source.sha1
    return source.revision or copy.commit(files[0].known.name)


def _lock(model: Model) -> str:
    return f"{program()} models lock -b {model.backend}"
