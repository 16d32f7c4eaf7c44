"""whisper-mps: OpenAI's own checkpoints, made into MLX at every start; float16 (CPU: float32)."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from runners import mlx_support
from runners.mlx_port import MlxPort
from runners.serve import Options, Result

if TYPE_CHECKING:
    from pathlib import Path

_HELD = "local"  # a name the library does not know, so that it can never download it


class WhisperMps(MlxPort):
    """The library downloads and converts inside its transcribe: `load` fills its holder instead."""

    name = "whisper-mps"
    library = "whisper-mps"
    ours = ("model", "verbose")

    def __init__(self) -> None:
        super().__init__()
        import torch
        from whisper_mps.whisper import audio, load_models, tokenizer, torch_whisper

        # The package has a function of the same name as this module.
        module: Any = import_module("whisper_mps.whisper.transcribe")
        self._torch: Any = torch
        self._torch_whisper: Any = torch_whisper
        self._convert: Any = load_models.torch_to_mlx
        self._transcribe = module.transcribe
        self._holder: Any = module.ModelHolder
        self._tokenizer = tokenizer
        self._window_seconds = audio.CHUNK_LENGTH

    def hold(self, model: "Path", dtype: Any) -> Any:  # noqa: ANN401 - an mlx dtype and module
        """Load a .pt file of OpenAI's."""
        self._holder.model, self._holder.model_name = self._convert(self._read(model), dtype), _HELD
        return self._holder.model

    def own_arguments(self, model: "Path", options: Options) -> dict[str, Any]:
        """Name what is held."""
        del model, options
        return {"model": _HELD}

    def transcribe(self, audio: Any) -> Result:  # noqa: ANN401 - an ndarray
        """Transcribe with the model in the holder."""
        answer = self._transcribe(audio, **self._arguments)
        segments = mlx_support.to_segments(answer["segments"])
        return Result(answer["text"], answer["language"], segments)

    def _read(self, path: "Path") -> Any:  # noqa: ANN401 - a torch module
        checkpoint = self._torch.load(path, map_location="cpu", weights_only=True)
        network = self._torch_whisper.Whisper(
            self._torch_whisper.ModelDimensions(**checkpoint["dims"])
        )
        network.load_state_dict(checkpoint["model_state_dict"])
        return network


if __name__ == "__main__":
    mlx_support.main(WhisperMps)
