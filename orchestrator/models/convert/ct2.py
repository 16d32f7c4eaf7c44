"""CTranslate2 folders, for faster-whisper: `model.bin` under OpenAI's names, written as float16.

Names: ctranslate2/specs/whisper_spec.py and attention_spec.py, which fuse the projections of an
attention: self-attention's `linear_0` is query, key and value stacked, cross-attention's `linear_1`
key and value. Settings as ctranslate2's converters/transformers.py writes them. The folder is what
faster_whisper/transcribe.py reads; without preprocessor_config.json it assumes 80 mel bands.
"""

import itertools
import shutil
from pathlib import Path

import numpy as np

from orchestrator.models.convert import Format, ct2_file
from orchestrator.models.convert.checkpoint import (
    Array,
    BadCheckpoint,
    Checkpoint,
    Dimensions,
    read_json,
    shapes,
    write_json,
)
from orchestrator.models.convert.mel import preprocessor
from orchestrator.models.convert.tokens import Tokens, read_tokens

FORMAT = Format(
    what="a CTranslate2 folder",
    needs=("config.json", "model.bin", "tokenizer.json"),
    mark="model.bin",
)
_SPECIFICATION = ("WhisperSpec", 3)
# Part of a block, OpenAI's name -> CTranslate2's, which of how many stacked parts.
_PARTS = {
    "attn_ln": ("self_attention/layer_norm", 0, 1),
    "attn.query": ("self_attention/linear_0", 0, 3),
    "attn.key": ("self_attention/linear_0", 1, 3),
    "attn.value": ("self_attention/linear_0", 2, 3),
    "attn.out": ("self_attention/linear_1", 0, 1),
    "cross_attn_ln": ("attention/layer_norm", 0, 1),
    "cross_attn.query": ("attention/linear_0", 0, 1),
    "cross_attn.key": ("attention/linear_1", 0, 2),
    "cross_attn.value": ("attention/linear_1", 1, 2),
    "cross_attn.out": ("attention/linear_2", 0, 1),
    "mlp_ln": ("ffn/layer_norm", 0, 1),
    "mlp.0": ("ffn/linear_0", 0, 1),
    "mlp.2": ("ffn/linear_1", 0, 1),
}
_WHOLE = {
    "encoder.positional_embedding": "encoder/position_encodings/encodings",
    "decoder.positional_embedding": "decoder/position_encodings/encodings",
    "decoder.token_embedding.weight": "decoder/embeddings/weight",
    "encoder.ln_post.weight": "encoder/layer_norm/gamma",
    "encoder.ln_post.bias": "encoder/layer_norm/beta",
    "decoder.ln.weight": "decoder/layer_norm/gamma",
    "decoder.ln.bias": "decoder/layer_norm/beta",
}
_NORM = {"weight": "gamma", "bias": "beta"}
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


def read(folder: Path) -> Checkpoint:
    """Open a CTranslate2 Whisper folder; raise BadCheckpoint naming the file and what is wrong."""
    path = folder / "model.bin"
    variables = ct2_file.read_variables(path)
    if variables.specification != _SPECIFICATION[0]:
        raise BadCheckpoint(f"{path}: holds a {variables.specification!r}, not a WhisperSpec")
    dimensions = _dimensions(path, variables.arrays)
    tensors = {
        name: _tensor(path, variables.arrays, name, shape)
        for name, shape in shapes(dimensions).items()
    }
    _refuse_leftovers(path, variables.arrays, set(tensors))
    settings = read_json(folder / "config.json")
    return Checkpoint(folder, dimensions, settings, tensors, variables.release)


def _dimensions(path: Path, arrays: dict[str, Array]) -> Dimensions:
    audio, mels, _ = _shape(path, arrays, "encoder/conv1/weight", 3)
    vocabulary, text = _shape(path, arrays, "decoder/embeddings/weight", 2)
    return Dimensions(
        n_vocab=vocabulary,
        n_audio_ctx=_shape(path, arrays, "encoder/position_encodings/encodings", 2)[0],
        n_audio_state=audio,
        n_audio_head=_scalar(path, arrays, "encoder/num_heads"),
        n_audio_layer=_layers(path, arrays, "encoder"),
        n_text_ctx=_shape(path, arrays, "decoder/position_encodings/encodings", 2)[0],
        n_text_state=text,
        n_text_head=_scalar(path, arrays, "decoder/num_heads"),
        n_text_layer=_layers(path, arrays, "decoder"),
        n_mels=mels,
    )


