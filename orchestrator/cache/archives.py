"""Unpacks downloaded zip archives: nothing outside the folder, nothing larger than it says."""

import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from orchestrator.cache import disk
from orchestrator.errors import ModelError

# A CoreML encoder is weights, which hardly shrink: more than this is no model.
_MOST_FACTOR = 20
_MOST_BYTES = 20 * 2**30
_MOST_MEMBERS = 10_000
_PIECE = 1 << 20


def unpack(archive: Path, folder: Path) -> list[Path]:
    """Unpack a zip into `folder` and return its files; raise ModelError for one that misbehaves.

    Every name is looked at before anything is written. The `__MACOSX` folder that the Finder adds
    is left out.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            members = list(_members(archive, opened))
            return [_write(opened, member, folder) for member in members]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise _refused(archive, f"it is no usable zip: {error}") from error


def _members(archive: Path, opened: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    """Yield the files to write; raise ModelError for any that must not be."""
    members = opened.infolist()
    if len(members) > _MOST_MEMBERS:
        raise _refused(archive, f"it has {len(members)} members, {_MOST_MEMBERS} are allowed")
    declared = sum(member.file_size for member in members)
    if declared > min(_MOST_BYTES, _MOST_FACTOR * archive.stat().st_size + _PIECE):
        raise _refused(archive, f"it says it unpacks to {declared} bytes")
    seen: set[str] = set()
    for member in members:
        _expect_tame(archive, member)
        if member.is_dir() or member.filename.startswith("__MACOSX/"):
            continue
        if member.filename.lower() in seen:
            raise _refused(archive, f"{member.filename!r} comes twice")
        seen.add(member.filename.lower())
        yield member


def _expect_tame(archive: Path, member: zipfile.ZipInfo) -> None:
    # zipfile cuts a name at its NUL: what the archive really says is in orig_filename.
    name = member.orig_filename
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name or ":" in name:
        raise _refused(archive, f"{name!r} leads out of its folder")
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise _refused(archive, f"{name!r} is a link, or not a regular file")


def _write(opened: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> Path:
    target = folder / member.filename
    disk.make_folder(target.parent)
    # zipfile reads no more than the declared size, and checks the CRC at the end.
    with opened.open(member) as source, target.open("wb") as out:
        while piece := source.read(_PIECE):
            out.write(piece)
    return target


def _refused(archive: Path, why: str) -> ModelError:
    return ModelError(
        f"{archive.name} was not unpacked: {why}",
        "the record or its publisher is wrong: do not use this file",
    )
