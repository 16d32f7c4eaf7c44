"""MLX Whisper folders, for mlx-whisper: config.json beside weights.safetensors.

Layout: the modules of mlx_whisper/whisper.py, which spells `mlp.0` and `mlp.2` as `mlp1` and
`mlp2`, keeps convolutions as (out, kernel, in) and computes the encoder's sinusoids itself;
config.json is its ModelDimensions and nothing else (mlx_whisper/load_models.py).
"""

from dataclasses import asdict
from pathlib import Path

import numpy as np

from orchestrator.models.convert import Format
from orchestrator.models.convert.checkpoint import (
    SINUSOIDS,
    Array,
    BadCheckpoint,
    Checkpoint,
    write_json,
)
from orchestrator.models.convert.safetensors import write_safetensors

FORMAT = Format(what="an MLX folder", needs=("config.json", "weights.safetensors|weights.npz"))


def write(checkpoint: Checkpoint, folder: Path) -> None:
    """Write config.json and weights.safetensors, float16."""
    write_config(checkpoint, folder)
    path, metadata = folder / "weights.safetensors", {"format": "mlx"}
    write_safetensors(path, arrays(checkpoint), metadata, checkpoint.release)


def write_config(checkpoint: Checkpoint, folder: Path) -> None:
    """Make the folder and write its config.json."""
    folder.mkdir(exist_ok=True)
    config = {**asdict(checkpoint.dimensions), "model_type": "whisper"}
    write_json(folder / "config.json", config)


def arrays(checkpoint: Checkpoint) -> dict[str, Array]:
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
