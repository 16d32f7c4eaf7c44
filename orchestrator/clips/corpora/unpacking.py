"""Lays audio that was inside a parquet file out in the cache, once, under the name of its hash."""

import hashlib
import os
import tempfile
from pathlib import Path

from orchestrator.cache import disk
from orchestrator.cache.store import cache_folder
from orchestrator.clips.corpora.entries import Embedded


def unpacked(audio: Embedded) -> Path:
    """Return the file with this audio; raise ModelError where the cache cannot be written."""
    sha256 = hashlib.sha256(audio.data).hexdigest()
    # Some file systems are slow with 100,000 files in a folder.
    path = cache_folder() / "corpora" / "audio" / sha256[:2] / f"{sha256}{audio.suffix}"
    with disk.told(path.parent, len(audio.data)):
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, audio.data)
    return path


def _write(path: Path, data: bytes) -> None:
    """Put the file in place with one rename: half of it would be taken for all of it."""
    handle, partial = tempfile.mkstemp(".partial", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(partial).replace(path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
