"""What each backend format is on the disk: one file or a folder, and what a folder must hold."""

import re
from fnmatch import fnmatch
from pathlib import Path

# Formats that are one file, which the runner is given instead of the folder.
_SINGLE = {"ggml": "ggml-{}.bin", "pt": "{}.pt"}

# Patterns a folder must match; of a tuple's any one will do.
_NEEDED: dict[str, tuple[tuple[str, ...], ...]] = {
    "ct2": (("config.json",), ("model.bin",), ("tokenizer.json",)),
    "mlx-npz": (("config.json",), ("weights.npz",)),
    "mlx-safetensors": (("config.json",), ("weights.safetensors", "weights.npz")),
    "huggingface": (
        ("config.json",),
        ("model.safetensors", "model-*.safetensors"),
        ("preprocessor_config.json", "processor_config.json"),
        ("tokenizer.json", "vocab.json"),
    ),
    "parakeet-mlx": (("config.json",), ("model.safetensors",)),
    "coreml": (("*.mlmodelc/coremldata.bin",),),
}

# What a record wants of a repository and may not get: a library does without it, or it is written
# here (faster-whisper's own repositories before large-v3 have no mel settings).
_DISPENSABLE = {
    "ct2": ("preprocessor_config.json",),
    "huggingface": ("generation_config.json", "merges.txt", "tokenizer_config.json", "vocab.json"),
}

# OpenAI's own checkpoints: what can be converted, so what `--parity` takes.
OPENAI = re.compile(r"(tiny|base|small|medium)(\.en)?|large-v[123]|large-v3-turbo")


def single_file(form: str, model: str) -> str | None:
    """Return the name of the one file a model is in this format; None where it is a folder."""
    pattern = _SINGLE.get(form)
    return pattern.format(model) if pattern else None


def path_in(folder: Path, form: str, model: str) -> Path:
    """Return what a runner is given: the folder, or the one file in it."""
    return folder / (single_file(form, model) or "")


def lacking(form: str, names: list[str]) -> list[str]:
    """Return what a folder with these files lacks, in words."""
    return [
        " or ".join(choice)
        for choice in _NEEDED.get(form, ())
        if not any(fnmatch(name, pattern) for name in names for pattern in choice)
    ]


def dispensable(form: str, pattern: str) -> bool:
    """Whether a wanted file may be absent from its repository; `form` "" is any format."""
    several = [_DISPENSABLE.get(form, ())] if form else list(_DISPENSABLE.values())
    return any(pattern in patterns for patterns in several)
