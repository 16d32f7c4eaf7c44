"""One ggml file for whisper.cpp, float16.

Layout, all little-endian i32 unless said otherwise, as whisper.cpp's models/convert-pt-to-ggml.py
writes it and whisper_model_load reads it: the magic; eleven numbers, the last the type (1 =
float16); the mel filters: bands, bins, float32 rows; the vocabulary: its count, then each token's
length and bytes; then until the end of the file one record a tensor: dimensions, length of the
name, type (0 = float32, 1 = float16), the shape reversed, the name, the data.
"""

import struct
from dataclasses import astuple
from pathlib import Path
from typing import BinaryIO

import numpy as np

from orchestrator.models.convert import Format
from orchestrator.models.convert.checkpoint import Array, Checkpoint
from orchestrator.models.convert.mel import filters
from orchestrator.models.convert.tokens import read_tokens

FORMAT = Format(what="one ggml file", file="ggml-{}.bin")
_MAGIC = 0x67676D6C
_FLOAT32, _FLOAT16 = 0, 1
# whisper.cpp adds these two to activations of shape (states, frames): it wants columns.
_COLUMNS = ("encoder.conv1.bias", "encoder.conv2.bias")


def write(checkpoint: Checkpoint, path: Path) -> None:
    """Write the whole file; raise BadCheckpoint when the tokenizer cannot be read."""
    vocabulary = read_tokens(checkpoint.folder).spelled()
    with path.open("wb") as file:
        _write_numbers(file, _MAGIC, *astuple(checkpoint.dimensions), _FLOAT16)
        mel = filters(checkpoint.dimensions.n_mels)
        _write_numbers(file, *mel.shape)
        file.write(mel.astype("<f4").data)
        _write_numbers(file, len(vocabulary))
        for token in vocabulary:
            _write_numbers(file, len(token))
            file.write(token)
        for name, array in checkpoint.items():
            _write_tensor(file, name, array)


def _write_tensor(file: BinaryIO, name: str, array: Array) -> None:
    # whisper.cpp keeps vectors and both positional embeddings in float32, whatever the file's type.
    single = array.ndim == 1 or name.endswith("positional_embedding")
    shape = (*array.shape, 1) if name in _COLUMNS else array.shape
    encoded = name.encode()
    _write_numbers(file, len(shape), len(encoded), _FLOAT32 if single else _FLOAT16)
    _write_numbers(file, *reversed(shape))
    file.write(encoded)
    file.write(np.ascontiguousarray(array, "<f4" if single else "<f2").data)


def _write_numbers(file: BinaryIO, *numbers: int) -> None:
    file.write(struct.pack(f"<{len(numbers)}i", *numbers))
