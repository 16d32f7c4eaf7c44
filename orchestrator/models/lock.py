"""Records what the hub has now: revision, sizes and hashes, into each backend's models.toml."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tomlkit

from orchestrator import places
from orchestrator.backends import Backend
from orchestrator.cache import disk
from orchestrator.cache.hub import listings, obstacle
from orchestrator.cache.sources import BESIDE, File, HubSource, Model, endpoint
from orchestrator.errors import ModelError, ModelUnavailable, UsageError
from orchestrator.models import catalogue


@dataclass(frozen=True)
class Slot:
    """Where a hub source stands in a models.toml: `key` is sources, or what is beside them."""

    model: str
    key: str
    index: int
    source: HubSource


@dataclass(frozen=True)
class Change:
    """One source before and after; `after` is None where `error` says why it stays as it was."""

    backend: str
    slot: Slot
    after: HubSource | None
    error: str = ""

    @property
    def moved(self) -> bool:
        """Whether the record is another than before."""
        return self.after is not None and self.after != self.slot.source


@dataclass(frozen=True)
class FileChange:
    """One file of a source: what the record said of it, and what it says now."""

    before: File | None
    after: File | None


def lock(backends: Sequence[Backend], *, write: bool = True) -> list[Change]:
    """Ask the hub for the newest of every repository and record it; one change a source.

    A file is written whole or not at all. Raises ModelUnavailable when the hub cannot be
    asked, UsageError for the records of an installed package.
    """
    installed = [backend.name for backend in backends if places.installed(backend.folder)]
    if write and installed:
        raise UsageError(
            f"the records of an installed program are not changed: {', '.join(installed)}",
            "upgrade it, or run this in a clone; -b NAME for others; --dry-run shows what is newer",
        )
    if reason := obstacle():
        raise ModelUnavailable(
            f"the records come from {endpoint()}, which {reason}; nothing was changed",
            "connect, or set HF_ENDPOINT to a mirror, and unset HF_HUB_OFFLINE",
        )
    asked = [(b, slot) for b in backends for m in catalogue.models(b).values() for slot in slots(m)]
    # One process for all of them: the hub's client takes longer to import than to answer.
    answers = listings([slot.source for _, slot in asked], newest=True)
    changes = [change(b.name, slot, a) for (b, slot), a in zip(asked, answers, strict=True)]
    for backend in backends if write else ():
        _write(backend, [c for c in changes if c.backend == backend.name and c.moved])
    return changes


def slots(model: Model) -> Iterator[Slot]:
    """Yield every hub source of a model with its place in the file."""
    for index, source in enumerate(model.sources):
        if isinstance(source, HubSource):
            yield Slot(model.name, "sources", index, source)
    for key in BESIDE:
        extra: HubSource | None = getattr(model, key)
        if extra is not None:
            yield Slot(model.name, key, 0, extra)


def change(backend: str, slot: Slot, answer: HubSource | ModelError) -> Change:
    """Return what an answer of the hub makes of a source."""
    if isinstance(answer, ModelError):
        return Change(backend, slot, None, str(answer))
    known = {file.name: file for file in slot.source.files}
    kept = tuple(_kept(known.get(file.name), file) for file in answer.files)
    return Change(backend, slot, answer.model_copy(update={"files": kept, "pinned": "seen"}))


def _kept(old: File | None, new: File) -> File:
    """Keep a SHA-1 published elsewhere while nothing says that the file is another by now."""
    if old is None or old.sha1 is None:
        return new
    same = old.sha256 == new.sha256 if old.sha256 else old.size in {None, new.size}
    return new.model_copy(update={"sha1": old.sha1}) if same else new


def differences(change: Change) -> list[FileChange]:
    """Return the files that were added, changed or dropped."""
    if change.after is None:
        return []
    before = {file.name: file for file in change.slot.source.files}
    after = {file.name: file for file in change.after.files}
    pairs = (FileChange(before.get(n), after.get(n)) for n in sorted({*before, *after}))
    return [pair for pair in pairs if pair.before != pair.after]


def _write(backend: Backend, changes: Sequence[Change]) -> None:
    if not changes:
        return
    path = backend.folder / "models.toml"
    moved = {change.slot: change.after for change in changes if change.after}
    text = rewritten(path.read_text("utf-8"), moved)
    with disk.replacing(path) as file:
        file.write(text.encode())
    catalogue.models.cache_clear()


def rewritten(text: str, moved: Mapping[Slot, HubSource]) -> str:
    """Return a models.toml with these sources recorded, all else as it was written."""
    document: Any = tomlkit.parse(text)
    for slot, source in moved.items():
        table = document["models"][slot.model]
        place, key = (table["sources"], slot.index) if slot.key == "sources" else (table, slot.key)
        place[key] = _inline(source, inherits="wanted" not in place[key])
    return tomlkit.dumps(document)


def _inline(source: HubSource, *, inherits: bool) -> Any:  # noqa: ANN401 - tomlkit's own item
    """Return a source as an inline table, a line a file; `wanted` only where it stood before."""
    keys = ("kind", "repository", "revision", "pinned")
    said = {key: value for key in keys if (value := getattr(source, key)) is not None}
    parts = [f"{key} = {json.dumps(value)}" for key, value in said.items()]
    if not inherits:
        parts.append(f"wanted = {json.dumps(source.wanted)}")
    if source.files:
        files = "".join(f"        {_file(file)},\n" for file in source.files)
        parts.append(f"files = [\n{files}    ]")
    return tomlkit.value(f"{{ {', '.join(parts)} }}")


def _file(file: File) -> str:
    known = file.model_dump(exclude_none=True)
    return f"{{ {', '.join(f'{key} = {json.dumps(value)}' for key, value in known.items())} }}"
