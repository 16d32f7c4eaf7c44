"""One OpenAI checkpoint `<name>.pt`, for whisper-mps; needs the torch of that environment.

Layout: whisper/__init__.py's load_model reads {"dims": the ten ModelDimensions, "model_state_dict":
tensors under OpenAI's names}; OpenAI's own files hold float16. Such a file has no tokenizer: what
it means by its numbers stands in whisper_mps/whisper/tokenizer.py, and is asked of it.
"""

import atexit
import io
import pickle
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from orchestrator.models.convert import Format
from orchestrator.models.convert.checkpoint import BadCheckpoint, Checkpoint, Dimensions, shapes
from orchestrator.models.convert.tokens import write_tokenizer

FORMAT = Format(
    what="one PyTorch checkpoint",
    file="{}.pt",
    mark=".pt",
    original=True,
    # numpy cannot read it: one environment with torch makes it readable for all others.
    through="huggingface",
)


def read(path: Path) -> Checkpoint:
    """Open a file; raise BadCheckpoint naming it and what is wrong."""
    import torch  # noqa: PLC0415 - in few environments

    saved = _load(path)
    try:
        dimensions = Dimensions(**{name: int(value) for name, value in saved["dims"].items()})
        state: Mapping[str, Any] = saved["model_state_dict"]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadCheckpoint(f"{path}: not a checkpoint of OpenAI's Whisper ({error!r})") from None
    tensors = {}
    for name, shape in shapes(dimensions).items():
        if name not in state or tuple(state[name].shape) != shape:
            found = tuple(state[name].shape) if name in state else "nothing"
            raise BadCheckpoint(f"{path}: {name} needs shape {shape}, found {found}")
        if state[name].dtype not in {torch.float16, torch.float32}:
            raise BadCheckpoint(f"{path}: {name} is {state[name].dtype}")
        tensors[name] = state[name].numpy()
    if extra := set(state) - set(tensors):
        raise BadCheckpoint(f"{path}: {min(extra)} is no part of a Whisper model")
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    settings = write_tokenizer(dimensions, folder)
    return Checkpoint(folder, dimensions, settings, tensors, lambda: None)


def _load(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    """Map the file where torch can: one of 3 GB then needs no 3 GB of memory."""
    import torch  # noqa: PLC0415 - the same

    try:
        return torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except RuntimeError:  # files in torch's older layout cannot be mapped
        pass
    except (OSError, pickle.UnpicklingError, EOFError) as error:
        raise BadCheckpoint(f"{path}: torch cannot read it: {error}") from None
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, pickle.UnpicklingError, EOFError) as error:
        raise BadCheckpoint(f"{path}: torch cannot read it: {error}") from None


def write(checkpoint: Checkpoint, path: Path) -> None:
    """Save straight from the mapped file, as its type is; torch writes each storage in turn."""
    import torch  # noqa: PLC0415 - the same

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
