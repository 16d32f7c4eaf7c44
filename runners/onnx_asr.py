"""onnx-asr: Whisper, Parakeet, Canary and GigaAM in Python and numpy around ONNX Runtime."""

import json
import re
from importlib import metadata
from pathlib import Path
from typing import Any

from runners.onnx_support import Heard, OnnxFile, in_parts, require_precision, untold_language
from runners.protocol import Scalar
from runners.serve import BadModel, Options, Result, Runner, Unsupported, main
from runners.settings import blaming, choose_language, chunking, reported, require_files, with_extra

_WHISPER, _CANARY = "whisper", "nemo-conformer-aed"
# What GigaAM's files are called says which model it is; their config.json does not.
_GIGAAM = {"v3_e2e_ctc": "gigaam-v3-e2e-ctc", "v3_e2e_rnnt": "gigaam-v3-e2e-rnnt"}
# How much a model hears at once, in seconds: all that Whisper takes, what GigaAM was made for.
_LONGEST = {_WHISPER: 30.0, _CANARY: 30.0, **dict.fromkeys(_GIGAAM.values(), 25.0)}
_LONGEST_OTHERS = 120.0  # attention is over all of it, and takes memory by its square
_END_OF_TEXT, _ENGLISH_END = "<|endoftext|>", 50_256  # the id tells an English-only vocabulary
_LANGUAGE = re.compile(r"<\|([a-z]{2,3})\|>")
_QUANTISED = re.compile(r"[._]int8\.onnx$")
_DEVICES = {
    "CPUExecutionProvider": "cpu",
    "CoreMLExecutionProvider": "coreml",
    "CUDAExecutionProvider": "cuda",
}
_SETTINGS = (
    "enable_cpu_mem_arena",
    "enable_mem_pattern",
    "enable_mem_reuse",
    "inter_op_num_threads",
    "use_deterministic_compute",
)


class OnnxAsr(Runner):
    """The library hears no more than a model takes at once; longer audio is cut in equal parts."""

    name = "onnx-asr"
    library = "onnx-asr"

    def __init__(self) -> None:
        import onnx_asr
        import onnxruntime

        self._library: Any = onnx_asr
        self._runtime: Any = onnxruntime

    def settings(self, profile: str) -> dict[str, Any]:
        """Return ONNX Runtime's own, of a session; decoding is greedy and has none."""
        del profile
        defaults = self._runtime.SessionOptions()
        return {name: getattr(defaults, name) for name in _SETTINGS}

    def require(self, options: Options, model: Path | None) -> None:
        """Refuse a device that is not here, and what the weights do not have."""
        self._providers(options.device)
        if model is None:
            require_precision(options.precision, None)
            return
        kind = kind_of(model)
        require_precision(options.precision, _largest(model).precision)
        if options.words and kind in (_WHISPER, _CANARY):
            raise Unsupported("onnx-asr gives no word times for Whisper and Canary")
        language_for(options.language, model, kind)

    def load(self, model: Path, options: Options) -> dict[str, Scalar]:
        """Load a folder as its publisher has it; what it holds says which kind of model it is."""
        file, kind = _largest(model), kind_of(model)
        self.require(options, model)
        settings = with_extra(self.settings(options.profile), options.extra)
        session = self._runtime.SessionOptions()
        session.intra_op_num_threads = options.threads
        for name, value in settings.items():
            setattr(session, name, value)
        with blaming(model):
            self._model = self._library.load_model(
                kind,
                model,
                quantization="int8" if _QUANTISED.search(file.path.name) else None,
                sess_options=session,
                providers=self._providers(options.device),
            )
        self._words = options.words
        self._timed = self._model.with_timestamps()
        self._language = language_for(options.language, model, kind)
        self._told = {"language": self._language} if kind in (_WHISPER, _CANARY) else {}
        self._longest = _LONGEST.get(kind, _LONGEST_OTHERS)
        return {
            "device": self._device(),
            "compute_type": file.precision,
            "threads": session.intra_op_num_threads,
            "library": metadata.version(self.library),
            "onnxruntime": metadata.version("onnxruntime"),
            "kind": kind,
            **chunking("fixed", self._longest),
            **reported(settings, options.extra),
        }

    def transcribe(self, audio: Any) -> Result:  # noqa: ANN401 - an ndarray
        """Transcribe part by part; the text of each comes whole."""
        return in_parts(audio, self._longest, self._hear, self._language, words=self._words)

    def _hear(self, audio: Any) -> Heard:  # noqa: ANN401 - an ndarray
        if not self._words:
            return Heard(self._model.recognize(audio, **self._told))
        found = self._timed.recognize(audio, **self._told)
        return Heard(found.text, found.tokens or (), found.timestamps or ())

    def _providers(self, wish: str) -> list[str]:
        """Return what may compute, in the library's order; raise Unsupported where nothing can."""
        known = [p for p in self._runtime.get_available_providers() if p in _DEVICES]
        if wish == "gpu" and known == ["CPUExecutionProvider"]:
            raise Unsupported("this ONNX Runtime computes on the CPU only")
        return ["CPUExecutionProvider"] if wish == "cpu" else known

    def _device(self) -> str:
        """Return what the model's first session computes on, as that says."""
        parts = vars(self._model.asr).values()
        session = next(p for p in parts if isinstance(p, self._runtime.InferenceSession))
        return _DEVICES[session.get_providers()[0]]


def kind_of(model: Path) -> str:
    """Return the library's name for a folder's kind of model; raise BadModel."""
    for begin, name in _GIGAAM.items():
        if any(model.glob(f"{begin}*.onnx")):
            return name
    kind = _read(model, "config.json").get("model_type")
    if not isinstance(kind, str):
        raise BadModel(f"{model / 'config.json'} does not say what model_type it is")
    return kind


def language_for(wish: str | None, model: Path, kind: str) -> str | None:
    """Return the language to tell; raise Unsupported for one that cannot be told."""
    if kind == _WHISPER:
        tokens = _read(model, "vocab.json") | _read(model, "added_tokens.json")
        if tokens.get(_END_OF_TEXT) == _ENGLISH_END:
            raise Unsupported("onnx-asr prompts every Whisper as one of many languages")
        return choose_language(wish, _languages(" ".join(tokens)), multilingual=True)
    names = [path.name for path in model.glob("*vocab.txt")]
    require_files(model, *names or ["vocab.txt"])
    vocabulary = (model / names[0]).read_text("utf-8")
    if kind != _CANARY:
        return untold_language(wish, vocabulary)
    if wish is None:
        raise Unsupported("Canary has to be told the language")
    return choose_language(wish, _languages(vocabulary), multilingual=True)


def _languages(tokens: str) -> set[str]:
    return set(_LANGUAGE.findall(tokens))


def _read(model: Path, name: str) -> dict[str, Any]:
    require_files(model, name)
    with blaming(model / name):
        found: dict[str, Any] = json.loads((model / name).read_text("utf-8"))
    return found


def _largest(model: Path) -> OnnxFile:
    """Return the largest of a folder's ONNX files, whose precision is the model's."""
    paths = sorted(model.rglob("*.onnx"), key=lambda path: path.stat().st_size)
    if not paths:
        raise BadModel(f"{model} has no ONNX file")
    return OnnxFile(paths[-1])


if __name__ == "__main__":
    main(OnnxAsr)
