"""faster-whisper: Whisper on CTranslate2; int8 on the CPU, as its README shows."""

import time
from functools import partial
from importlib import metadata
from typing import TYPE_CHECKING, Any

from runners.local_agreement import LocalAgreement
from runners.protocol import Scalar
from runners.serve import BadModel, Listener, Options, Result, Runner, Segment, Unsupported, main
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
    "beam_size": 1,
    "temperature": 0.0,
    "condition_on_previous_text": False,
    "vad_filter": False,
}
_OURS = ("language", "task", "word_timestamps", "log_progress")


class FasterWhisper(Runner):
    """Both profiles differ in decoding only; `recommended` is the library's own defaults."""

    name = "faster-whisper"
    library = "faster-whisper"
    boosts = True

    def __init__(self) -> None:
        import ctranslate2
        import faster_whisper

        self._ctranslate2: Any = ctranslate2
        self._library: Any = faster_whisper

    def settings(self, profile: str) -> dict[str, Any]:
        """Return the keywords of the library's `transcribe`."""
        defaults = library_defaults(self._library.WhisperModel.transcribe)
        settings = {k: v for k, v in defaults.items() if k not in _OURS}
        return settings | (_PARITY if profile == "parity" else {})

    def require(self, options: Options, model: "Path | None") -> None:
        """Refuse a device that is not here, and a precision that it does not compute in."""
        del model
        self._precision(options.precision, self._device(options.device))

    def load(self, model: "Path", options: Options) -> dict[str, Scalar]:
        """Load a CTranslate2 folder."""
        require_files(model, "model.bin", "config.json", "tokenizer.json")
        device = self._device(options.device)
        precision = self._precision(options.precision, device)
        with blaming(model):
            self._model = self._library.WhisperModel(
                str(model), device=device, compute_type=precision, cpu_threads=options.threads
            )
        engine = self._model.model
        if self._model.feature_extractor.mel_filters.shape[0] != engine.n_mels:
            raise BadModel(
                f"{model} needs a preprocessor_config.json for {engine.n_mels} mel bands"
            )
        settings = with_extra(self.settings(options.profile), options.extra)
        tokenizer = self._model.hf_tokenizer
        self._settings, terms = with_terms(
            settings, "hotwords", options.terms, lambda text: len(tokenizer.encode(f" {text}").ids)
        )
        self._words = options.words
        self._language = choose_language(
            options.language, self._model.supported_languages, multilingual=engine.is_multilingual
        )
        return {
            "device": engine.device,
            "compute_type": engine.compute_type,
            "threads": options.threads if engine.device == "cpu" else None,
            "library": metadata.version(self.library),
            "ctranslate2": metadata.version("ctranslate2"),
            "multilingual": engine.is_multilingual,
            **chunking(
                "timestamps",
                self._settings["chunk_length"] or self._model.feature_extractor.chunk_length,
            ),
            **reported(self._settings, {**_PARITY, **options.extra}),
            **terms,
        }

    def transcribe(self, audio: Any) -> Result:  # noqa: ANN401 - an ndarray
        """Transcribe; the words come with their times where that was asked for."""
        return self._transcribe(audio, words=self._words)

    def listen(self, audio: Any) -> Listener:  # noqa: ANN401 - an ndarray
        """Return what hears a growing clip, by the times of its words."""
        return LocalAgreement(audio, partial(self._transcribe, words=True), words=True)

    def _transcribe(self, audio: Any, *, words: bool) -> Result:  # noqa: ANN401 - an ndarray
        """Read the generator to its end, as the library decodes while it is read."""
        started = time.perf_counter()
        found, info = self._model.transcribe(
            audio, language=self._language, word_timestamps=words, **self._settings
        )
        segments = []
        first = None
        for segment in found:
            first = first or time.perf_counter() - started
            segments.append(segment)
        timed = [word for segment in segments for word in segment.words or ()]
        return Result(
            text="".join(s.text for s in segments),
            language=info.language,
            segments=[Segment(float(s.start), float(s.end), s.text) for s in segments],
            first_segment_seconds=first,
            words=[Segment(float(w.start), float(w.end), w.word) for w in timed] if words else None,
        )

    def _device(self, wish: str) -> str:
        if self._ctranslate2.get_cuda_device_count() and wish != "cpu":
            return "cuda"
        if wish == "gpu":
            raise Unsupported(
                "CTranslate2 computes on NVIDIA cards and the CPU; here is no such card"
            )
        return "cpu"

    def _precision(self, wish: str | None, device: str) -> str:
        supported = self._ctranslate2.get_supported_compute_types(device)
        if wish not in (None, *supported):
            raise Unsupported(
                f"precision {wish!r}: on {device} there are {', '.join(sorted(supported))}"
            )
        return wish or ("int8" if device == "cpu" else "float16")


if __name__ == "__main__":
    main(FasterWhisper)
