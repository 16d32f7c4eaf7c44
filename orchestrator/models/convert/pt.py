"""One OpenAI checkpoint `<name>.pt`, for whisper-mps; needs the torch of that environment.

Layout: whisper/__init__.py's load_model reads {"dims": the ten ModelDimensions, "model_state_dict":
tensors under OpenAI's names}; OpenAI's own files hold float16.
"""

import io
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import torch

from orchestrator.models.convert.checkpoint import Checkpoint


def write(checkpoint: Checkpoint, path: Path) -> None:
    """Save straight from the mapped file, as its type is; torch writes each storage in turn."""
    state = {name: torch.from_numpy(array) for name, array in checkpoint.tensors.items()}
    with path.open("wb") as file:
        saved = {"dims": asdict(checkpoint.dimensions), "model_state_dict": state}
        torch.save(saved, _Releasing(file, checkpoint.release))


class _Releasing(io.RawIOBase):
    """Passes torch's writes on and gives the pages just read back, so that memory stays small."""

    def __init__(self, file: io.BufferedWriter, release: Callable[[], None]) -> None:
        self._file = file
        self._release = release

    def write(self, data: "memoryview | bytes") -> int:  # type: ignore[override]
        """Write all of it."""
        size = self._file.write(data)
        self._release()
        return size
