"""The variables of a CTranslate2 `model.bin`: read strictly, by memory map, and written.

Layout, all little-endian, as ctranslate2/specs/model_spec.py writes it (binary version 6): u32
version; string spec; u32 revision; u32 count; each variable: string name, u8 rank, u32 dimensions,
u8 type, u32 bytes, data; then u32 count of aliases, each two strings. A string is a u16 length, its
bytes and a NUL that the length includes.
"""

import math
import mmap
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from orchestrator.models.convert.checkpoint import Array, BadCheckpoint, as_stored, map_file

_VERSION = 6
_FLOAT16 = 4
_SCALARS = {"b": (1, 1), "h": (2, 2)}  # struct's letter -> type and size
_MOST_DIMENSIONS = 8
# bfloat16 (5) is not here: numpy has no such type, and no Whisper checkpoint is published in it.
_TYPES = {0: "<f4", 1: "<i1", 2: "<i2", 3: "<i4", 4: "<f2"}


@dataclass(frozen=True)
class Variables:
    """The named arrays of one file, views into its mapping, and its specification's name."""

    specification: str
    arrays: dict[str, Array]
    mapping: mmap.mmap

    def release(self) -> None:
        """Give the pages read so far back to the system; they are read again when touched."""
        self.mapping.madvise(mmap.MADV_DONTNEED)


def read_variables(path: Path) -> Variables:
    """Map the file and return its variables; raise BadCheckpoint naming the file and the byte."""
    return _Reader(path, map_file(path)).variables()


class _Reader:
    """A cursor over the mapping that never reads past the end."""

    def __init__(self, path: Path, mapping: mmap.mmap) -> None:
        self._path = path
        self._mapping = mapping
        self._at = 0

    def variables(self) -> Variables:
        version = self._number("I", "the version")
        if version != _VERSION:
            raise self._bad(f"binary version {version}, expected {_VERSION}", at=0)
        specification = self._string("the specification")
        self._number("I", "the revision")
        arrays: dict[str, Array] = {}
        for _ in range(self._number("I", "the count of variables")):
            name = self._string("a variable's name")
            if name in arrays:
                raise self._bad(f"variable {name!r} comes twice")
            arrays[name] = self._array(name)
        for _ in range(self._number("I", "the count of aliases")):
            alias, target = self._string("an alias"), self._string("an alias's target")
            if target not in arrays:
                raise self._bad(f"alias {alias!r} points to {target!r}, which is not there")
            arrays[alias] = arrays[target]
        if self._at != len(self._mapping):
            raise self._bad(f"{len(self._mapping) - self._at} bytes follow the end")
        return Variables(specification, arrays, self._mapping)

    def _array(self, name: str) -> Array:
        rank = self._number("B", f"the rank of {name!r}")
        if rank > _MOST_DIMENSIONS:
            raise self._bad(f"{name!r} has {rank} dimensions")
        shape = [self._number("I", f"the shape of {name!r}") for _ in range(rank)]
        code = self._number("B", f"the type of {name!r}")
        size = self._number("I", f"the size of {name!r}")
        if code not in _TYPES:
            raise self._bad(f"{name!r} has type {code}, known are {sorted(_TYPES)}")
        dtype = np.dtype(_TYPES[code])
        count = math.prod(shape)
        if count == 0 or count * dtype.itemsize != size:
            raise self._bad(f"{name!r} of shape {shape} and {dtype} says it has {size} bytes")
        start = self._skip(size, f"the data of {name!r}")
        return np.frombuffer(self._mapping, dtype, count, start).reshape(shape)

    def _string(self, what: str) -> str:
        length = self._number("H", f"the length of {what}")
        start = self._skip(length, what)
        raw = self._mapping[start : start + length]
        if not raw.endswith(b"\0"):
            raise self._bad(f"{what} does not end in NUL", at=start)
        try:
            return raw[:-1].decode()
        except UnicodeDecodeError:
            raise self._bad(f"{what} is not UTF-8", at=start) from None

    def _number(self, kind: str, what: str) -> int:
        start = self._skip(struct.calcsize(f"<{kind}"), what)
        return int(struct.unpack_from(f"<{kind}", self._mapping, start)[0])

    def _skip(self, size: int, what: str) -> int:
        """Move past `size` bytes; return where they began."""
        start, left = self._at, len(self._mapping) - self._at
        if size > left:
            raise self._bad(f"the file is cut: {what} needs {size} bytes, {left} are left")
        self._at += size
        return start

    def _bad(self, what: str, at: int | None = None) -> BadCheckpoint:
        return BadCheckpoint(f"{self._path}: at byte {self._at if at is None else at}: {what}")


def write_variables(
    file: BinaryIO,
    specification: tuple[str, int],
    scalars: Mapping[str, tuple[str, int]],
    arrays: Mapping[str, list[Array]],
    release: Callable[[], None],
) -> None:
    """Write a name and revision, numbers by struct's letter, and arrays as float16, in parts."""
    name, revision = specification
    file.write(struct.pack("<I", _VERSION) + _text(name))
    file.write(struct.pack("<II", revision, len(scalars) + len(arrays)))
    for variable, (letter, value) in scalars.items():
        code, size = _SCALARS[letter]
        file.write(_text(variable) + struct.pack(f"<BBI{letter}", 0, code, size, value))
    for variable, parts in arrays.items():
        shape = (sum(part.shape[0] for part in parts), *parts[0].shape[1:])
        file.write(_text(variable) + struct.pack(f"<B{len(shape)}I", len(shape), *shape))
        file.write(struct.pack("<BI", _FLOAT16, 2 * math.prod(shape)))
        for part in parts:
            file.write(as_stored(part).data)
            release()


def write_aliases(file: BinaryIO, aliases: Mapping[str, str]) -> None:
    """Write other names of variables: what the file ends with."""
    file.write(struct.pack("<I", len(aliases)))
    file.writelines(_text(alias) + _text(target) for alias, target in aliases.items())


def _text(text: str) -> bytes:
    data = text.encode() + b"\0"
    return struct.pack("<H", len(data)) + data
