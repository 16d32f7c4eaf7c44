"""openai-whisper: OpenAI's own implementation on PyTorch, float32 on a CPU, float16 on a card."""

from dataclasses import fields
from importlib import import_module, metadata
from typing import TYPE_CHECKING, Any

from runners.protocol import Scalar
from runners.serve import BadModel, Options, Result, Runner, Segment, Unsupported, main
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
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

_PARITY: dict[str, Any] = {"temperature": 0.0, "condition_on_previous_text": False}
_OURS = ("task", "language", "prompt", "fp16", "verbose", "word_timestamps")


class OpenAiWhisper(Runner):
    """The library reads OpenAI's checkpoints as they are, without the right to run code in them."""

    name = "openai-whisper"
    library = "openai-whisper"
    boosts = True

    def __init__(self) -> None:
        import torch
        import whisper

        self._torch: Any = torch
        self._whisper: Any = whisper
        # The package has a function of the same name as this module.
        self._module: Any = import_module("whisper.transcribe")
        self._spectrogram, self._pad = self._module.log_mel_spectrogram, self._module.pad_or_trim

    def settings(self, profile: str) -> dict[str, Any]:
        """Return the keywords of the library's `transcribe`, and of the decoding in it."""
        decoding = {field.name: field.default for field in fields(self._whisper.DecodingOptions)}
        defaults = decoding | library_defaults(self._module.transcribe)
        settings = {k: v for k, v in defaults.items() if k not in _OURS}
        return settings | (_PARITY if profile == "parity" else {})

    def require(self, options: Options, model: "Path | None") -> None:
        """Refuse a device that is not here, and a precision that it does not compute in."""
        del model
        self._precision(options.precision, self._device(options.device))

    def load(self, model: "Path", options: Options) -> dict[str, Scalar]:
        """Load a .pt file of OpenAI's."""
        device = self._device(options.device)
        precision = self._precision(options.precision, device)
        settings = with_extra(self.settings(options.profile), options.extra)
        self._torch.set_num_threads(options.threads)
        if not model.is_file():  # the library would take its name for that of a model
            raise BadModel(f"{model} is no file")
        with blaming(model):
            self._network = self._whisper.load_model(str(model), device=device)
            if options.words:
                self._prepare_words(model.stem)
        language, tokens = self._language(options.language)
        settings, terms = with_terms(settings, "initial_prompt", options.terms, tokens)
        self._arguments = settings | {
            "fp16": precision == "float16",
            "word_timestamps": options.words,
            "language": language,
        }
        return {
            "device": self._network.device.type,
            "compute_type": precision,
            "threads": self._torch.get_num_threads() if device == "cpu" else None,
            "library": metadata.version(self.library),
            "torch": str(self._torch.__version__),
            "multilingual": self._network.is_multilingual,
            "padding": self._choose_padding(silence=options.profile == "parity"),
            **chunking("timestamps", self._whisper.audio.CHUNK_LENGTH),
            **reported(settings, {**_PARITY, **options.extra}),
            **terms,
        }

    def transcribe(self, audio: Any) -> Result:  # noqa: ANN401 - an ndarray
        """Transcribe; the answer comes whole."""
        answer = self._module.transcribe(self._network, audio, **self._arguments)
        found = answer["segments"]
        words = None
        if self._arguments["word_timestamps"]:
            words = _timed((word for segment in found for word in segment["words"]), "word")
        return Result(answer["text"], answer["language"], _timed(found, "text"), words=words)

    def _device(self, wish: str) -> str:
        """Return where to compute, as the library itself chooses: it does not take Metal."""
        card = self._torch.cuda.is_available()
        if wish == "gpu" and not card:
            raise Unsupported("openai-whisper computes on a CPU or an NVIDIA card; no card is here")
        return "cuda" if card and wish != "cpu" else "cpu"

    def _precision(self, wish: str | None, device: str) -> str:
        known = ("float32",) if device == "cpu" else ("float16", "float32")  # the usual one first
        if wish not in (None, *known):
            raise Unsupported(
                f"precision {wish!r}: on {device} this backend computes in {' or '.join(known)}"
            )
        return wish or known[0]

    def _language(self, wish: str | None) -> "tuple[str | None, Callable[[str], int]]":
        """Choose the language; return it, and what counts tokens.

        The vocabulary is read for that, which the first transcription would do.
        """
        network, tokenizer = self._network, self._whisper.tokenizer
        multilingual, count = network.is_multilingual, network.num_languages
        vocabulary = tokenizer.get_tokenizer(multilingual, num_languages=count)
        known = list(tokenizer.LANGUAGES)[:count]
        chosen = choose_language(wish, known, multilingual=multilingual)
        return chosen, lambda text: len(vocabulary.encode(f" {text}"))

    def _prepare_words(self, name: str) -> None:
        """Take the heads that OpenAI found for a model, and compile what aligns words with them."""
        if heads := self._whisper._ALIGNMENT_HEADS.get(name):  # noqa: SLF001 - known by name alone
            self._network.set_alignment_heads(heads)
        self._whisper.timing.dtw_cpu(self._torch.zeros(2, 2).double().numpy())

    def _choose_padding(self, *, silence: bool) -> str:
        """Choose what follows the audio in its last window of 30 s; return its name.

        Since 20240927 the library cuts the spectrogram where the audio ends and appends zeros.
        They are louder than silence, which this spectrogram has about -0.7 for, and change words.
        """
        module = self._module
        module.log_mel_spectrogram = self._listen if silence else self._spectrogram
        module.pad_or_trim = self._add_silence if silence else self._pad
        return "silence" if silence else "zeros in the spectrogram"

    def _listen(self, *given: Any, **named: Any) -> Any:  # noqa: ANN401 - the library's
        """Compute the spectrogram, whose last frames are of the silence that the library adds."""
        found = self._spectrogram(*given, **named)
        self._silence = float(found[:, -1].max())
        return found

    def _add_silence(self, frames: Any, length: int) -> Any:  # noqa: ANN401 - a tensor
        missing = length - frames.shape[-1]
        if missing <= 0:
            return self._pad(frames, length)
        return self._torch.nn.functional.pad(frames, (0, missing), value=self._silence)


def _timed(found: "Iterable[Mapping[str, Any]]", text: str) -> list[Segment]:
    """Return pieces with their times, without those that the library has blanked."""
    return [
        Segment(float(each["start"]), float(each["end"]), each[text])
        for each in found
        if each[text].strip()
    ]


if __name__ == "__main__":
    main(OpenAiWhisper)
