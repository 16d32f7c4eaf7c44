"""sherpa-onnx: transducers that stream, on ONNX Runtime, as its Python package makes them."""

from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

from runners.onnx_support import (
    Heard,
    OnnxFile,
    only_file,
    require_precision,
    timed_words,
    untold_language,
)
from runners.protocol import Scalar
from runners.serve import BadModel, Listener, Options, Result, Runner, Segment, Unsupported, main
from runners.settings import blaming, chunking, library_defaults, reported, with_extra
from runners.stream import Shown

_FILES = {
    "encoder": "*encoder*.onnx",
    "decoder": "*decoder*.onnx",
    "joiner": "*joiner*.onnx",
    "tokens": "tokens.txt",
}
_SETTINGS = ("decoding_method", "max_active_paths", "blank_penalty", "temperature_scale", "dither")
_GREEDY = "greedy_search"
_METHODS = (_GREEDY, "modified_beam_search")
# Any other `model_type` has the library load the model twice.
_TYPES = {"conformer", "lstm", "zipformer", "zipformer2"}
_FRAMES_PER_SECOND = 100
_RATE = 16_000
_TAIL_SAMPLES = int(0.66 * _RATE)  # of silence, which its examples end a clip with


class SherpaOnnxStreaming(Runner):
    """The library decodes chunk by chunk, whether all of a clip is there at once or not."""

    name = "sherpa-onnx-streaming"
    library = "sherpa-onnx"
    live = "native"

    def __init__(self) -> None:
        import sherpa_onnx

        self._library: Any = sherpa_onnx

    def settings(self, profile: str) -> dict[str, Any]:
        """Return the library's own for decoding; a profile changes none."""
        del profile
        defaults = library_defaults(self._library.OnlineRecognizer.from_transducer)
        return {name: defaults[name] for name in _SETTINGS}

    def require(self, options: Options, model: Path | None) -> None:
        """Refuse what the library has no choice of, and what the weights do not have."""
        if options.device == "gpu":
            raise Unsupported("sherpa-onnx's package computes on the CPU")
        require_precision(options.precision, _encoder(model).precision if model else None)
        if model:
            untold_language(options.language, (model / "tokens.txt").read_text("utf-8"))
        method = with_extra(self.settings(options.profile), options.extra)["decoding_method"]
        if method not in _METHODS:
            raise Unsupported(f"no decoding_method {method!r}; there are: {', '.join(_METHODS)}")

    def load(self, model: Path, options: Options) -> dict[str, Scalar]:
        """Load a folder as its publisher has it."""
        encoder = _encoder(model)
        self.require(options, model)
        settings = self.settings(options.profile) | options.extra
        kind = encoder.properties.get("model_type", "")
        vocabulary = (model / "tokens.txt").read_text("utf-8")
        self._language = untold_language(options.language, vocabulary)
        with blaming(model):
            self._recognizer = self._library.OnlineRecognizer.from_transducer(
                **{name: str(only_file(model, pattern)) for name, pattern in _FILES.items()},
                num_threads=options.threads,
                feature_dim=int(encoder.properties.get("feat_dim", "80")),
                model_type=kind if kind in _TYPES else "",
                **settings,
            )
        self._words, self._greedy = options.words, settings["decoding_method"] == _GREEDY
        self._chunk_seconds = _chunk_frames(encoder) / _FRAMES_PER_SECOND
        return {
            "device": "cpu",
            "compute_type": encoder.precision,
            "threads": options.threads,  # it has no way to ask
            "library": metadata.version(self.library),
            "onnxruntime": self._library.onnxruntime_version,
            "kind": kind,
            **chunking("fixed", self._chunk_seconds),
            **reported(settings, options.extra),
        }

    def transcribe(self, audio: Any) -> Result:  # noqa: ANN401 - an ndarray
        """Transcribe chunk by chunk."""
        return self.listen(audio).finish(len(audio))

    def _result(self, found: Any, seconds: float) -> Result:  # noqa: ANN401 - the library's
        """Return what a stream of so many seconds was heard as."""
        text = found.text.strip()
        words = timed_words(Heard(text, found.tokens, found.timestamps), 0.0, seconds)
        segments = [Segment(words[0].start, words[-1].end, text)] if words else []
        return Result(text, self._language, segments, words=words if self._words else None)

    def listen(self, audio: Any) -> Listener:  # noqa: ANN401 - an ndarray
        """Return what hears a growing clip."""
        return _Chunks(
            audio,
            self._recognizer,
            self._result,
            greedy=self._greedy,
            chunk_seconds=self._chunk_seconds,
        )


class _Chunks:
    """Hears a stream chunk by chunk. A greedy search takes no token back: all whole words stand."""

    def __init__(
        self,
        audio: Any,  # noqa: ANN401 - an ndarray
        recognizer: Any,  # noqa: ANN401 - the library's
        result: Callable[[Any, float], Result],
        *,
        greedy: bool,
        chunk_seconds: float,
    ) -> None:
        self._audio, self._recognizer, self._result = audio, recognizer, result
        self._greedy = greedy
        self._stream = recognizer.create_stream()
        self._taken = 0
        self._stood = ""
        self.resolved: dict[str, Scalar] = {"policy": "native", "chunk_seconds": chunk_seconds}

    def hear(self, samples: int) -> Shown:
        """Decode every whole chunk that there is."""
        text = self._decode(samples).text.strip()
        stands = text[: text.rfind(" ") + 1] if self._greedy else self._stood
        new = stands[len(self._stood) :]
        self._stood = stands
        return Shown(new, text[len(stands) :], samples)

    def finish(self, samples: int) -> Result:
        """Decode what is left, with the silence that brings out the last word."""
        self._feed(samples)
        self._stream.accept_waveform(_RATE, [0.0] * _TAIL_SAMPLES)
        self._stream.input_finished()
        return self._result(self._decode(samples), samples / _RATE)

    def _decode(self, samples: int) -> Any:  # noqa: ANN401 - the library's
        self._feed(samples)
        while self._recognizer.is_ready(self._stream):
            self._recognizer.decode_stream(self._stream)
        return self._recognizer.get_result_all(self._stream)

    def _feed(self, samples: int) -> None:
        if samples > self._taken:
            self._stream.accept_waveform(_RATE, self._audio[self._taken : samples])
            self._taken = samples


def _encoder(model: Path) -> OnnxFile:
    """Return the encoder of a model that streams; raise BadModel for any other folder."""
    for pattern in _FILES.values():
        if only_file(model, pattern) is None:
            raise BadModel(f"{model} has no {pattern}")
    encoder = OnnxFile(only_file(model, _FILES["encoder"]) or model)
    if not _chunk_frames(encoder):
        raise BadModel(f"{encoder.path} hears whole clips: use sherpa-onnx")
    return encoder


def _chunk_frames(encoder: OnnxFile) -> int:
    """Return the frames of 10 ms from one chunk to the next; 0 of what hears whole clips."""
    properties = encoder.properties
    return int(properties.get("decode_chunk_len") or properties.get("chunk_shift") or 0)


if __name__ == "__main__":
    main(SherpaOnnxStreaming)
