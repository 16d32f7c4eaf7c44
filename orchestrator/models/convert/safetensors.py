"""Safetensors files: read by memory map, written one tensor at a time.

Layout: u64 length of the header, little-endian; the header, JSON of each tensor's type, shape and
byte range, padded with spaces to 8 bytes; then the data. Source: the README of safetensors,
section "Format".
"""

import json
import mmap
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from orchestrator.models.convert.checkpoint import Array, BadCheckpoint, as_stored

_NAMES = {"f": "F16", "i": "I32"}
_TYPES = {"F16": "<f2", "F32": "<f4"}
_LONGEST_HEADER = 100 * 2**20  # the limit of safetensors' own reader
_PREFIX = 8


def write_safetensors(
    path: Path, tensors: dict[str, Array], metadata: dict[str, str], release: Callable[[], None]
) -> None:
    """Write mapped tensors as `as_stored` gives them, calling `release` after each."""
    header: dict[str, object] = {"__metadata__": metadata}
    at = 0
    for name, array in tensors.items():
        end = at + array.size * np.dtype("<f2" if array.dtype.kind == "f" else "<i4").itemsize
        kind = _NAMES[array.dtype.kind]
        header[name] = {"dtype": kind, "shape": array.shape, "data_offsets": (at, end)}
        at = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for array in tensors.values():
            file.write(as_stored(array).data)
            release()


def read_safetensors(path: Path, mapping: mmap.mmap) -> dict[str, Array]:
    """Return every tensor of the file as a view; raise BadCheckpoint for a file that is cut."""
    if len(mapping) < _PREFIX:
        raise BadCheckpoint(f"{path}: at byte 0: the file is cut")
    (length,) = struct.unpack_from("<Q", mapping)
    start = _PREFIX + length
    if length > _LONGEST_HEADER or start > len(mapping):
        raise BadCheckpoint(f"{path}: at byte 0: the header says it has {length} bytes")
    try:
        header: dict[str, Any] = json.loads(mapping[_PREFIX:start])
        header.pop("__metadata__", None)
        return {name: _array(path, mapping, start, name, entry) for name, entry in header.items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadCheckpoint(f"{path}: the header is not as it should be: {error!r}") from None


def _array(path: Path, mapping: mmap.mmap, start: int, name: str, entry: dict[str, Any]) -> Array:
    if entry["dtype"] not in _TYPES:
        raise BadCheckpoint(f"{path}: {name} is {entry['dtype']}: float16 or float32 is needed")
    dtype = np.dtype(_TYPES[entry["dtype"]])
    begin, end = entry["data_offsets"]
    shape = tuple(int(n) for n in entry["shape"])
    count = int(np.prod(shape, dtype=np.int64))
    if not 0 <= begin <= end <= len(mapping) - start or count * dtype.itemsize != end - begin:
        raise BadCheckpoint(f"{path}: {name} of shape {shape} says it is bytes {begin} to {end}")
    return np.frombuffer(mapping, dtype, count, start + begin).reshape(shape)
