"""What a finished folder of the store says about itself, and whether that is still true."""

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from orchestrator.cache import disk
from orchestrator.cache.sources import Record
from orchestrator.files import sha256_of

MANIFEST = "manifest.json"
State = Literal["complete", "missing", "incomplete", "corrupt"]


class FileRecord(Record):
    """One file as it was when it was finished; `mtime_ns` lets a later check skip the hashing."""

    size: int
    sha256: str
    mtime_ns: int


class Facts(Record):
    """Where a folder's files come from, and the digest over their tensors where that is known.

    `place` is the user's own folder, where the files are used in place instead of beside this.
    """

    source: Literal["hub", "url", "wheel", "local", "package"]
    revision: str | None
    digest: str | None = None
    place: str | None = None


class Manifest(Record):
    """`manifest.json`, written last: a folder without it holds nothing that counts."""

    version: Literal[1] = Field(default=1, alias="schema", serialization_alias="schema")
    facts: Facts
    files: dict[str, FileRecord]

    @property
    def sha256(self) -> str:
        """The hash of the list of file hashes, as `sha256sum * | sha256sum` gives it."""
        lines = (f"{record.sha256}  {name}\n" for name, record in sorted(self.files.items()))
        return hashlib.sha256("".join(lines).encode()).hexdigest()


@dataclass(frozen=True)
class Problem:
    """One file that is not as recorded: a part of it is not there yet, or it is another."""

    kind: Literal["incomplete", "corrupt"]
    file: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.file}: expected {self.expected}, found {self.found}"


@dataclass(frozen=True)
class Check:
    """The verdict on a folder; `manifest` is None where none can be read."""

    state: State
    manifest: Manifest | None = None
    problems: tuple[Problem, ...] = ()


def record(home: Path, facts: Facts, names: Iterable[str] | None = None) -> Manifest:
    """Hash the files of a finished folder (all, or those named) and write its manifest."""
    place = Path(facts.place or home)
    found = {name: _record(place / name) for name in (listing(place) if names is None else names)}
    manifest = Manifest(facts=facts, files=found)
    write(home, manifest)
    return manifest


def read(home: Path) -> Manifest | None:
    """Return what a folder says about itself, unchecked; None where nothing readable does."""
    try:
        return Manifest.model_validate_json((home / MANIFEST).read_bytes())
    except (OSError, ValidationError):
        return None


def check(home: Path, *, deep: bool = False) -> Check:
    """Compare a folder with its manifest: sizes and stamps, or every hash with `deep`.

    A file whose stamp alone changed (a copy, a restored backup) is hashed, and its new stamp kept.
    """
    try:
        manifest = Manifest.model_validate_json((home / MANIFEST).read_bytes())
    except FileNotFoundError:
        return Check("missing")
    except (OSError, ValidationError) as error:
        fault = str(error).replace("\n", " ")
        return Check("corrupt", None, (Problem("corrupt", MANIFEST, "a manifest", fault),))
    place = Path(manifest.facts.place or home)
    found = {name: _compare(place, name, old, deep=deep) for name, old in manifest.files.items()}
    # A library may prefer a stray file (weights.safetensors before weights.npz) to the checked one.
    # In the user's own folder there may be anything.
    strays = [n for n in listing(home) if n not in manifest.files or manifest.facts.place]
    problems = [f for f in found.values() if isinstance(f, Problem)]
    problems += [Problem("corrupt", name, "no such file", "one") for name in strays]
    if problems:
        kinds = {problem.kind for problem in problems}
        state: State = "corrupt" if "corrupt" in kinds else "incomplete"
        return Check(state, manifest, tuple(problems))
    if found != manifest.files:
        manifest = manifest.model_copy(update={"files": found})
        with suppress(OSError):  # a store that cannot be written is hashed again next time
            write(home, manifest)
    return Check("complete", manifest)


def _compare(folder: Path, name: str, old: FileRecord, *, deep: bool) -> FileRecord | Problem:
    """Return the file's record, with its new stamp if it has one, or what is wrong."""
    try:
        status = (folder / name).stat()
    except OSError:
        return Problem("incomplete", name, f"{old.size} bytes", "no such file")
    if not os.access(folder / name, os.R_OK):
        return Problem("corrupt", name, "a file that you may read", "another user's")
    short = old.size - status.st_size
    if short:
        found = f"{status.st_size} bytes{f', {short} short' if short > 0 else ''}"
        kind: Literal["incomplete", "corrupt"] = "incomplete" if short > 0 else "corrupt"
        return Problem(kind, name, f"{old.size} bytes", found)
    if not deep and status.st_mtime_ns == old.mtime_ns:
        return old
    now = _record(folder / name)
    if now.sha256 != old.sha256:
        return Problem("corrupt", name, f"sha256 {old.sha256}", f"sha256 {now.sha256}")
    return now


def _record(path: Path) -> FileRecord:
    status = path.stat()
    return FileRecord(size=status.st_size, sha256=sha256_of(path), mtime_ns=status.st_mtime_ns)


def listing(folder: Path) -> list[str]:
    """Name every file below the folder but the manifest and what begins with a dot (.DS_Store)."""
    found = (p for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))
    return sorted(name for p in found if (name := p.relative_to(folder).as_posix()) != MANIFEST)


def write(folder: Path, manifest: Manifest) -> None:
    """Put the manifest in place with one rename."""
    with disk.replacing(folder / MANIFEST) as file:
        file.write(manifest.model_dump_json(by_alias=True, indent=1).encode() + b"\n")
