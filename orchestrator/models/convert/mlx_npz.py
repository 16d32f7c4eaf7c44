"""MLX Whisper folders, for lightning-whisper-mlx: config.json beside weights.npz."""

import zipfile
from pathlib import Path

import numpy as np

from orchestrator.models.convert import Format
from orchestrator.models.convert.checkpoint import Checkpoint, as_stored
from orchestrator.models.convert.mlx_safetensors import arrays, write_config

FORMAT = Format(what="an MLX folder with `weights.npz`", needs=("config.json", "weights.npz"))


def write(checkpoint: Checkpoint, folder: Path) -> None:
    """Write config.json and weights.npz, float16, stored without compression."""
    write_config(checkpoint, folder)
    with zipfile.ZipFile(folder / "weights.npz", "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays(checkpoint).items():
            # A ZipInfo's fixed date makes the same checkpoint give the same bytes.
            member = zipfile.ZipInfo(f"{name}.npy")
            with archive.open(member, "w", force_zip64=True) as file:
                np.lib.format.write_array(file, as_stored(array), allow_pickle=False)
            checkpoint.release()
