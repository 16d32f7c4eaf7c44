"""mlx-whisper: Apple's Whisper port on MLX, float16 on Metal, float32 on a CPU."""

from typing import TYPE_CHECKING, Any

from runners import mlx_support
from runners.protocol import Scalar
from runners.serve import Options, Result, Runner
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

_PARITY: dict[str, Any] = {"temperature": 0.0, "condition_on_previous_text": False}
_PRECISIONS = ("float16", "float32")  # the usual one first
_OURS = ("path_or_hf_repo", "verbose", "word_timestamps")


class MlxWhisper(Runner):
    """The library loads inside its transcribe, through a holder: `load` fills the holder."""

    name = "mlx-whisper"
    library = "mlx-whisper"
    boosts = True

    def __init__(self) -> None:
        self._blas = mlx_support.load_blas()  # before anything imports MLX
        import mlx_whisper
        from mlx_whisper import tokenizer
        from mlx_whisper.audio import CHUNK_LENGTH
        from mlx_whisper.transcribe import ModelHolder

        self._transcribe: Any = mlx_whisper.transcribe
        self._holder: Any = ModelHolder
        self._tokenizer: Any = tokenizer
        self._window_seconds: int = CHUNK_LENGTH

    def settings(self, profile: str) -> dict[str, Any]:
        """Return the keywords of the library's `transcribe`."""
        defaults = library_defaults(self._transcribe)
        settings = {k: v for k, v in defaults.items() if k not in _OURS}
        return settings | (_PARITY if profile == "parity" else {})

    def require(self, options: Options, model: "Path | None") -> None:
        """Refuse a device that is not here, and a precision that it does not compute in."""
        del model
        mlx_support.require(options, _PRECISIONS)

    def load(self, model: "Path", options: Options) -> dict[str, Scalar]:
        """Load a folder with config.json and weights.safetensors (or .npz)."""
        self.require(options, model)
        require_files(model, "config.json")
        device = mlx_support.use_device(options, self._blas)
        dtype = mlx_support.choose_dtype(options.precision, device, _PRECISIONS[0])
        with blaming(model):
            network = self._holder.get_model(str(model), dtype)
            safetensors = model / "weights.safetensors"
            weights = safetensors if safetensors.exists() else model / "weights.npz"
            mlx_support.check_names(network, weights)
            mlx_support.cast(network, dtype)
        tokens = mlx_support.read_tokenizer(self._tokenizer, network)
        settings, terms = with_terms(
            with_extra(self.settings(options.profile), options.extra),
            "initial_prompt",
            options.terms,
            tokens,
        )
        self._words = options.words
        self._arguments = settings | {
            "path_or_hf_repo": str(model),
            "fp16": str(dtype).endswith("float16"),
            "word_timestamps": options.words,
            "language": choose_language(
                options.language, self._tokenizer.LANGUAGES, multilingual=network.is_multilingual
            ),
        }
        return {
            **mlx_support.describe(device, network.decoder.ln.weight, self.library, self._blas),
            "quantised_bits": getattr(network.decoder.token_embedding, "bits", None),
            "multilingual": network.is_multilingual,
            **chunking("timestamps", self._window_seconds),
            **reported(settings, {**_PARITY, **options.extra}),
            **terms,
        }

    def transcribe(self, audio: Any) -> Result:  # noqa: ANN401 - an ndarray
        """Transcribe with the model in the holder."""
        answer = self._transcribe(audio, **self._arguments)
        found = answer["segments"]
        words = (word for segment in found for word in segment["words"]) if self._words else None
        return Result(
            text=answer["text"],
            language=answer["language"],
            segments=mlx_support.to_segments(found),
            words=None if words is None else mlx_support.to_segments(words, "word"),
        )


if __name__ == "__main__":
    mlx_support.main(MlxWhisper)
