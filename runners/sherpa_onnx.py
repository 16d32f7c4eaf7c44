"""sherpa-onnx: models that hear whole clips, on ONNX Runtime, as its Python package makes them."""

from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from runners.onnx_support import (
    Heard,
    OnnxFile,
    in_parts,
    only_file,
    require_precision,
    untold_language,
)
from runners.protocol import Scalar
from runners.serve import BadModel, Options, Result, Runner, Segment, Unsupported, main
from runners.settings import (
    blaming,
    choose_language,
    chunking,
    library_defaults,
    reported,
    with_extra,
)

_RATE = 16_000
# What the runner sets itself, what only prints, and what does nothing in a greedy search without
# lists of words. Settings that are texts name files or methods: a wrong one ends the process.
_NOT_SETTINGS = {
    "num_threads",
    "debug",
    "sample_rate",
    "feature_dim",
    "max_active_paths",
    "hotwords_score",
    "lm_scale",
    "lodr_scale",
    "enable_token_timestamps",
}
# What ends the process where Whisper's encoder lacks it.
WHISPER_PROPERTIES = {
    *("n_mels", "n_vocab", "n_text_ctx", "n_text_layer", "n_text_state", "is_multilingual"),
    *("sot", "eot", "blank_id", "no_speech", "no_timestamps", "transcribe", "translate"),
    "sot_sequence",
}


@dataclass(frozen=True)
class _Kind:
    """A kind of model: how the library makes it, of which files, and how much it hears at once."""

    factory: str
    type: str  # how `model_type` begins in the first file
    files: dict[str, str]  # argument -> pattern
    longest: float  # seconds
    told: tuple[str, ...] = ()  # the arguments that tell the language
    languages: tuple[str, ...] = ()
    words: bool = True
    fixed: dict[str, str] = field(default_factory=dict)


_STREAMS = {"decode_chunk_len", "window_size", "chunk_shift"}  # of an encoder that does

_TOKENS = {"tokens": "*tokens.txt"}
_PAIR = {"encoder": "*encoder*.onnx", "decoder": "*decoder*.onnx", **_TOKENS}
_TRIO = {**_PAIR, "joiner": "*joiner*.onnx"}
_ONE = {"model": "*model*.onnx", **_TOKENS}
_MOONSHINE = {
    "preprocessor": "preprocess*.onnx",
    "encoder": "encode*.onnx",
    "uncached_decoder": "uncached_decode*.onnx",
    "cached_decoder": "cached_decode*.onnx",
    **_TOKENS,
}
_SENSE_VOICE = ("zh", "en", "ja", "ko", "yue")
_CANARY = ("en", "de", "es", "fr")
_SAME = ("src_lang", "tgt_lang")  # it translates into English unless it is told the language twice
# Whisper's code leaves away what is over 29.5 s. Transducers attend to all they are given, which
# takes memory by its square; the others were made for clips of about this length.
_KINDS = (
    _Kind("from_moonshine", "", _MOONSHINE, 30.0, words=False),
    _Kind("from_transducer", "EncDec", _TRIO, 120.0, fixed={"model_type": "nemo_transducer"}),
    _Kind("from_transducer", "", _TRIO, 120.0),
    _Kind("from_whisper", "whisper", _PAIR, 29.0, ("language",), words=False),
    _Kind("from_nemo_canary", "EncDec", _PAIR, 30.0, _SAME, _CANARY, words=False),
    _Kind("from_sense_voice", "sense_voice", _ONE, 30.0, ("language",), _SENSE_VOICE),
    _Kind("from_nemo_ctc", "", _ONE, 25.0),
)


