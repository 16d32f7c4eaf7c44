"""One OpenAI checkpoint `<name>.pt`, for whisper-mps; needs the torch of that environment.

Layout: whisper/__init__.py's load_model reads {"dims": the ten ModelDimensions, "model_state_dict":
tensors under OpenAI's names}; OpenAI's own files hold float16.
"""

from dataclasses import asdict
from pathlib import Path

import torch

from orchestrator.models.convert.checkpoint import Checkpoint


def write(checkpoint: Checkpoint, path: Path) -> None:
    """Save straight from the mapped file: torch writes each storage in turn and copies none."""
    state = {name: torch.from_numpy(array) for name, array in checkpoint.tensors.items()}
    torch.save({"dims": asdict(checkpoint.dimensions), "model_state_dict": state}, path)