def _tensor(path: Path, arrays: dict[str, Array], name: str, shape: tuple[int, ...]) -> Array:
    variable, part, parts = place(name)
    whole = _find(path, arrays, variable)
    if whole.dtype.kind != "f":
        raise BadCheckpoint(
            f"{path}: {variable} is {whole.dtype}: a quantised checkpoint cannot be converted,"
            " float16 is needed"
        )
    if whole.shape != (shape[0] * parts, *shape[1:]):
        raise BadCheckpoint(f"{path}: {variable} has shape {whole.shape}, {name} needs {shape}")
    rows = shape[0]
    if name.endswith("attn.value.bias") and np.any(whole[(part - 1) * rows : part * rows]):
        raise BadCheckpoint(f"{path}: {variable} has a key bias, which Whisper has not")
    return whole[part * rows : (part + 1) * rows]


def place(name: str) -> tuple[str, int, int]:
    """Return the variable that holds an OpenAI tensor, which part of it, of how many."""
    if name in _WHOLE:
        return _WHOLE[name], 0, 1
    head, _, kind = name.rpartition(".")
    if ".blocks." not in name:
        return f"{head.replace('.', '/')}/{kind}", 0, 1
    side, _, layer, module = head.split(".", 3)
    variable, part, parts = _PARTS[module]
    if module.endswith("_ln"):
        kind = _NORM[kind]
    return f"{side}/layer_{layer}/{variable}/{kind}", part, parts


def _refuse_leftovers(path: Path, arrays: dict[str, Array], names: set[str]) -> None:
    """Refuse weights that no tensor takes: another architecture, or an untied output projection."""
    used = {id(arrays[place(name)[0]]) for name in names}
    for variable, array in arrays.items():
        if array.ndim > 0 and id(array) not in used:
            raise BadCheckpoint(f"{path}: {variable} is no part of a Whisper model")


def _find(path: Path, arrays: dict[str, Array], variable: str) -> Array:
    if variable not in arrays:
        raise BadCheckpoint(f"{path}: variable {variable} is missing")
    return arrays[variable]


def _shape(path: Path, arrays: dict[str, Array], variable: str, rank: int) -> tuple[int, ...]:
    shape = _find(path, arrays, variable).shape
    if len(shape) != rank:
        raise BadCheckpoint(f"{path}: {variable} has shape {shape}, expected {rank} dimensions")
    return shape


def _scalar(path: Path, arrays: dict[str, Array], variable: str) -> int:
    _shape(path, arrays, variable, 0)
    return int(arrays[variable])


def _layers(path: Path, arrays: dict[str, Array], side: str) -> int:
    """Count the layers by the one variable every layer has."""
    count = 0
    while f"{side}/layer_{count}/ffn/linear_0/weight" in arrays:
        count += 1
    if count == 0:
        raise BadCheckpoint(f"{path}: no layer of the {side} is there")
    return count


def write(checkpoint: Checkpoint, folder: Path) -> None:
    """Write a whole folder; one that is CTranslate2's already is only completed."""
    folder.mkdir(exist_ok=True)
    if (checkpoint.folder / "model.bin").is_file():
        for path in checkpoint.folder.iterdir():
            if not (folder / path.name).exists():
                shutil.copyfile(path, folder / path.name)
    else:
        tokens = read_tokens(checkpoint.folder)
        _write_model(folder / "model.bin", checkpoint)
        write_json(folder / "config.json", _config(checkpoint, tokens))
        write_json(folder / "vocabulary.json", tokens.listed(checkpoint.dimensions.n_vocab))
        shutil.copyfile(tokens.path, folder / "tokenizer.json")
    write_json(folder / "preprocessor_config.json", preprocessor(checkpoint.dimensions.n_mels))


def complete(folder: Path) -> None:
    """Add the mel settings to a folder whose publisher left them out; raise BadCheckpoint."""
    path = folder / "preprocessor_config.json"
    if path.exists() or not (folder / "model.bin").exists():
        return
    weight = ct2_file.read_variables(folder / "model.bin").arrays.get("encoder/conv1/weight")
    if weight is None or weight.ndim != 3:  # noqa: PLR2004 - out, mels, kernel
        raise BadCheckpoint(f"{folder / 'model.bin'}: variable encoder/conv1/weight is missing")
    write_json(path, preprocessor(weight.shape[1]))


def _write_model(path: Path, checkpoint: Checkpoint) -> None:
    d = checkpoint.dimensions
    scalars = _SCALARS | {
        "encoder/num_heads": ("h", d.n_audio_head),
        "decoder/num_heads": ("h", d.n_text_head),
    }
    with path.open("wb") as file:
        stacked = _stacked(checkpoint)
        ct2_file.write_variables(file, _SPECIFICATION, scalars, stacked, checkpoint.release)
        ct2_file.write_aliases(file, {"decoder/projection/weight": "decoder/embeddings/weight"})


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
    later = itertools.product(range(d.n_text_layer // 2, d.n_text_layer), range(d.n_text_head))
    return {
        "alignment_heads": settings.get("alignment_heads") or list(later),
        "lang_ids": sorted(tokens.languages().values()),
        "suppress_ids": settings.get("suppress_ids") or [],
        "suppress_ids_begin": settings.get("suppress_ids_begin") or [],
    }
