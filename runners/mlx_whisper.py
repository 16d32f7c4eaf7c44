"""mlx-whisper: Apple's Whisper port on MLX, float16 on Metal, float32 on a CPU."""

from typing import TYPE_CHECKING, Any

from runners import mlx_support
from runners.mlx_port import MlxPort
from runners.protocol import Scalar
from runners.serve import Options, Result
from runners.settings import require_files

if TYPE_CHECKING:
    from pathlib import Path


class MlxWhisper(MlxPort):
    """The one port with times of words, and with quantised weights."""

    name = "mlx-whisper"
    library = "mlx-whisper"
    times_words = True
    ours = ("path_or_hf_repo", "verbose", "word_timestamps")

    def __init__(self) -> None:
        super().__init__()
        import mlx_whisper
        from mlx_whisper import tokenizer
        from mlx_whisper.audio import CHUNK_LENGTH
        from mlx_whisper.transcribe import ModelHolder

        self._transcribe = mlx_whisper.transcribe
        self._holder: Any = ModelHolder
        self._tokenizer = tokenizer
        self._window_seconds = CHUNK_LENGTH

    def hold(self, model: "Path", dtype: Any) -> Any:  # noqa: ANN401 - an mlx dtype and module
        """Load a folder with config.json and weights.safetensors (or .npz)."""
        require_files(model, "config.json")
        network = self._holder.get_model(str(model), dtype)
        safetensors = model / "weights.safetensors"
        weights = safetensors if safetensors.exists() else model / "weights.npz"
        mlx_support.check_names(network, weights)
        return network

    def own_arguments(self, model: "Path", options: Options) -> dict[str, Any]:
        """Ask for times of words where they are wanted."""
        return super().own_arguments(model, options) | {"word_timestamps": options.words}

    def told(self, network: Any, settings: dict[str, Any]) -> dict[str, Scalar]:  # noqa: ANN401 - an mlx module
        """Tell of quantised weights too."""
        bits = getattr(network.decoder.token_embedding, "bits", None)
        return {"quantised_bits": bits, **super().told(network, settings)}

    def transcribe(self, audio: Any) -> Result:  # noqa: ANN401 - an ndarray
        """Transcribe with the model in the holder."""
        answer = self._transcribe(audio, **self._arguments)
        found = answer["segments"]
        words = None
        if self._arguments["word_timestamps"]:
            timed = (word for segment in found for word in segment["words"])
            words = mlx_support.to_segments(timed, "word")
        segments = mlx_support.to_segments(found)
        return Result(answer["text"], answer["language"], segments, words=words)


if __name__ == "__main__":
    mlx_support.main(MlxWhisper)
