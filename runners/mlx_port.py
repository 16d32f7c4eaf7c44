"""What the ports of OpenAI's Whisper to MLX share: float16 on Metal, float32 on a CPU."""

from typing import TYPE_CHECKING, Any, ClassVar

from runners import mlx_support
from runners.protocol import Scalar
from runners.serve import Options, Runner, Unsupported
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

_PRECISIONS = ("float16", "float32")  # the usual one first


class MlxPort(Runner):
    """A port loads inside its `transcribe`, through a holder: `load` fills the holder.

    The constructor of each calls this one first, then imports its library.
    """

    boosts = True
    times_words: ClassVar[bool] = False
    parity: ClassVar[dict[str, Any]] = {"temperature": 0.0, "condition_on_previous_text": False}
    ours: ClassVar[tuple[str, ...]]  # keywords of the library's `transcribe` that are no settings

    _transcribe: Any
    _tokenizer: Any  # the library's module
    _window_seconds: int

    def __init__(self) -> None:
        self._blas = mlx_support.load_blas()  # before anything imports MLX

    def settings(self, profile: str) -> dict[str, Any]:
        """Return the keywords of the library's `transcribe`."""
        defaults = library_defaults(self._transcribe)
        settings = {k: v for k, v in defaults.items() if k not in self.ours}
        return settings | (self.parity if profile == "parity" else {})

    def require(self, options: Options, model: "Path | None") -> None:
        """Refuse times of words where it has none, a device that is not here, and a precision."""
        del model
        if options.words and not self.times_words:
            raise Unsupported(f"{self.name} gives no word timestamps")
        mlx_support.require(options, _PRECISIONS)

    def load(self, model: "Path", options: Options) -> dict[str, Scalar]:
        """Fill the library's holder, and keep what its `transcribe` is given."""
        self.require(options, model)
        device = mlx_support.use_device(options, self._blas)
        dtype = mlx_support.choose_dtype(options.precision, device, _PRECISIONS[0])
        with blaming(model):
            network = self.hold(model, dtype)
            mlx_support.cast(network, dtype)
        tokens = mlx_support.read_tokenizer(self._tokenizer, network)
        settings, terms = with_terms(
            with_extra(self.settings(options.profile), options.extra),
            "initial_prompt",
            options.terms,
            tokens,
        )
        language = choose_language(
            options.language, self._tokenizer.LANGUAGES, multilingual=network.is_multilingual
        )
        self._arguments = {
            **settings,
            **self.own_arguments(model, options),
            "fp16": str(dtype).endswith("float16"),
            "language": language,
        }
        return {
            **mlx_support.describe(device, network.decoder.ln.weight, self.library, self._blas),
            "multilingual": network.is_multilingual,
            **self.told(network, settings),
            **reported(settings, {**self.parity, **options.extra}),
            **terms,
        }

    def hold(self, model: "Path", dtype: Any) -> Any:  # noqa: ANN401 - an mlx dtype and module
        """Have the library's holder hold the model; return that, or raise BadModel."""
        raise NotImplementedError

    def own_arguments(self, model: "Path", options: Options) -> dict[str, Any]:
        """Return what this library's `transcribe` alone is given: the name of what is held."""
        del options
        return {"path_or_hf_repo": str(model)}

    def told(self, network: Any, settings: dict[str, Any]) -> dict[str, Scalar]:  # noqa: ANN401 - an mlx module
        """Return what is to be told besides: how audio is taken apart."""
        del network, settings
        return chunking("timestamps", self._window_seconds)
