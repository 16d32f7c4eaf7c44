"""Walks a whisper.cpp model file before the library does, which reads bad ones into a crash.

The layout is that of whisper.cpp's models/convert-pt-to-ggml.py; nothing but the headers is read.
"""

import math
import mmap
import struct
from typing import TYPE_CHECKING

from runners.serve import BadModel, Unsupported

if TYPE_CHECKING:
    from pathlib import Path

_MAGIC = b"lmgg"  # 0x67676d6c, little-endian
_FFT_BINS = 201
_FTYPES = {
    0: "float32",
    1: "float16",
    2: "q4_0",
    3: "q4_1",
    7: "q8_0",
    8: "q5_0",
    9: "q5_1",
    10: "q2_k",
    11: "q3_k",
    12: "q4_k",
    13: "q5_k",
    14: "q6_k",
}
PRECISIONS = tuple(_FTYPES.values())
# ggml's tensor types: elements a block, bytes a block.
_BLOCKS = {
    0: (1, 4),
    1: (1, 2),
    2: (32, 18),
    3: (32, 20),
    6: (32, 22),
    7: (32, 24),
    8: (32, 34),
    10: (256, 84),
    11: (256, 110),
    12: (256, 144),
    13: (256, 176),
    14: (256, 210),
}
_ENCODER_TENSORS, _DECODER_TENSORS, _OTHER_TENSORS = 15, 24, 11


def require(wish: str | None, path: "Path | None") -> None:
    """Raise Unsupported for a precision that a file does not hold, or without one no file does."""
    if wish is None:
        return
    if path is not None:
        precision(path, wish)
    elif wish not in PRECISIONS:
        known = ", ".join(PRECISIONS)
        raise Unsupported(f"precision {wish!r}: a file holds one of {known}")


def precision(path: "Path", wish: str | None) -> str:
    """Return the precision of a file's weights; raise Unsupported where another is asked for."""
    found = check(path)
    if wish not in (None, found):
        raise Unsupported(
            f"precision {wish!r}: the file holds {found} weights;"
            " quantised ones are models of their own"
        )
    return found


def check(path: "Path") -> str:
    """Return the precision of the weights ("float16", "q5_0"); raise BadModel for a bad file."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _walk(path, data)
    except (OSError, ValueError) as error:  # an empty file cannot be mapped: ValueError
        raise BadModel(f"{path}: {error}") from error
    except (struct.error, KeyError) as error:
        raise BadModel(f"{path} is damaged or cut short") from error


def _walk(path: "Path", data: mmap.mmap) -> str:
    if data[:4] != _MAGIC:
        raise BadModel(f"{path} is no ggml file: it begins with {data[:4]!r}")
    *sizes, ftype, mel_rows, mel_columns = struct.unpack_from("<13I", data, len(_MAGIC))
    encoder_layers, decoder_layers, mel_bands = sizes[4], sizes[8], sizes[9]
    if mel_rows != mel_bands or mel_columns != _FFT_BINS:
        raise BadModel(f"{path} has a header no Whisper model has: {sizes}")
    at = _skip_words(data, 14 * 4 + mel_rows * mel_columns * 4)
    tensors = 0
    while at < len(data):
        at = _skip_tensor(data, at)
        tensors += 1
    wanted = encoder_layers * _ENCODER_TENSORS + decoder_layers * _DECODER_TENSORS + _OTHER_TENSORS
    if at != len(data) or tensors != wanted:
        raise BadModel(f"{path} is cut short in tensor {tensors} of {wanted}")
    return _FTYPES[ftype % 1000]  # the thousands are the version of the quantisation


def _skip_words(data: mmap.mmap, at: int) -> int:
    (count,) = struct.unpack_from("<I", data, at)
    at += 4
    for _ in range(count):
        (length,) = struct.unpack_from("<I", data, at)
        at += 4 + length
    return at


def _skip_tensor(data: mmap.mmap, at: int) -> int:
    """Step over one tensor; sizes are read unsigned, so that no bad one leads backwards."""
    dimensions, name_length, kind = struct.unpack_from("<3I", data, at)
    shape = struct.unpack_from(f"<{dimensions}I", data, at + 12)
    block, bytes_of_block = _BLOCKS[kind]
    bytes_of_data = math.prod(shape) // block * bytes_of_block
    return int(at + 12 + 4 * dimensions + name_length + bytes_of_data)
