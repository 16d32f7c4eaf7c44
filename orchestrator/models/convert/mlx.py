"""MLX Whisper folders: config.json beside weights.safetensors or weights.npz.

Layout: the modules of mlx_whisper/whisper.py, which spells `mlp.0` and `mlp.2` as `mlp1` and
`mlp2`, keeps convolutions as (out, kernel, in) and computes the encoder's sinusoids itself;
config.json is its ModelDimensions and nothing else (mlx_whisper/load_models.py).
lightning-whisper-mlx loads the same, from weights.npz only.
"""

import zipfile
from dataclasses import asdict
from pathlib import Path

import numpy as np

from orchestrator.models.convert.checkpoint import (
    SINUSOIDS,
    Array,
    BadCheckpoint,
    Checkpoint,
    as_stored,
    write_json,
)
from orchestrator.models.convert.safetensors import write_safetensors as write_file


def write_safetensors(checkpoint: Checkpoint, folder: Path) -> None:
    """Write config.json and weights.safetensors, float16."""
    _write_config(checkpoint, folder)
    write_file(
        folder / "weights.safetensors", _tensors(checkpoint), {"format": "mlx"}, checkpoint.release
    )


def write_npz(checkpoint: Checkpoint, folder: Path) -> None:
    """Write config.json and weights.npz, float16, stored without compression."""
    _write_config(checkpoint, folder)
    with zipfile.ZipFile(folder / "weights.npz", "w", zipfile.ZIP_STORED) as archive:
        for name, array in _tensors(checkpoint).items():
            # A ZipInfo's fixed date makes the same checkpoint give the same bytes.
            member = zipfile.ZipInfo(f"{name}.npy")
            with archive.open(member, "w", force_zip64=True) as file:
                np.lib.format.write_array(file, as_stored(array), allow_pickle=False)
            checkpoint.release()


def _write_config(checkpoint: Checkpoint, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    config = {**asdict(checkpoint.dimensions), "model_type": "whisper"}
    write_json(folder / "config.json", config)


def _tensors(checkpoint: Checkpoint) -> dict[str, Array]:
    """Return views under MLX's names; nothing is read yet."""
    tensors = {
        _rename(name): array.swapaxes(1, 2) if array.ndim == 3 else array  # noqa: PLR2004 - conv
        for name, array in checkpoint.tensors.items()
        if name != SINUSOIDS
    }
    return tensors | _alignment_heads(checkpoint)


def _rename(name: str) -> str:
    return name.replace(".mlp.0.", ".mlp1.").replace(".mlp.2.", ".mlp2.")


def _alignment_heads(checkpoint: Checkpoint) -> dict[str, Array]:
    """Return the (layer, head) pairs (n, 2) that word timestamps need, where they are known."""
    pairs = checkpoint.settings.get("alignment_heads")
    if pairs is None:
        return {}
    try:
        return {"alignment_heads": np.array(pairs, np.int32).reshape(-1, 2)}
    except (ValueError, TypeError, OverflowError):
        path = checkpoint.folder / "config.json"
        raise BadCheckpoint(f"{path}: alignment_heads is no list of pairs: {pairs!r}") from None