class SherpaOnnx(Runner):
    """The library hears no more than a model takes at once; longer audio is cut in equal parts."""

    name = "sherpa-onnx"
    library = "sherpa-onnx"

    def __init__(self) -> None:
        import sherpa_onnx

        self._library: Any = sherpa_onnx

    def settings(self, profile: str) -> dict[str, Any]:
        """Return those of all kinds of models; a profile changes none, as all decode greedily."""
        del profile
        found: dict[str, Any] = {}
        for kind in _KINDS:
            found |= self._settings(kind)
        return found

    def require(self, options: Options, model: Path | None) -> None:
        """Refuse what the library has no choice of, and what the weights do not have."""
        if options.device == "gpu":
            raise Unsupported("sherpa-onnx's package computes on the CPU")
        if model is None:
            require_precision(options.precision, None)
            return
        folder = Folder(model)
        require_precision(options.precision, folder.precision)
        if options.words and not folder.kind.words:
            raise Unsupported("sherpa-onnx gives no word times for this kind of model")
        folder.language(options.language)
        with_extra(self._settings(folder.kind), options.extra)

    def load(self, model: Path, options: Options) -> dict[str, Scalar]:
        """Load a folder as its publisher has it; what it holds says which kind of model it is."""
        self.require(options, model)
        folder = Folder(model)
        kind, settings = folder.kind, self._settings(folder.kind) | options.extra
        self._language = folder.language(options.language)
        told = dict.fromkeys(kind.told, self._language or "")
        with blaming(model):
            make = getattr(self._library.OfflineRecognizer, kind.factory)
            arguments = folder.files | kind.fixed | told | options.extra
            self._recognizer = make(num_threads=options.threads, **arguments)
        self._words, self._longest = options.words, kind.longest
        return {
            "device": "cpu",
            "compute_type": folder.precision,
            "threads": options.threads,  # it has no way to ask
            "library": metadata.version(self.library),
            "onnxruntime": self._library.onnxruntime_version,
            "kind": kind.factory.removeprefix("from_"),
            "multilingual": folder.multilingual,
            **chunking("fixed", kind.longest),
            **reported(settings, options.extra),
        }

    def transcribe(self, audio: Any) -> Result:  # noqa: ANN401 - an ndarray
        """Transcribe part by part; the text of each comes whole."""
        return in_parts(audio, self._longest, self._hear, self._language, words=self._words)

    def _hear(self, audio: Any) -> Heard:  # noqa: ANN401 - an ndarray
        stream = self._recognizer.create_stream()
        stream.accept_waveform(_RATE, audio)
        self._recognizer.decode_stream(stream)
        found = stream.result
        tokens = found.tokens, found.timestamps, found.durations
        return Heard(found.text, *tokens, _segments(found), found.lang.strip("<|>"))

    def _settings(self, kind: _Kind) -> dict[str, Any]:
        """Return what the library takes for a kind of model beside files, language and machine."""
        defaults = library_defaults(getattr(self._library.OfflineRecognizer, kind.factory))
        numbers = {k: v for k, v in defaults.items() if not isinstance(v, str)}
        return {k: v for k, v in numbers.items() if k not in _NOT_SETTINGS}


class Folder:
    """The files of one model, and what the first says of it; raises BadModel for any other."""

    def __init__(self, path: Path) -> None:
        self._path = path
        for kind in _KINDS:
            files = {name: only_file(path, pattern) for name, pattern in kind.files.items()}
            found = {name: str(file) for name, file in files.items() if file}
            if len(found) < len(files):
                continue
            first = OnnxFile(Path(next(iter(found.values()))))
            if first.properties.get("model_type", "").startswith(kind.type):
                self.kind, self.files, self.precision = kind, found, first.precision
                self._properties = first.properties
                self._check()
                return
        raise BadModel(f"{path} has not the files of any model that sherpa-onnx hears clips with")

    @property
    def multilingual(self) -> bool | None:
        """Whether it knows several languages; None where it does not say."""
        if self.kind.factory == "from_whisper":
            return self._properties["is_multilingual"] == "1"
        return bool(self.kind.told) or None

    def language(self, wish: str | None) -> str | None:
        """Return the language to tell, None to have it found out; raise Unsupported."""
        if self.kind.factory == "from_whisper":
            known = self._properties.get("all_language_codes", "").split(",")
            return choose_language(wish, known, multilingual=bool(self.multilingual))
        if not self.kind.told:
            return untold_language(wish, Path(self.files["tokens"]).read_text("utf-8"))
        if wish is None and self.kind.factory == "from_nemo_canary":
            raise Unsupported("Canary has to be told the language")
        return choose_language(wish, self.kind.languages, multilingual=True)

    def _check(self) -> None:
        """Refuse what would end the process."""
        if _STREAMS & set(self._properties):
            raise BadModel(f"{self._path} is a model that streams: use sherpa-onnx-streaming")
        missing = WHISPER_PROPERTIES - set(self._properties)
        if self.kind.factory == "from_whisper" and missing:
            raise BadModel(f"{self.files['encoder']} lacks the properties {', '.join(missing)}")


def _segments(found: Any) -> list[Segment]:  # noqa: ANN401 - the library's
    """Return Whisper's segments, which it gives where it was set to."""
    pieces = zip(
        found.segment_timestamps, found.segment_durations, found.segment_texts, strict=True
    )
    return [Segment(begin, begin + seconds, text) for begin, seconds, text in pieces]


if __name__ == "__main__":
    main(SherpaOnnx)
