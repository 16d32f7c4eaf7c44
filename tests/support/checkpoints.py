"""Tiny random Whisper checkpoints in CTranslate2's format, and backends that convert them."""

import json
import struct
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from orchestrator.backends import Backend

STATE, HEADS, LAYERS, MELS = 8, 2, 2, 80
ENGLISH, MULTILINGUAL = 300, 51_865
BYTES = 256  # the ordinary tokens: one a byte

Weights = dict[str, NDArray[np.float16]]


def linear(random: np.random.Generator, rows: int, columns: int = STATE) -> Weights:
    """Return a random weight and bias."""
    return {"weight": half(random, rows, columns), "bias": half(random, rows)}


def half(random: np.random.Generator, *shape: int) -> NDArray[np.float16]:
    """Return random numbers of a shape."""
    return random.normal(size=shape).astype(np.float16)


def variables(vocabulary: int = ENGLISH, seed: int = 0) -> dict[str, NDArray[np.generic]]:
    """Return every variable of a checkpoint under CTranslate2's names."""
    random = np.random.default_rng(seed)
    found: dict[str, NDArray[np.generic]] = {
        "encoder/conv1/weight": half(random, STATE, MELS, 3),
        "encoder/conv1/bias": half(random, STATE),
        "encoder/conv2/weight": half(random, STATE, STATE, 3),
        "encoder/conv2/bias": half(random, STATE),
        "encoder/position_encodings/encodings": half(random, 6, STATE),
        "decoder/position_encodings/encodings": half(random, 4, STATE),
        # Drawing millions of numbers would take longer than what is done with them.
        "decoder/embeddings/weight": np.resize(half(random, ENGLISH, STATE), (vocabulary, STATE)),
        "decoder/scale_embeddings": np.array(0, np.int8),
    }
    for side, attentions in (
        ("encoder", {"self_attention": (3, 1)}),
        ("decoder", {"self_attention": (3, 1), "attention": (1, 2, 1)}),
    ):
        found[f"{side}/num_heads"] = np.array(HEADS, np.int16)
        found |= norm(random, f"{side}/layer_norm")
        for layer in (f"{side}/layer_{i}" for i in range(LAYERS)):
            for attention, stacked in attentions.items():
                found |= norm(random, f"{layer}/{attention}/layer_norm")
                for number, parts in enumerate(stacked):
                    for kind, array in linear(random, parts * STATE).items():
                        found[f"{layer}/{attention}/linear_{number}/{kind}"] = array
            # Whisper's keys have no bias: CTranslate2 stores zeros.
            found[f"{layer}/self_attention/linear_0/bias"][STATE : 2 * STATE] = 0
            if side == "decoder":
                found[f"{layer}/attention/linear_1/bias"][:STATE] = 0
            found |= norm(random, f"{layer}/ffn/layer_norm")
            for number, (rows, columns) in enumerate(((4 * STATE, STATE), (STATE, 4 * STATE))):
                for kind, array in linear(random, rows, columns).items():
                    found[f"{layer}/ffn/linear_{number}/{kind}"] = array
    return found


def norm(random: np.random.Generator, name: str) -> Weights:
    """Return a layer norm's two vectors."""
    return {f"{name}/gamma": half(random, STATE), f"{name}/beta": half(random, STATE)}


_CODES = {"float32": 0, "int8": 1, "int16": 2, "int32": 3, "float16": 4}


def model_bin(found: dict[str, NDArray[np.generic]], specification: str = "WhisperSpec") -> bytes:
    """Return the bytes of a model.bin, with the alias that ties the output projection."""
    parts = [struct.pack("<I", 6), string(specification), struct.pack("<II", 3, len(found))]
    for name, array in found.items():
        shape = struct.pack(f"<B{array.ndim}I", array.ndim, *array.shape)
        header = struct.pack("<BI", _CODES[array.dtype.name], array.nbytes)
        parts += [string(name), shape, header, array.tobytes()]
    aliases = string("decoder/projection/weight") + string("decoder/embeddings/weight")
    return b"".join([*parts, struct.pack("<I", 1), aliases])


def string(text: str) -> bytes:
    """Return a string as CTranslate2 writes it."""
    data = text.encode() + b"\0"
    return struct.pack("<H", len(data)) + data


def alphabet() -> list[str]:
    """Return the printable character GPT-2 gives each byte, by byte."""
    plain = [b for b in range(256) if 33 <= b <= 126 or 161 <= b <= 172 or b >= 174]
    hidden = [b for b in range(256) if b not in plain]
    return [chr(b) if b in plain else chr(256 + hidden.index(b)) for b in range(256)]


def tokenizer(languages: tuple[str, ...] = ("en", "de")) -> dict[str, object]:
    """Return a tokenizer.json: one token a byte, then Whisper's special tokens."""
    special = ["endoftext", "startoftranscript", *languages, "translate", "transcribe"]
    special += ["startoflm", "startofprev", "nospeech", "notimestamps", "0.00", "0.02"]
    added = [{"id": BYTES + i, "content": f"<|{name}|>"} for i, name in enumerate(special)]
    vocabulary = {character: at for at, character in enumerate(alphabet())}
    model = {"type": "BPE", "vocab": vocabulary, "merges": [["h", "e"], "l l"]}
    return {"added_tokens": added, "model": model}


def write_checkpoint(folder: Path, vocabulary: int = ENGLISH, seed: int = 0) -> Path:
    """Write a whole folder; return it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.bin").write_bytes(model_bin(variables(vocabulary, seed)))
    config = {"alignment_heads": [[0, 1], [1, 0]], "suppress_ids": [1, 2], "lang_ids": [258]}
    (folder / "config.json").write_text(
        json.dumps(config | {"suppress_ids_begin": [220]}), encoding="utf-8"
    )
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer()), encoding="utf-8")
    return folder


def backend(folder: Path, form: str, name: str = "whisper-cpp") -> Backend:
    """Return a backend whose environment's python is the one that runs the tests."""
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    return Backend(
        name=name,
        folder=folder,
        runner="fake",
        library="fake",
        homepage="https://example.org",
        family="whisper",
        format=form,
        platforms=("linux-x86_64", "macos-arm64"),
        language=True,
        parity=True,
    )
