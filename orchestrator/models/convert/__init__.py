"""Converters from one Whisper checkpoint to every format; only the standard library and numpy.

They run as `python -m orchestrator.models.convert FORMAT SOURCE DESTINATION` under the python of
the environment that will load the result, so nothing here may import the orchestrator's packages.
"""

# Exit codes a caller tells apart: every other failure is the environment's.
EXIT_BAD_CHECKPOINT = 65
EXIT_NO_ROOM = 28

# Instead of a format: write nothing, only say what the tensors are.
DIGEST = "digest"

# Format of [tool.bench] -> module and function that writes it.
WRITERS = {
    "ct2": ("ct2_folder", "write"),
    "ggml": ("ggml", "write"),
    "huggingface": ("huggingface", "write"),
    "mlx-npz": ("mlx", "write_npz"),
    "mlx-safetensors": ("mlx", "write_safetensors"),
    "pt": ("pt", "write"),
}

# What a checkpoint is read from: the file that tells, and the module that reads it; the folder's
# own for a folder, any other name for a file. torch is needed for the last alone.
READERS = {
    "model.bin": "ct2",
    "model.safetensors": "safetensors_folder",
    ".pt": "pt_file",
}
