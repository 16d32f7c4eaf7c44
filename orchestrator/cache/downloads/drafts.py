"""In the helper: a download's folder, where files that came and parts of files lie together."""

import hashlib
import shutil
from contextlib import suppress
from pathlib import Path

from orchestrator.cache.downloads.listing import Remote
from orchestrator.cache.downloads.wire import Known

_PIECE = 1 << 20


def part_of(target: Path, known: Known) -> Path:
    """Return where a file is while it comes: named for its content, never joined to another."""
    return target.with_name(f".{target.name}.{known.version}.part")


def etag_of(part: Path) -> Path:
    """Return where the server's own name of that version is kept."""
    return part.with_suffix(".etag")


def hash_of(path: Path, kind: str) -> str:
    """Return a file's hash: "sha256", "sha1", or "git sha1", which git puts a header before."""
    digest = hashlib.new("sha256" if kind == "sha256" else "sha1", usedforsecurity=False)
    if kind == "git sha1":
        digest.update(b"blob %d\0" % path.stat().st_size)
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def tidy(folder: Path, remotes: list[Remote]) -> None:
    """Remove what no file of this attempt can use: other versions, half an extraction."""
    expected = {folder / remote.name for remote in remotes}
    parts = {part_of(folder / remote.name, remote.known) for remote in remotes}
    parts |= {etag_of(part) for part in parts}
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            with suppress(OSError):
                path.rmdir()  # only when it is empty
        elif path not in expected | parts:
            path.unlink()


def missing_room(folder: Path, remotes: list[Remote], held: dict[str, str]) -> int:
    """Return how many bytes the disk is short of for what has still to come; 0 or less is fine."""
    wanted = sum(r.known.size or 0 for r in remotes if (r.known.sha256 or "") not in held)
    here = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    return wanted - here - shutil.disk_usage(folder).free
