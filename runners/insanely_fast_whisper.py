"""insanely-fast-whisper: what its command line calls, transformers' pipeline over 30 s chunks."""

import os
from importlib import metadata
from typing import TYPE_CHECKING, Any

from runners.protocol import Scalar
from runners.serve import BadModel, Options, Result, Runner, Segment, Unsupported, main
from runners.settings import (
    blaming,
    choose_language,
    chunking,
    reported,
    require_files,
    with_extra,
)

if TYPE_CHECKING:
    from pathlib import Path

# Chunk length and batch sizes are the project's (24 on a card, 4 on a Mac); five beams are what the
# pipeline it calls decodes with when nothing is said.
_RECOMMENDED: dict[str, Any] = {"chunk_length_s": 30, "num_beams": 5, "do_sample": False}
_BATCH_SIZES = {"cuda": 24, "mps": 4, "cpu": 4}
_PARITY: dict[str, Any] = {"chunk_length_s": 0, "num_beams": 1}  # 0: one window after the other
_FILES = (
    "config.json",
    "generation_config.json",
    "preprocessor_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
)
_PIPELINE_SETTINGS = ("chunk_length_s", "batch_size")
_SAMPLE_RATE = 16_000


class InsanelyFastWhisper(Runner):
    """The package is a command line only, and imports what is not needed here: it is bypassed."""

    name = "insanely-fast-whisper"
    library = "insanely-fast-whisper"

    def __init__(self) -> None:
        import torch
        import transformers
        from transformers.models.whisper.tokenization_whisper import TO_LANGUAGE_CODE

        self._torch: Any = torch
        self._transformers: Any = transformers
        # transformers imports a part when it is first asked for: here, where that is timed.
        self._pipeline_of: Any = transformers.pipeline
        self._model_class: Any = transformers.WhisperForConditionalGeneration
        self._tokenizer_class: Any = transformers.AutoTokenizer
        self._features_class: Any = transformers.WhisperFeatureExtractor
        self._codes: dict[str, str] = TO_LANGUAGE_CODE

    def settings(self, profile: str) -> dict[str, Any]:
        """Return the pipeline's settings as the project chooses them for this machine's device."""
        settings = {**_RECOMMENDED, "batch_size": _BATCH_SIZES[self._device("auto")]}
        return settings | (_PARITY if profile == "parity" else {})

    def require(self, options: Options, model: "Path | None") -> None:
        """Refuse a device that is not here, and a precision that it does not compute in."""
        del model
        self._precision(options.precision, self._device(options.device))

    def load(self, model: "Path", options: Options) -> dict[str, Scalar]:
        """Load a folder in Hugging Face's layout."""
        require_files(model, *_FILES)
        self._torch.set_num_threads(options.threads)
        device = self._device(options.device)
        settings = self.settings(options.profile) | {"batch_size": _BATCH_SIZES[device]}
        self._settings = with_extra(settings, options.extra)
        self._asked = options.extra
        with blaming(model):
            network = self._read(model, self._precision(options.precision, device))
            self._pipeline = self._pipeline_of(
                "automatic-speech-recognition",
                model=network,
                tokenizer=self._tokenizer_class.from_pretrained(model, local_files_only=True),
                feature_extractor=self._features_class.from_pretrained(
                    model, local_files_only=True
                ),
                device=device,
            )
        multilingual = bool(network.generation_config.is_multilingual)
        self._language = choose_language(
            options.language, set(self._codes.values()), multilingual=multilingual
        )
        # English-only checkpoints raise when they are told a language or a task.
        asked = {"language": self._language, "task": "transcribe"} if multilingual else {}
        self._arguments = {
            **{k: self._settings[k] for k in _PIPELINE_SETTINGS},
            "generate_kwargs": asked
            | {k: v for k, v in self._settings.items() if k not in _PIPELINE_SETTINGS},
            "return_timestamps": "word" if options.words else True,
            "return_language": True,
        }
        if options.words:
            self._finish = self._pipeline.postprocess
            self._pipeline.postprocess = self._finish_twice
        return self._resolved(multilingual=multilingual)

    def transcribe(self, audio: Any) -> Result:  # noqa: ANN401 - an ndarray
        """Transcribe; the pipeline empties the dictionary it is given."""
        answer = self._pipeline({"raw": audio, "sampling_rate": _SAMPLE_RATE}, **self._arguments)
        chunks = answer["chunks"]
        spoken = next((c["language"] for c in chunks if c.get("language")), None)
        language = self._codes.get(spoken, spoken) if spoken else self._language
        words = _timed(answer["words"]) if "words" in answer else None
        return Result(answer["text"], language, _timed(chunks), words=words)

    def _finish_twice(self, outputs: list[dict[str, Any]], **how: Any) -> dict[str, Any]:  # noqa: ANN401 - the library's
        """Make words and segments of the same tokens: the pipeline gives one or the other.

        It writes into what it is given, so each time it gets a copy.
        """
        words = self._finish([dict(output) for output in outputs], **how)
        how["return_timestamps"] = True
        finished: dict[str, Any] = self._finish([dict(output) for output in outputs], **how)
        return finished | {"words": words["chunks"]}

    def _read(self, model: "Path", precision: str) -> Any:  # noqa: ANN401 - a torch module
        network, told = self._model_class.from_pretrained(
            model,
            dtype=getattr(self._torch, precision),
            attn_implementation="sdpa",
            local_files_only=True,
            output_loading_info=True,
        )
        if missing := sorted(told["missing_keys"]):
            raise BadModel(f"{model} lacks {len(missing)} tensors, {missing[0]} first")
        return network

    def _resolved(self, *, multilingual: bool) -> dict[str, Scalar]:
        network = self._pipeline.model
        device = network.device.type
        return {
            "device": device,
            "compute_type": str(network.dtype).removeprefix("torch."),
            "threads": self._torch.get_num_threads() if device == "cpu" else None,
            "library": metadata.version(self.library),
            "transformers": self._transformers.__version__,
            "torch": str(self._torch.__version__),
            "attention": network.config._attn_implementation,  # noqa: SLF001 - not told elsewhere
            "mps_fallback": os.environ.get("PYTORCH_ENABLE_MPS_FALLBACK") == "1",
            "multilingual": multilingual,
            **self._chunking(),
            **reported(self._settings, [k for k in self._settings if self._is_told(k)]),
        }

    def _is_told(self, name: str) -> bool:
        """Whether a setting is in what is resolved: `_chunking` tells some under common names."""
        return name not in _PIPELINE_SETTINGS or name in self._asked

    def _chunking(self) -> dict[str, Scalar]:
        """Chunks overlap by a sixth of their length at either end, the pipeline's default."""
        length = self._settings["chunk_length_s"]
        if not length:
            return chunking("timestamps", self._pipeline.feature_extractor.chunk_length)
        return chunking(
            "overlapping", length, overlap=length / 3, at_once=self._settings["batch_size"]
        )

    def _device(self, wish: str) -> str:
        if wish != "cpu" and self._torch.backends.mps.is_available():
            return "mps"
        if wish != "cpu" and self._torch.cuda.is_available():
            return "cuda"
        if wish == "gpu":
            raise Unsupported("PyTorch finds neither Metal nor an NVIDIA card on this machine")
        return "cpu"

    def _precision(self, wish: str | None, device: str) -> str:
        known = ("float16", "bfloat16", "float32")
        if wish not in (None, *known):
            raise Unsupported(f"precision {wish!r}: this backend computes in {', '.join(known)}")
        # The project knows no CPU; few have half-precision arithmetic.
        return wish or ("float32" if device == "cpu" else "float16")


def _timed(found: list[dict[str, Any]]) -> list[Segment]:
    times = (piece["timestamp"] for piece in found)
    return [
        Segment(start, end, piece["text"]) for piece, (start, end) in zip(found, times, strict=True)
    ]


if __name__ == "__main__":
    main(InsanelyFastWhisper)
