"""transcribe.cpp: Whisper and other families in ggml, on Metal or a CPU, as the library chooses."""

import inspect
from importlib import metadata
from typing import TYPE_CHECKING, Any

from runners import ggml_file, gguf_file
from runners.protocol import Scalar
from runners.serve import BadModel, Options, Result, Runner, Segment, Unsupported, main
from runners.settings import blaming, chunking, reported, with_extra

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
_WORD_TIMES = ("word", "token")  # of tokens it makes words itself


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
        """Refuse a device that is not here, a precision or times of words that the file lacks."""
        self._device(options.device)
        if model is None:
            ggml_file.require(options.precision, None)
        else:
            self._precision(options, model)

    def load(self, model: "Path", options: Options) -> dict[str, Scalar]:
        """Load a file: Whisper in whisper.cpp's ggml, any family in GGUF."""
        precision = self._precision(options, model)
        with blaming(model):
            self._model = self._library.Model(str(model), **self._device(options.device))
            self._session = self._model.session(n_threads=options.threads)
        known = self._model.capabilities
        self._words = options.words
        if options.words and known.max_timestamp_kind not in _WORD_TIMES:
            raise Unsupported(f"transcribe.cpp gives no word timestamps for {self._model.variant}")
        self._arguments = {"language": _language(known, options.language, self._model.variant)}
        if options.words:
            self._arguments["timestamps"] = "word"
        settings = self._family(options)
        return {
            "device": self._model.device.kind,
            "compute_type": precision,
            "threads": options.threads,  # it has no way to ask
            "library": metadata.version(self.library),
            "commit": self._library.native_commit(),
            "variant": self._model.variant,
            "multilingual": len(known.languages) > 1,
            **settings,
        }

    def transcribe(self, audio: Any) -> Result:  # noqa: ANN401 - an ndarray
        """Transcribe; the answer comes whole, or as far as the library let it go."""
        try:
            answer = self._session.run(audio, **self._arguments)
        except self._library.OutputTruncated as error:
            if error.partial_result is None:
                raise
            answer = error.partial_result
        words = [_timed(word, f" {word.text.strip()}") for word in answer.words]
        segments = [_timed(segment, segment.text) for segment in answer.segments]
        if answer.timestamp_kind == "none":  # all of them are 0 then
            segments = [Segment(None, None, segment.text) for segment in segments]
        return Result(
            text=answer.text,
            language=answer.language or self._arguments["language"],
            segments=segments,
            words=words if self._words else None,
        )

    def _family(self, options: Options) -> dict[str, Scalar]:
        """Hand Whisper its options, which no other family has; return what to tell of them."""
        settings = with_extra(self.settings(options.profile), options.extra)
        whisper = self._library.WhisperRunOptions(**settings)
        if self._model.accepts(whisper):
            self._arguments["family"] = whisper
            told = reported(settings, {**_PARITY, **options.extra})
            return {**chunking("timestamps", _WINDOW_SECONDS), **told}
        if options.extra:
            name = next(iter(options.extra))
            raise Unsupported(f"no setting {name!r}: {self._model.variant} has none, Whisper does")
        return {}

    def _precision(self, options: Options, model: "Path") -> str:
        """Return the precision of a file's weights; raise Unsupported, BadModel."""
        if not _is_gguf(model):
            if options.words:
                raise Unsupported("transcribe.cpp gives no word timestamps for Whisper")
            return ggml_file.precision(model, options.precision)
        found = gguf_file.precision(model) or "as the file has it"
        if options.precision not in (None, found):
            raise Unsupported(
                f"precision {options.precision!r}: the file holds {found} weights;"
                " other ones are models of their own"
            )
        return found

    def _device(self, wish: str) -> dict[str, Any]:
        """Return how the library is told where to compute; raise Unsupported where it cannot."""
        if wish == "gpu":
            found = (device for device in self._library.backends() if device.kind not in _CPUS)
            if device := next(found, None):
                return {"device": device}
            raise Unsupported("this build of transcribe.cpp finds no GPU on this machine")
        return {"backend": wish}


def _is_gguf(model: "Path") -> bool:
    try:
        with model.open("rb") as file:
            return file.read(len(gguf_file.MAGIC)) == gguf_file.MAGIC
    except OSError as error:
        raise BadModel(f"{model}: {error}") from error


def _language(known: Any, wish: str | None, variant: str) -> str | None:  # noqa: ANN401 - the library's
    """Return the language to decode in, None to detect it; raise Unsupported for a wrong one.

    Some models have several of a language: en-US, en-GB.
    """
    if wish is None:
        if known.supports_language_detect or not known.languages:
            return None
        if len(known.languages) > 1:
            raise Unsupported(f"{variant} does not detect a language: it must be told one")
        return str(known.languages[0])
    for code in known.languages:
        if wish in (code, code.partition("-")[0]):
            return str(code)
    if known.languages == ("en",):
        raise Unsupported(f"this checkpoint is English-only and cannot transcribe {wish!r}")
    raise Unsupported(f"no language {wish!r}; there are: {', '.join(sorted(known.languages))}")


def _timed(piece: Any, text: str) -> Segment:  # noqa: ANN401 - the library's
    return Segment(piece.t0_ms / 1000, piece.t1_ms / 1000, text)


if __name__ == "__main__":
    main(TranscribeCpp)
