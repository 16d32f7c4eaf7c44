"""Hugging Face folders, for transformers' Whisper: read under OpenAI's names, written as float16.

Layout: transformers/models/whisper: modeling_whisper.py for the tensors' names (the output
projection is tied to the embedding and left out), configuration_whisper.py, generation_whisper.py
for what generation_config.json must say, tokenization_whisper.py for the tokenizer's files.
"""

import mmap
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from orchestrator.models.convert import Format
from orchestrator.models.convert.checkpoint import (
    BadCheckpoint,
    Checkpoint,
    Dimensions,
    map_file,
    read_json,
    shapes,
    write_json,
)
from orchestrator.models.convert.mel import preprocessor
from orchestrator.models.convert.safetensors import read_safetensors, write_safetensors
from orchestrator.models.convert.tokens import END_OF_TEXT, START, Tokens, read_tokens

FORMAT = Format(
    what="a transformers folder",
    needs=(
        "config.json",
        "model.safetensors|model-*.safetensors",
        "preprocessor_config.json|processor_config.json",
        "tokenizer.json|vocab.json",
    ),
    mark="model.safetensors",
    original=True,
)
# In this order: the longer names first, so that no replacement meets another's result.
_NAMES = {
    ".blocks.": ".layers.",
    ".mlp.0.": ".fc1.",
    ".mlp.2.": ".fc2.",
    ".mlp_ln.": ".final_layer_norm.",
    ".cross_attn_ln.": ".encoder_attn_layer_norm.",
    ".attn_ln.": ".self_attn_layer_norm.",
    ".cross_attn.": ".encoder_attn.",
    ".attn.": ".self_attn.",
    ".query.": ".q_proj.",
    ".key.": ".k_proj.",
    ".value.": ".v_proj.",
    ".out.": ".out_proj.",
    ".ln_post.": ".layer_norm.",
    ".ln.": ".layer_norm.",
    ".token_embedding.": ".embed_tokens.",
    ".positional_embedding": ".embed_positions.weight",
}
_LONGEST_OUTPUT = 448
# Whisper may not begin with a timestamp later than 50 steps of 20 ms (whisper/decoding.py).
_LATEST_FIRST_TIMESTAMP = 50
# The output projection is tied to the embedding: where it is written out it says nothing new.
_TIED = ("proj_out.weight", "model.decoder.embed_tokens.weight")


def read(folder: Path) -> Checkpoint:
    """Open a folder; raise BadCheckpoint naming the file and what is wrong."""
    path = folder / "model.safetensors"
    mapping = map_file(path)
    arrays = read_safetensors(path, mapping)
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


def write(checkpoint: Checkpoint, folder: Path) -> None:
    """Write all eight files; raise BadCheckpoint when the tokenizer cannot be read."""
    folder.mkdir(exist_ok=True)
    tokens = read_tokens(checkpoint.folder)
    tensors = {rename(name): array for name, array in checkpoint.tensors.items()}
    write_safetensors(folder / "model.safetensors", tensors, {"format": "pt"}, checkpoint.release)
    write_json(folder / "config.json", _config(checkpoint, tokens))
    write_json(folder / "generation_config.json", _generation(checkpoint, tokens))
    write_json(folder / "preprocessor_config.json", preprocessor(checkpoint.dimensions.n_mels))
    _write_tokenizer(tokens, folder)


def rename(name: str) -> str:
    """Return transformers' name of an OpenAI tensor."""
    for openai, huggingface in _NAMES.items():
        name = name.replace(openai, huggingface)
    return f"model.{name}"


def _special_ids(tokens: Tokens) -> dict[str, int]:
    end = tokens.id(END_OF_TEXT)
    return {
        "bos_token_id": end,
        "eos_token_id": end,
        "pad_token_id": end,
        "decoder_start_token_id": tokens.id(START),
    }


def _config(checkpoint: Checkpoint, tokens: Tokens) -> dict[str, Any]:
    d = checkpoint.dimensions
    return {
        "architectures": ["WhisperForConditionalGeneration"],
        "model_type": "whisper",
        "torch_dtype": "float16",
        "activation_function": "gelu",
        "d_model": d.n_audio_state,
        "encoder_layers": d.n_audio_layer,
        "encoder_attention_heads": d.n_audio_head,
        "encoder_ffn_dim": 4 * d.n_audio_state,
        "decoder_layers": d.n_text_layer,
        "decoder_attention_heads": d.n_text_head,
        "decoder_ffn_dim": 4 * d.n_text_state,
        "num_hidden_layers": d.n_audio_layer,
        "num_mel_bins": d.n_mels,
        "max_source_positions": d.n_audio_ctx,
        "max_target_positions": d.n_text_ctx,
        "vocab_size": d.n_vocab,
        "is_encoder_decoder": True,
        "tie_word_embeddings": True,
        "use_cache": True,
        **_special_ids(tokens),
    }


def _generation(checkpoint: Checkpoint, tokens: Tokens) -> dict[str, Any]:
    multilingual = checkpoint.dimensions.multilingual
    settings = {
        **_special_ids(tokens),
        "alignment_heads": checkpoint.settings.get("alignment_heads"),
        "begin_suppress_tokens": checkpoint.settings.get("suppress_ids_begin"),
        "suppress_tokens": checkpoint.settings.get("suppress_ids"),
        "is_multilingual": multilingual,
        "max_initial_timestamp_index": _LATEST_FIRST_TIMESTAMP,
        "max_length": _LONGEST_OUTPUT,
        "no_timestamps_token_id": tokens.id("<|notimestamps|>"),
        "prev_sot_token_id": tokens.id("<|startofprev|>"),
        "return_timestamps": False,
    }
    if multilingual:
        settings["lang_to_id"] = tokens.languages()
        settings["task_to_id"] = {
            task: tokens.id(f"<|{task}|>") for task in ("transcribe", "translate")
        }
    return {key: value for key, value in settings.items() if value is not None}


def _write_tokenizer(tokens: Tokens, folder: Path) -> None:
    shutil.copyfile(tokens.path, folder / "tokenizer.json")
    write_json(folder / "vocab.json", tokens.vocabulary)
    merges = "".join(f"{pair}\n" for pair in tokens.merges)
    (folder / "merges.txt").write_text(f"#version: 0.2\n{merges}", encoding="utf-8")
    write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "WhisperTokenizer",
            "processor_class": "WhisperProcessor",
            "model_max_length": 1024,
            "bos_token": END_OF_TEXT,
            "eos_token": END_OF_TEXT,
            "unk_token": END_OF_TEXT,
            # Without a pad token nothing can be transcribed in batches.
            "pad_token": END_OF_TEXT,
            # Without this list `<|en|>` and other tokens appear in the text.
            "additional_special_tokens": tokens.special(),
            "errors": "replace",
            "add_prefix_space": False,
            "add_bos_token": False,
        },
    )
