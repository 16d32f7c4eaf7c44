"""lightning-whisper-mlx: 30 s windows decoded in batches of 12 on MLX, float16 (CPU: float32)."""

from typing import TYPE_CHECKING, Any

from runners import mlx_support
from runners.protocol import Scalar
from runners.serve import BadModel, Options, Result, Runner, Segment, Unsupported
from runners.settings import (
    blaming,
    choose_language,
    chunking,
    library_defaults,
    reported,
    require_files,
    with_extra,
    with_terms,
)

if TYPE_CHECKING:
    from pathlib import Path

_PARITY: dict[str, Any] = {
    "condition_on_previous_text": False,
    "compression_ratio_threshold": None,
    "logprob_threshold": None,
}
_PRECISIONS = ("float16", "float32")  # the usual one first
_OURS = ("path_or_hf_repo", "verbose", "word_timestamps", "temperature")  # temperature is ignored
_BATCH_SIZE = 12  # its class's default; the function underneath has none
_FRAMES_PER_SECOND = 100


class LightningWhisperMlx(Runner):
    """Its class only downloads, into the working directory: the function underneath is called."""

    name = "lightning-whisper-mlx"
    library = "lightning-whisper-mlx"
    boosts = True

    def __init__(self) -> None:
        self._blas = mlx_support.load_blas()  # before anything imports MLX
        from lightning_whisper_mlx import tokenizer
        from lightning_whisper_mlx.audio import CHUNK_LENGTH
        from lightning_whisper_mlx.transcribe import ModelHolder, transcribe_audio

        self._transcribe: Any = transcribe_audio
        self._holder: Any = ModelHolder
        self._tokenizer: Any = tokenizer
        self._window_seconds: int = CHUNK_LENGTH

    def settings(self, profile: str) -> dict[str, Any]:
        """Return the keywords of the library's `transcribe_audio`."""
        defaults = library_defaults(self._transcribe) | {"batch_size": _BATCH_SIZE}
        settings = {k: v for k, v in defaults.items() if k not in _OURS}
        return settings | (_PARITY if profile == "parity" else {})

    def require(self, options: Options, model: "Path | None") -> None:
        """Refuse times of words, a device that is not here, and a precision that it has not."""
        del model
        if options.words:
            raise Unsupported("lightning-whisper-mlx gives no word timestamps")
        mlx_support.require(options, _PRECISIONS)

    def load(self, model: "Path", options: Options) -> dict[str, Scalar]:
        """Load a folder with config.json and weights.npz."""
        self.require(options, model)
        require_files(model, "config.json", "weights.npz")
        if '"quantization"' in (model / "config.json").read_text(encoding="utf-8"):
            raise BadModel(
                f"{model} is quantised, which lightning-whisper-mlx cannot load with MLX 0.32"
            )
        device = mlx_support.use_device(options, self._blas)
        dtype = mlx_support.choose_dtype(options.precision, device, _PRECISIONS[0])
        with blaming(model):
            network = self._holder.get_model(str(model), dtype)
            mlx_support.check_names(network, model / "weights.npz")
            mlx_support.cast(network, dtype)
        tokens = mlx_support.read_tokenizer(self._tokenizer, network)
        settings, terms = with_terms(
            with_extra(self.settings(options.profile), options.extra),
            "initial_prompt",
            options.terms,
            tokens,
        )
        self._arguments = settings | {
            "path_or_hf_repo": str(model),
            "fp16": str(dtype).endswith("float16"),
            "language": choose_language(
                options.language, self._tokenizer.LANGUAGES, multilingual=network.is_multilingual
            ),
        }
        return {
            **mlx_support.describe(device, network.decoder.ln.weight, self.library, self._blas),
            "multilingual": network.is_multilingual,
            **chunking("fixed", self._window_seconds, at_once=settings["batch_size"]),
            **reported(settings, {**_PARITY, **options.extra}),
            **terms,
        }

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
