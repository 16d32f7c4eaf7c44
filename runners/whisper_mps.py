"""whisper-mps: OpenAI's own checkpoints, made into MLX at every start; float16 (CPU: float32)."""

from typing import TYPE_CHECKING, Any

from runners import mlx_support
from runners.protocol import Scalar
from runners.serve import Options, Result, Runner, Unsupported
from runners.settings import (
    blaming,
    choose_language,
    chunking,
    library_defaults,
    reported,
    with_extra,
    with_terms,
)

if TYPE_CHECKING:
    from pathlib import Path

_PARITY: dict[str, Any] = {"temperature": 0.0, "condition_on_previous_text": False}
_PRECISIONS = ("float16", "float32")  # the usual one first
_OURS = ("model", "verbose")
_HELD = "local"  # a name the library does not know, so that it can never download it


class WhisperMps(Runner):
    """The library downloads and converts inside its transcribe: `load` fills its holder instead."""

    name = "whisper-mps"
    library = "whisper-mps"
    boosts = True

    def __init__(self) -> None:
        self._blas = mlx_support.load_blas()  # before anything imports MLX
        import importlib

        import torch
        from whisper_mps.whisper import audio, load_models, tokenizer, torch_whisper

        self._torch: Any = torch
        self._torch_whisper: Any = torch_whisper
        self._convert: Any = load_models.torch_to_mlx
        self._tokenizer: Any = tokenizer
        self._window_seconds: int = audio.CHUNK_LENGTH
        # The package has a function of the same name as this module.
        self._module: Any = importlib.import_module("whisper_mps.whisper.transcribe")

    def settings(self, profile: str) -> dict[str, Any]:
        """Return the keywords of the library's `transcribe`."""
        defaults = library_defaults(self._module.transcribe)
        settings = {k: v for k, v in defaults.items() if k not in _OURS}
        return settings | (_PARITY if profile == "parity" else {})

    def require(self, options: Options, model: "Path | None") -> None:
        """Refuse times of words, a device that is not here, and a precision that it has not."""
        del model
        if options.words:
            raise Unsupported("whisper-mps gives no word timestamps")
        mlx_support.require(options, _PRECISIONS)

    def load(self, model: "Path", options: Options) -> dict[str, Scalar]:
        """Load a .pt file of OpenAI's."""
        self.require(options, model)
        device = mlx_support.use_device(options, self._blas)
        dtype = mlx_support.choose_dtype(options.precision, device, _PRECISIONS[0])
        with blaming(model):
            network = self._convert(self._read(model), dtype)
            mlx_support.cast(network, dtype)
        tokens = mlx_support.read_tokenizer(self._tokenizer, network)
        holder = self._module.ModelHolder
        holder.model, holder.model_name = network, _HELD
        settings, terms = with_terms(
            with_extra(self.settings(options.profile), options.extra),
            "initial_prompt",
            options.terms,
            tokens,
        )
        self._arguments = settings | {
            "model": _HELD,
            "fp16": str(dtype).endswith("float16"),
            "language": choose_language(
                options.language, self._tokenizer.LANGUAGES, multilingual=network.is_multilingual
            ),
        }
        return {
            **mlx_support.describe(device, network.decoder.ln.weight, self.library, self._blas),
            "multilingual": network.is_multilingual,
            **chunking("timestamps", self._window_seconds),
            **reported(settings, {**_PARITY, **options.extra}),
            **terms,
        }

    def transcribe(self, audio: Any) -> Result:  # noqa: ANN401 - an ndarray
        """Transcribe with the model in the holder."""
        answer = self._module.transcribe(audio, **self._arguments)
        return Result(
            answer["text"], answer["language"], mlx_support.to_segments(answer["segments"])
        )

    def _read(self, path: "Path") -> Any:  # noqa: ANN401 - a torch module
        checkpoint = self._torch.load(path, map_location="cpu", weights_only=True)
        network = self._torch_whisper.Whisper(
            self._torch_whisper.ModelDimensions(**checkpoint["dims"])
        )
        network.load_state_dict(checkpoint["model_state_dict"])
        return network


if __name__ == "__main__":
    mlx_support.main(WhisperMps)
