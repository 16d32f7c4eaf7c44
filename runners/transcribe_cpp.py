"""transcribe.cpp: Whisper in ggml on Metal or the CPU, as the library sets it up."""

import inspect
from importlib import metadata
from typing import TYPE_CHECKING, Any

from runners import ggml_file
from runners.protocol import Scalar
from runners.serve import Options, Result, Runner, Segment, Unsupported, main
from runners.settings import blaming, choose_language, chunking, reported, with_extra

if TYPE_CHECKING:
    from pathlib import Path

_PARITY: dict[str, Any] = {
    "temperature": 0.0,
    "temperature_inc": 0.0,
    "condition_on_prev_tokens": False,
}
_WINDOW_SECONDS = 30  # what Whisper hears at once
_DIGITS = 6  # of a default that the library keeps as a float of 32 bits
_CPUS = ("cpu", "accel")


class TranscribeCpp(Runner):
    """The library reads whisper.cpp's files as they are, and refuses damaged ones itself."""

    name = "transcribe-cpp"
    library = "transcribe-cpp"

    def __init__(self) -> None:
        import transcribe_cpp

        self._library: Any = transcribe_cpp

    def settings(self, profile: str) -> dict[str, Any]:
        """Return the library's options for Whisper, as it initialises them."""
        options = self._library.WhisperRunOptions
        initial = options()._build()  # noqa: SLF001 - its defaults are in the C library alone
        found = {name: getattr(initial, name) for name in inspect.signature(options).parameters}
        settings = {k: round(v, _DIGITS) if isinstance(v, float) else v for k, v in found.items()}
        return settings | (_PARITY if profile == "parity" else {})

    def require(self, options: Options, model: "Path | None") -> None:
        """Refuse times of words, a device that is not here, a precision that the file lacks."""
        if options.words:
            raise Unsupported("transcribe.cpp gives no word timestamps for Whisper")
        self._device(options.device)
        ggml_file.require(options.precision, model)

    def load(self, model: "Path", options: Options) -> dict[str, Scalar]:
        """Load a ggml file."""
        self.require(options, None)
        precision = ggml_file.precision(model, options.precision)
        settings = with_extra(self.settings(options.profile), options.extra)
        with blaming(model):
            self._model = self._library.Model(str(model), **self._device(options.device))
            self._session = self._model.session(n_threads=options.threads)
        known = self._model.capabilities
        multilingual = len(known.languages) > 1
        self._arguments = {
            "language": choose_language(
                options.language, known.languages, multilingual=multilingual
            ),
            "family": self._library.WhisperRunOptions(**settings),
        }
        return {
            "device": self._model.device.kind,
            "compute_type": precision,
            "threads": options.threads,  # it has no way to ask
            "library": metadata.version(self.library),
            "commit": self._library.native_commit(),
            "variant": self._model.variant,
            "multilingual": multilingual,
            **chunking("timestamps", _WINDOW_SECONDS),
            **reported(settings, {**_PARITY, **options.extra}),
        }

    def transcribe(self, audio: Any) -> Result:  # noqa: ANN401 - an ndarray
        """Transcribe; the answer comes whole."""
        answer = self._session.run(audio, **self._arguments)
        return Result(
            text=answer.text,
            language=answer.language or self._arguments["language"],
            segments=[Segment(s.t0_ms / 1000, s.t1_ms / 1000, s.text) for s in answer.segments],
        )

    def _device(self, wish: str) -> dict[str, Any]:
        """Return how the library is told where to compute; raise Unsupported where it cannot."""
        if wish == "gpu":
            found = (device for device in self._library.backends() if device.kind not in _CPUS)
            if device := next(found, None):
                return {"device": device}
            raise Unsupported("this build of transcribe.cpp finds no GPU on this machine")
        return {"backend": wish}


if __name__ == "__main__":
    main(TranscribeCpp)
