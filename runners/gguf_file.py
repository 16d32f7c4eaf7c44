"""The precision that a GGUF file says its weights have, before a library reads the whole of it.

The layout is that of ggml's docs/gguf.md; nothing but the values at its beginning is read.
"""

import mmap
import struct
from typing import TYPE_CHECKING

from runners.serve import BadModel

if TYPE_CHECKING:
    from pathlib import Path

MAGIC = b"GGUF"
_PRECISION = b"general.file_type"
# llama.cpp's file types.
_FTYPES = {
    0: "float32",
    1: "float16",
    2: "q4_0",
    3: "q4_1",
    7: "q8_0",
    8: "q5_0",
    9: "q5_1",
    10: "q2_k",
    15: "q4_k_m",
    17: "q5_k_m",
    18: "q6_k",
    32: "bfloat16",
}
PRECISIONS = tuple(_FTYPES.values())
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}  # bytes of a number
_TEXT, _ARRAY = 8, 9


def precision(path: "Path") -> str | None:
    """Return the precision; None where the file does not say, BadModel where it is no such file."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _find(path, data)
    except (OSError, ValueError) as error:  # an empty file cannot be mapped: ValueError
        raise BadModel(f"{path}: {error}") from error
    except (struct.error, KeyError, IndexError, OverflowError) as error:
        raise BadModel(f"{path} is damaged or cut short") from error


def _find(path: "Path", data: mmap.mmap) -> str | None:
    if data[:4] != MAGIC:
        raise BadModel(f"{path} is no GGUF file: it begins with {data[:4]!r}")
    (values,) = struct.unpack_from("<Q", data, 16)
    at = 24
    for _ in range(values):
        name, at = _text(data, at)
        (kind,) = struct.unpack_from("<I", data, at)
        if name == _PRECISION:
            (number,) = struct.unpack_from("<I", data, at + 4)
            return _FTYPES.get(number)
        at = _skip(data, at + 4, kind)
    return None


def _text(data: mmap.mmap, at: int) -> tuple[bytes, int]:
    """Return a text, and the place behind it."""
    (length,) = struct.unpack_from("<Q", data, at)
    end = at + 8 + length
    if end > len(data):
        raise struct.error
    return data[at + 8 : end], end


def _skip(data: mmap.mmap, at: int, kind: int) -> int:
    if kind == _TEXT:
        return _text(data, at)[1]
    if kind != _ARRAY:
        return at + _SIZES[kind]
    kind, count = struct.unpack_from("<IQ", data, at)
    at += 12
    if kind in _SIZES:
        return int(at + _SIZES[kind] * count)
    for _ in range(count):
        at = _skip(data, at, kind)
    return at
