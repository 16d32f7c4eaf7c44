"""Reads Hugging Face Whisper folders: model.safetensors under OpenAI's names.

Layout of the file: see safetensors.py; of the folder: see huggingface.py.
"""

import json
import mmap
import struct
from pathlib import Path
from typing import Any

import numpy as np

from orchestrator.models.convert.checkpoint import (
    Array,
    BadCheckpoint,
    Checkpoint,
    Dimensions,
    map_file,
    read_json,
    shapes,
)
from orchestrator.models.convert.huggingface import rename

_TYPES = {"F16": "<f2", "F32": "<f4"}
_LONGEST_HEADER = 100 * 2**20  # the limit of safetensors' own reader
# The output projection is tied to the embedding: where it is written out it says nothing new.
_TIED = ("proj_out.weight", "model.decoder.embed_tokens.weight")
_PREFIX = 8


def read(folder: Path) -> Checkpoint:
    """Open a folder; raise BadCheckpoint naming the file and what is wrong."""
    path = folder / "model.safetensors"
    mapping = map_file(path)
    arrays = _arrays(path, mapping)
    dimensions = _dimensions(folder / "config.json")
    tensors = {}
    for name, shape in shapes(dimensions).items():
        theirs = rename(name)
        if theirs not in arrays:
            raise BadCheckpoint(f"{path}: tensor {theirs} is missing")
        tensors[name] = arrays.pop(theirs)
        if tensors[name].shape != shape:
            found = tensors[name].shape
            raise BadCheckpoint(f"{path}: {theirs} has shape {found}, {name} needs {shape}")
    projection = arrays.pop(_TIED[0], None)
    embedding = tensors["decoder.token_embedding.weight"]
    if projection is not None and not np.array_equal(projection, embedding):
        raise BadCheckpoint(f"{path}: {_TIED[0]} is not tied to {_TIED[1]}")
    if arrays:
        raise BadCheckpoint(f"{path}: {min(arrays)} is no part of a Whisper model")

    def release() -> None:
        mapping.madvise(mmap.MADV_DONTNEED)

    return Checkpoint(folder, dimensions, _settings(folder), tensors, release)


def _arrays(path: Path, mapping: mmap.mmap) -> dict[str, Array]:
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
        return {name: _array(path, mapping, start, name, told) for name, told in header.items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadCheckpoint(f"{path}: the header is not as it should be: {error!r}") from None


def _array(path: Path, mapping: mmap.mmap, start: int, name: str, told: dict[str, Any]) -> Array:
    if told["dtype"] not in _TYPES:
        raise BadCheckpoint(f"{path}: {name} is {told['dtype']}: float16 or float32 is needed")
    dtype = np.dtype(_TYPES[told["dtype"]])
    begin, end = told["data_offsets"]
    shape = tuple(int(n) for n in told["shape"])
    count = int(np.prod(shape, dtype=np.int64))
    if not 0 <= begin <= end <= len(mapping) - start or count * dtype.itemsize != end - begin:
        raise BadCheckpoint(f"{path}: {name} of shape {shape} says it is bytes {begin} to {end}")
    return np.frombuffer(mapping, dtype, count, start + begin).reshape(shape)


def _dimensions(path: Path) -> Dimensions:
    config = read_json(path)
    try:
        return Dimensions(
            n_vocab=int(config["vocab_size"]),
            n_audio_ctx=int(config["max_source_positions"]),
            n_audio_state=int(config["d_model"]),
            n_audio_head=int(config["encoder_attention_heads"]),
            n_audio_layer=int(config["encoder_layers"]),
            n_text_ctx=int(config["max_target_positions"]),
            n_text_state=int(config["d_model"]),
            n_text_head=int(config["decoder_attention_heads"]),
            n_text_layer=int(config["decoder_layers"]),
            n_mels=int(config["num_mel_bins"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadCheckpoint(f"{path}: not the settings of a Whisper model ({error!r})") from None


def _settings(folder: Path) -> dict[str, Any]:
    """Return what generation needs to know, under CTranslate2's names."""
    config = read_json(folder / "config.json")
    path = folder / "generation_config.json"
    config |= read_json(path) if path.exists() else {}
    return {
        "alignment_heads": config.get("alignment_heads"),
        "suppress_ids": config.get("suppress_tokens"),
        "suppress_ids_begin": config.get("begin_suppress_tokens"),
    }
