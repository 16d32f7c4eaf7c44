"""lightning-whisper-mlx: 30 s windows decoded in batches of 12 on MLX, float16 (CPU: float32)."""

from typing import TYPE_CHECKING, Any, ClassVar

from runners import mlx_support
from runners.mlx_port import MlxPort
from runners.protocol import Scalar
from runners.serve import BadModel, Result, Segment
from runners.settings import chunking, require_files

if TYPE_CHECKING:
    from pathlib import Path

_BATCH_SIZE = 12  # its class's default; the function underneath has none
_FRAMES_PER_SECOND = 100


class LightningWhisperMlx(MlxPort):
    """Its class only downloads, into the working directory: the function underneath is called."""

    name = "lightning-whisper-mlx"
    library = "lightning-whisper-mlx"
    parity: ClassVar[dict[str, Any]] = {
        "condition_on_previous_text": False,
        "compression_ratio_threshold": None,
        "logprob_threshold": None,
    }
    ours = ("path_or_hf_repo", "verbose", "word_timestamps", "temperature")  # the last is ignored

    def __init__(self) -> None:
        super().__init__()
        from lightning_whisper_mlx import tokenizer
        from lightning_whisper_mlx.audio import CHUNK_LENGTH
        from lightning_whisper_mlx.transcribe import ModelHolder, transcribe_audio

        self._transcribe = transcribe_audio
        self._holder: Any = ModelHolder
        self._tokenizer = tokenizer
        self._window_seconds = CHUNK_LENGTH

    def settings(self, profile: str) -> dict[str, Any]:
        """Return the keywords of the library's `transcribe_audio`."""
        return super().settings(profile) | {"batch_size": _BATCH_SIZE}

    def hold(self, model: "Path", dtype: Any) -> Any:  # noqa: ANN401 - an mlx dtype and module
        """Load a folder with config.json and weights.npz."""
        require_files(model, "config.json", "weights.npz")
        if '"quantization"' in (model / "config.json").read_text(encoding="utf-8"):
            raise BadModel(
                f"{model} is quantised, which lightning-whisper-mlx cannot load with MLX 0.32"
            )
        network = self._holder.get_model(str(model), dtype)
        mlx_support.check_names(network, model / "weights.npz")
        return network

    def told(self, network: Any, settings: dict[str, Any]) -> dict[str, Scalar]:  # noqa: ANN401 - an mlx module
        """Tell of its batches."""
        del network
        return chunking("fixed", self._window_seconds, at_once=settings["batch_size"])

    def transcribe(self, audio: Any) -> Result:  # noqa: ANN401 - an ndarray
        """Transcribe with the model in the holder; a segment is a window, timed in 10 ms frames."""
        answer = self._transcribe(audio, **self._arguments)
        segments = [
            Segment(start / _FRAMES_PER_SECOND, end / _FRAMES_PER_SECOND, text)
            for start, end, text in answer["segments"]
            if text.strip()
        ]
        return Result(answer["text"], answer["language"], segments)


if __name__ == "__main__":
    mlx_support.main(LightningWhisperMlx)
