"""One Whisper checkpoint under OpenAI's tensor names, whichever file it was read from."""

import hashlib
import json
import mmap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# Sinusoids of a fixed formula: MLX computes them itself, so the digest leaves them out.
SINUSOIDS = "encoder.positional_embedding"


class BadCheckpoint(Exception):
    """A checkpoint cannot be used; the message names the file and the place in it."""


@dataclass(frozen=True)
class Dimensions:
    """OpenAI's ten numbers of a Whisper model, in the order ggml stores them."""

    n_vocab: int
    n_audio_ctx: int
    n_audio_state: int
    n_audio_head: int
    n_audio_layer: int
    n_text_ctx: int
    n_text_state: int
    n_text_head: int
    n_text_layer: int
    n_mels: int

    @property
    def multilingual(self) -> bool:
        """Whether the vocabulary is the multilingual one, which is one entry longer or more."""
        return self.n_vocab >= 51865  # noqa: PLR2004 - OpenAI's own rule, whisper/model.py


@dataclass(frozen=True)
class Checkpoint:
    """Dimensions, settings and tensors of one checkpoint folder.

    The tensors are views into a mapped file, float16 or float32. Walk them with `items`, which
    gives each one's pages back, so that no conversion holds the whole model in memory.
    """

    folder: Path
    dimensions: Dimensions
    settings: dict[str, Any]
    tensors: dict[str, Array]
    release: Callable[[], None]

    def items(self) -> Iterator[tuple[str, Array]]:
        """Yield each OpenAI name with its tensor, in the order of `shapes`."""
        for name in self.tensors:
            yield name, self.tensors[name]
            self.release()

    def digest(self) -> str:
        """Return the sha256 that is the same for the same tensors in any format."""
        return digest(self.items())


def digest(tensors: Iterator[tuple[str, Array]]) -> str:
    """Return one sha256 over OpenAI names, shapes and float16 little-endian bytes, in any order.

    A hash of hashes: each tensor is read once and alone, whatever order a format keeps them in.
    """
    lines = []
    for name, array in tensors:
        if name != SINUSOIDS:
            data = as_stored(array)
            shape = "x".join(map(str, data.shape))
            lines.append(f"{name} {shape} {hashlib.sha256(data.data).hexdigest()}\n")
    return hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()


def as_stored(array: Array) -> Array:
    """Return the array as converted files hold it: contiguous, float16 or int32, little-endian.

    Nothing is copied when it is so already.
    """
    return np.ascontiguousarray(array, "<f2" if array.dtype.kind == "f" else "<i4")


def shapes(d: Dimensions) -> dict[str, tuple[int, ...]]:
    """Return the shape of every tensor a Whisper model of these dimensions has, by OpenAI's name.

    Source: the modules of whisper/model.py in openai-whisper.
    """
    audio, text = d.n_audio_state, d.n_text_state
    return {
        "encoder.conv1.weight": (audio, d.n_mels, 3),
        "encoder.conv1.bias": (audio,),
        "encoder.conv2.weight": (audio, audio, 3),
        "encoder.conv2.bias": (audio,),
        SINUSOIDS: (d.n_audio_ctx, audio),
        **_blocks("encoder", d.n_audio_layer, audio, ("attn",)),
        **_norm("encoder.ln_post", audio),
        "decoder.token_embedding.weight": (d.n_vocab, text),
        "decoder.positional_embedding": (d.n_text_ctx, text),
        **_blocks("decoder", d.n_text_layer, text, ("attn", "cross_attn")),
        **_norm("decoder.ln", text),
    }


def _blocks(
    side: str, layers: int, state: int, attentions: tuple[str, ...]
) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for block in (f"{side}.blocks.{i}" for i in range(layers)):
        for attention in attentions:
            found |= _norm(f"{block}.{attention}_ln", state)
            for part in ("query", "key", "value", "out"):
                found |= _linear(f"{block}.{attention}.{part}", state, state)
            del found[f"{block}.{attention}.key.bias"]  # Whisper's keys have none
        found |= _norm(f"{block}.mlp_ln", state)
        found |= _linear(f"{block}.mlp.0", 4 * state, state)
        found |= _linear(f"{block}.mlp.2", state, 4 * state)
    return found


def _norm(name: str, state: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (state,), f"{name}.bias": (state,)}


def _linear(name: str, rows: int, columns: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (rows, columns), f"{name}.bias": (rows,)}


def map_file(path: Path) -> mmap.mmap:
    """Map a checkpoint's file; raise BadCheckpoint where it is missing or empty.

    Private and writable: torch takes only writable arrays, and the file never changes.
    """
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    except FileNotFoundError:
        raise BadCheckpoint(f"{path}: the file is missing") from None
    except ValueError:
        raise BadCheckpoint(f"{path}: the file is empty") from None


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object; raise BadCheckpoint naming the file for anything else."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadCheckpoint(f"{path}: the file is missing") from None
    except (ValueError, RecursionError) as error:
        raise BadCheckpoint(f"{path}: not JSON: {error}") from error
    if not isinstance(value, dict):
        raise BadCheckpoint(f"{path}: a JSON object was expected, found {type(value).__name__}")
    return value


def write_json(path: Path, value: object) -> None:
    """Write one JSON file of a converted folder."""
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
