"""Converters from one Whisper checkpoint to every format; only the standard library and numpy.

They run as `python -m orchestrator.models.convert FORMAT SOURCE DESTINATION` under the python of
the environment that will load the result, so nothing here may import the orchestrator's packages.
"""

# Format of [tool.bench] -> module and function that writes it.
WRITERS = {
    "ct2": ("ct2", "write"),
    "ggml": ("ggml", "write"),
    "huggingface": ("huggingface", "write"),
    "mlx-npz": ("mlx", "write_npz"),
    "mlx-safetensors": ("mlx", "write_safetensors"),
    "pt": ("pt", "write"),
}
