"""Clips on a machine, kept by their hash: each is sent once, in pieces, and checked when whole."""

import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from orchestrator.errors import UsageError
from orchestrator.files import mode_in, sha256_of, size_of

_NAME = re.compile(r"[0-9a-f]{64}(\.[a-z0-9]{1,8})?")


def name_of(sha256: str, path: Path) -> str:
    """Return the name of a file's blob: its hash, with the ending by which decoders know it."""
    name = f"{sha256}{path.suffix.lower()}"
    return name if _NAME.fullmatch(name) else sha256


class Blobs:
    """A folder of blobs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        """Return where a blob is, once it is whole; raise UsageError for what is no name of one."""
        if not _NAME.fullmatch(name):
            raise UsageError(f"{name[:80]!r} is no name of a clip")
        return self.folder / name

    def lacking(self, names: Iterable[str]) -> dict[str, int]:
        """Return how much there is of each blob that is not whole."""
        missing = [self.path(name) for name in names]
        return {path.name: size_of(_partial(path)) for path in missing if not path.exists()}

    def put(self, name: str, offset: int, data: bytes, *, last: bool) -> dict[str, int]:
        """Keep a piece; return what `lacking` would say.

        A piece that does not follow what is there is left: the answer says where to go on. What is
        whole and not of this hash is dropped, to come again.
        """
        path = self.path(name)
        partial = _partial(path)
        self.folder.mkdir(parents=True, exist_ok=True)
        if not path.exists() and offset == size_of(partial):
            with partial.open("ab") as file:
                file.write(data)
            if last:
                self._finish(partial, path)
        return self.lacking([name])

    def _finish(self, partial: Path, path: Path) -> None:
        if sha256_of(partial) != path.name[:64]:
            partial.unlink()
            return
        with suppress(OSError):
            partial.chmod(mode_in(path))
        partial.replace(path)


def _partial(path: Path) -> Path:
    return path.with_name(f"{path.name}.partial")
