"""Write safetensors files, one tensor at a time.

Layout: u64 length of the header, little-endian; the header, JSON of each tensor's type, shape and
byte range, padded with spaces to 8 bytes; then the data. Source: the README of safetensors,
section "Format".
"""

import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np

from orchestrator.models.convert.checkpoint import Array, as_stored

_NAMES = {"f": "F16", "i": "I32"}


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
