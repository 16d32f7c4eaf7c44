"""Writes CTranslate2 folders for faster-whisper, float16.

Variables and settings as ctranslate2's converters/transformers.py writes them. The folder:
faster_whisper/transcribe.py reads model.bin, config.json, tokenizer.json, vocabulary.* and
preprocessor_config.json, without which it assumes 80 mel bands.
"""

import itertools
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from orchestrator.models.convert import ct2_file
from orchestrator.models.convert.checkpoint import (
    Array,
    BadCheckpoint,
    Checkpoint,
    as_stored,
    write_json,
)
from orchestrator.models.convert.ct2 import place
from orchestrator.models.convert.mel import preprocessor
from orchestrator.models.convert.tokens import Tokens, read_tokens

_VERSION, _REVISION = 6, 3
_INT8, _INT16, _FLOAT16 = 1, 2, 4
# WhisperSpec's own settings: GELU, layer norms before, no ALiBi, heads for alignment not chosen.
_SCALARS = {
    "decoder/activation": ("b", 3),
    "decoder/alibi": ("b", 0),
    "decoder/alignment_heads": ("h", 1),
    "decoder/alignment_layer": ("h", -1),
    "decoder/pre_norm": ("b", 1),
    "decoder/scale_embeddings": ("b", 0),
    "decoder/start_from_zero_embedding": ("b", 0),
}


def write(checkpoint: Checkpoint, folder: Path) -> None:
    """Write a whole folder; one that is CTranslate2's already is only completed."""
    folder.mkdir(exist_ok=True)
    if (checkpoint.folder / "model.bin").is_file():
        for path in checkpoint.folder.iterdir():
            if not (folder / path.name).exists():
                shutil.copyfile(path, folder / path.name)
    else:
        tokens = read_tokens(checkpoint.folder)
        with (folder / "model.bin").open("wb") as file:
            _write_model(file, checkpoint)
        write_json(folder / "config.json", _config(checkpoint, tokens))
        write_json(folder / "vocabulary.json", tokens.listed(checkpoint.dimensions.n_vocab))
        shutil.copyfile(tokens.path, folder / "tokenizer.json")
    write_json(folder / "preprocessor_config.json", preprocessor(checkpoint.dimensions.n_mels))


def write_preprocessor(folder: Path) -> None:
    """Add the mel settings to a folder whose publisher left them out; raise BadCheckpoint."""
    path = folder / "preprocessor_config.json"
    if path.exists() or not (folder / "model.bin").exists():
        return
    weight = ct2_file.read_variables(folder / "model.bin").arrays.get("encoder/conv1/weight")
    if weight is None or weight.ndim != 3:  # noqa: PLR2004 - out, mels, kernel
        raise BadCheckpoint(f"{folder / 'model.bin'}: variable encoder/conv1/weight is missing")
    write_json(path, preprocessor(weight.shape[1]))


def _write_model(file: BinaryIO, checkpoint: Checkpoint) -> None:
    d = checkpoint.dimensions
    scalars = _SCALARS | {
        "encoder/num_heads": ("h", d.n_audio_head),
        "decoder/num_heads": ("h", d.n_text_head),
    }
    stacked = _stacked(checkpoint)
    file.write(struct.pack("<I", _VERSION) + _string("WhisperSpec"))
    file.write(struct.pack("<II", _REVISION, len(scalars) + len(stacked)))
    for name, (kind, value) in scalars.items():
        code, size = (_INT8, 1) if kind == "b" else (_INT16, 2)
        file.write(_string(name) + struct.pack(f"<BBI{kind}", 0, code, size, value))
    for name, parts in stacked.items():
        shape = (sum(part.shape[0] for part in parts), *parts[0].shape[1:])
        size = 2 * int(np.prod(shape))
        file.write(_string(name) + struct.pack(f"<B{len(shape)}I", len(shape), *shape))
        file.write(struct.pack("<BI", _FLOAT16, size))
        for part in parts:
            file.write(as_stored(part).data)
            checkpoint.release()
    tie = _string("decoder/projection/weight") + _string("decoder/embeddings/weight")
    file.write(struct.pack("<I", 1) + tie)


def _stacked(checkpoint: Checkpoint) -> dict[str, list[Array]]:
    """Return for each variable the OpenAI tensors it stacks, views still; keys have no bias."""
    found: dict[str, dict[int, Array]] = {}
    for name, array in checkpoint.tensors.items():
        variable, part, _ = place(name)
        found.setdefault(variable, {})[part] = array
        if name.endswith(".value.bias"):
            found[variable][part - 1] = np.zeros(array.shape, np.float16)
    return {variable: [parts[at] for at in sorted(parts)] for variable, parts in found.items()}


def _config(checkpoint: Checkpoint, tokens: Tokens) -> dict[str, object]:
    d, settings = checkpoint.dimensions, checkpoint.settings
    # Without published heads the later half of the layers aligns words, as OpenAI's code has it.
    later = [list(x) for x in _pairs(d.n_text_layer, d.n_text_head)]
    return {
        "alignment_heads": settings.get("alignment_heads") or later,
        "lang_ids": sorted(tokens.languages().values()),
        "suppress_ids": settings.get("suppress_ids") or [],
        "suppress_ids_begin": settings.get("suppress_ids_begin") or [],
    }


def _pairs(layers: int, heads: int) -> Iterator[tuple[int, int]]:
    return itertools.product(range(layers // 2, layers), range(heads))


def _string(text: str) -> bytes:
    data = text.encode() + b"\0"
    return struct.pack("<H", len(data)) + data
