"""Files: written whole or not at all, read only where they are regular, found by name."""

import errno
import hashlib
import os
import secrets
import stat
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

_asking_umask = threading.Lock()
MOST_BYTES = 256 << 20  # of a text file: a table of a million clips has half of that


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a file that takes the place of `path` when it is whole, and is gone if anything fails.

    It keeps the permissions of the file it replaces; a new one takes them from its folder. What is
    there and no regular file, as /dev/stdout, is written to. Raises OSError.
    """
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            yield file
        return
    partial = path.with_name(f".{secrets.token_hex(6)}.partial")
    try:
        with partial.open("xb") as file:
            with suppress(OSError):  # there are file systems without permissions
                partial.chmod(stat.S_IMODE(path.stat().st_mode) if path.exists() else mode_in(path))
            yield file
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all, a text as UTF-8; raise OSError."""
    with replacing(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


def size_of(path: Path) -> int:
    """Return how many bytes a file has, 0 where there is none; raise OSError."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def sha256_of(path: Path) -> str:
    """Return a file's sha256, read in pieces; raise OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def mode_in(path: Path, most: int = 0o666) -> int:
    """Return the permissions of a new file at `path`: its folder's, so that who shares it can read.

    In a folder like /tmp, where everyone has a place but no one shares, they are the user's usual.
    """
    folder = path.parent.stat().st_mode
    if folder & stat.S_ISVTX:
        with _asking_umask:  # which can only be asked by setting it: for the whole process
            usual = os.umask(0o077)
            os.umask(usual)
        return most & ~usual
    return most & folder


@contextmanager
def regular(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file to read; raise OSError for what is none: a device has no end."""
    # Without O_NONBLOCK a pipe that nobody writes to would wait here.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    kind = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(kind):
        os.close(descriptor)
        if stat.S_ISDIR(kind):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
    with os.fdopen(descriptor, "rb") as file:
        yield file


def read_bytes(path: Path, most: int = MOST_BYTES) -> bytes:
    """Read a regular file whole; raise OSError, also for one of more than `most` bytes."""
    with regular(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EINVAL, f"it has more than {most >> 20} MB", str(path))
    return content


def read_text(path: Path, most: int = MOST_BYTES) -> str:
    """Read a regular file whole as UTF-8; raise OSError, also where it is no such text."""
    try:
        return read_bytes(path, most).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise OSError(errno.EILSEQ, f"it is not UTF-8: {error}", str(path)) from error


def composed(text: str) -> str:
    """Return a text in composed form (NFC): some systems and tools write accents apart."""
    return unicodedata.normalize("NFC", text)


def found(path: Path) -> Path:
    """Return the path of the file that is there, where accents are written otherwise (NFC, NFD)."""
    try:
        if str(path).isascii() or os.path.lexists(path):
            return path
        folder = found(path.parent)
        name = _names(folder, folder.stat().st_mtime_ns).get(composed(path.name))
    except (OSError, ValueError):
        return path
    return folder / name if name else path


@lru_cache(16)
def _names(folder: Path, _changed: int) -> dict[str, str]:
    return {composed(name): name for name in os.listdir(folder)}  # noqa: PTH208 - names only
