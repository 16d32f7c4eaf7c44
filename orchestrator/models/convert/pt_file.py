"""Reads OpenAI's checkpoints `<name>.pt`; needs the torch and the whisper-mps of that environment.

Layout: see pt.py. Such a file has no tokenizer: what it means by its numbers stands in the code of
those who load it, whisper_mps/whisper/tokenizer.py, and is asked of it.
"""

import atexit
import pickle
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from orchestrator.models.convert import tiktoken_file
from orchestrator.models.convert.checkpoint import (
    BadCheckpoint,
    Checkpoint,
    Dimensions,
    shapes,
)


def read(path: Path) -> Checkpoint:
    """Open a file; raise BadCheckpoint naming it and what is wrong."""
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
    settings = tiktoken_file.write_tokenizer(dimensions, folder)
    return Checkpoint(folder, dimensions, settings, tensors, lambda: None)


def _load(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    """Map the file where torch can: one of 3 GB then needs no 3 GB of memory."""
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
