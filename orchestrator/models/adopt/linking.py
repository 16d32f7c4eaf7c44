"""Takes files of other programs into the store: verified, and linked instead of copied."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from orchestrator.cache import disk, hub
from orchestrator.cache.downloads.messages import hash_of
from orchestrator.cache.manifest import Facts
from orchestrator.cache.store import Draft
from orchestrator.errors import ModelError
from orchestrator.models import build, provision
from orchestrator.models.adopt import Found, Offer, Refusal, search
from orchestrator.models.status.selection import Wanted


def offers(wanted: Iterable[Wanted]) -> list[Offer | Refusal]:
    """Return what can be had from other programs, of what is not complete in the store already."""
    sources = (p for each in wanted for p in provision.each_source(each.backend, each.name))
    # Other programs have the weights alone.
    found = (search(planned.alone or planned) for planned in sources if not planned.present)
    return [each for each in found if each is not None]


def adopt(
    found: Iterable[Offer | Refusal], *, dry_run: bool = False
) -> Iterator[tuple[Offer | Refusal, ModelError | None]]:
    """Take what is offered, or only verify it; yield each with what is wrong with it."""
    for each in found:
        yield each, None if isinstance(each, Refusal) else _fault(each, dry_run=dry_run)


def _fault(offer: Offer, *, dry_run: bool) -> ModelError | None:
    try:
        (_verify if dry_run else _take)(offer)
    except ModelError as error:
        return error
    return None


def _verify(offer: Offer) -> None:
    """Read every file and compare it with what it must be; raise ModelError with all faults."""
    problems = [problem for found in offer.files if (problem := _problem(found.path, found))]
    if problems:
        raise ModelError("; ".join(problems))


def _problem(path: Path, found: Found) -> str:
    """Say what is wrong with a file: its size, else the strongest hash that is known."""
    size, known = path.stat().st_size, hub.known(found.known)
    if known.size not in {None, size}:
        return f"{found.name}: expected {known.size} bytes, found {size} bytes"
    kind, expected = next(iter(known.hashes().items()))  # one is always known
    actual = hash_of(path, kind)
    same = actual == expected
    return "" if same else f"{found.name}: expected {kind} {expected}, found {kind} {actual}"


def _take(offer: Offer) -> None:
    """Link a model's files into the store and verify them there.

    A hard link where the file system allows one, else a symbolic one. Raises ModelError naming
    the first file that is not what it must be; then nothing is left of it in the store.
    """
    planned = offer.planned

    def fill(draft: Draft) -> Facts:
        for found in offer.files:
            target = draft.folder / found.name
            disk.make_folder(target.parent)
            _link(found.path, target)
            if problem := _problem(target, found):
                raise ModelError(f"{found.path}: {problem}")
        build.complete(planned.entry.format, draft.folder)
        return Facts(source=planned.chosen.kind, revision=offer.revision)

    planned.entry.obtain(fill, needed_bytes=0)


def _link(path: Path, target: Path) -> None:
    """Make one more name for a file, whatever it takes; the content stays where it is."""
    try:
        os.link(path, target)
    except OSError:  # another file system, or one without hard links, or somebody else's file
        target.symlink_to(path)
