"""whisper.cpp through pywhispercpp: greedy on Metal or the CPU, as the binding sets it up."""

import re
import sys
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from runners import ggml_file
from runners.local_agreement import LocalAgreement
from runners.protocol import Scalar
from runners.serve import Listener, Options, Result, Runner, Segment, Unsupported, main
from runners.settings import blaming, choose_language, chunking, reported, with_extra, with_terms
from runners.words import joined

_PARITY: dict[str, Any] = {
    "temperature": 0.0,
    "temperature_inc": 0.0,
    "n_max_text_ctx": 0,  # no conditioning; `no_context` only clears between calls
    "suppress_nst": True,
}
_WORDS = {"token_timestamps": True}
_SHAPE = {"max_len", "split_on_word"}  # of segments: cut as the model cuts them
_QUIET = {"print_progress": False, "print_realtime": False}
_OURS = {"language", "detect_language", "translate", *_WORDS, *_SHAPE, *_QUIET}
# Of the sampling strategy, which a model is made with; whisper.cpp is greedy unless it has beams.
_SAMPLING = {"best_of": 5, "beam_size": 1}
_COREML = "Core ML model loaded"
_LOG = "whisper-cpp-init.log"  # in the private folder a runner starts in


class WhisperCpp(Runner):
    """The binding never raises over a model: the file is walked first, and its log is read."""

    # Two environments share this file, with and without CoreML: each is named by its folder.
    name = Path(sys.prefix).parent.name
    library = "pywhispercpp"
    boosts = True

    def __init__(self) -> None:
        import _pywhispercpp
        from pywhispercpp.model import Model

        self._binding: Any = _pywhispercpp
        self._model_class: Any = Model

    def settings(self, profile: str) -> dict[str, Any]:
        """Return the plain parameters of whisper.cpp's decoder, and of its sampling strategy."""
        strategy = self._binding.whisper_sampling_strategy.WHISPER_SAMPLING_GREEDY
        parameters = self._binding.whisper_full_default_params(strategy)
        names = self._model_class.get_params_schema().keys() - _OURS
        present = {name: getattr(parameters, name, None) for name in sorted(names)}
        settings = {k: v for k, v in present.items() if isinstance(v, str | int | float)}
        return settings | _SAMPLING | (_PARITY if profile == "parity" else {})

    def require(self, options: Options, model: Path | None) -> None:
        """Refuse a precision that the file does not hold, and a GPU where the build knows none."""
        if options.device == "gpu" and not self._may_have_gpu():
            raise Unsupported("this build of whisper.cpp computes on the CPU alone")
        ggml_file.require(options.precision, model)

    def load(self, model: Path, options: Options) -> dict[str, Scalar]:
        """Load a ggml file."""
        precision = ggml_file.precision(model, options.precision)
        settings = with_extra(self.settings(options.profile), options.extra)
        self._make(model, options, settings)
        log = _read_log()
        if self.name.endswith("-coreml") and _COREML not in log:
            raise Unsupported(
                "CoreML is not at work: the build lacks it, or the encoder is missing beside"
                f" {model}. Build again: `envs remove {self.name}`, then `envs sync {self.name}`"
            )
        device = _device(log)
        if options.device == "gpu" and device == "cpu":
            raise Unsupported("this build of whisper.cpp finds no GPU on this machine")
        # The binding has no other way to ask than through its private context.
        self._context = self._model._ctx  # noqa: SLF001
        multilingual = bool(self._binding.whisper_is_multilingual(self._context))
        terms = self._configure(options, settings, multilingual=multilingual)
        return {
            "device": device,
            "compute_type": precision,
            "threads": self._model.get_params()["n_threads"],
            "library": metadata.version(self.library),
            "coreml": _COREML in log,
            "flash_attn": "flash attn = 1" in log,
            "multilingual": multilingual,
            "system_info": self._model_class.system_info(),
            **chunking("timestamps", self._binding.WHISPER_CHUNK_SIZE),
            **reported(settings, {**_PARITY, **options.extra}),
            **terms,
        }

    def _may_have_gpu(self) -> bool:
        """Tell whether the build has a backend beside the CPU's: each names its features."""
        parts = set(re.findall(r"(\w+) : ", self._model_class.system_info()))
        return sys.platform == "darwin" or bool(parts - {"WHISPER", "CPU"})

    def _make(self, model: Path, options: Options, settings: dict[str, Any]) -> None:
        """Load the weights; whisper.cpp is greedy, or searches with beams, for a model's life."""
        beams = settings["beam_size"]
        with blaming(model):
            self._model = self._model_class(
                str(model),
                params_sampling_strategy=int(beams > 1),
                n_threads=options.threads,
                redirect_whispercpp_logs_to=_LOG,
                context_params={"use_gpu": options.device != "cpu"},
                greedy={"best_of": settings["best_of"]},
                beam_search={"beam_size": beams if beams > 1 else -1, "patience": -1.0},
                **_QUIET,
            )

    def transcribe(self, audio: Any) -> Result:  # noqa: ANN401 - an ndarray
        """Transcribe; the words come with their times where that was asked for."""
        return self._transcribe(audio, words=self._words)

    def listen(self, audio: Any) -> Listener:  # noqa: ANN401 - an ndarray
        """Return what hears a growing clip, by the times of its words."""
        return LocalAgreement(audio, self._transcribe_words, words=True)

    def _transcribe_words(self, audio: Any) -> Result:  # noqa: ANN401 - an ndarray
        """Transcribe with the times of words, whatever other calls decode with."""
        self._model._set_params(_WORDS)  # noqa: SLF001 - else a timed call sets them
        try:
            return self._transcribe(audio, words=True)
        finally:
            self._model._set_params(dict.fromkeys(_WORDS, self._words))  # noqa: SLF001 - as above

    def _transcribe(self, audio: Any, *, words: bool) -> Result:  # noqa: ANN401 - an ndarray
        """Anything but contiguous float32 would get a wrong answer without a word."""
        started = time.perf_counter()
        arrivals: list[float] = []
        found = self._model.transcribe(
            audio, new_segment_callback=lambda _: arrivals.append(time.perf_counter() - started)
        )
        # The binding strips each segment: the spaces, or their absence, are kept by asking again.
        pieces = [
            self._binding.whisper_full_get_segment_text(self._context, i) for i in range(len(found))
        ]
        spoken = self._binding.whisper_full_lang_id(self._context)
        return Result(
            text=b"".join(pieces).decode("utf-8", "replace"),
            language=self._binding.whisper_lang_str(spoken),
            segments=[Segment(s.t0 / 100, s.t1 / 100, s.text) for s in found if s.text],
            first_segment_seconds=arrivals[0] if arrivals else None,
            words=self._heard_words(len(found)) if words else None,
        )

    def _heard_words(self, segments: int) -> list[Segment]:
        """Return the words of the last answer; a character can be spread over several tokens."""
        found = [word for i in range(segments) for word in joined(self._tokens(i))]
        texts = (word.text.encode("utf-8", "surrogateescape") for word in found)
        return [
            Segment(word.start, word.end, text.decode("utf-8", "replace"))
            for word, text in zip(found, texts, strict=True)
        ]

    def _tokens(self, segment: int) -> Iterator[Segment]:
        """Yield one segment's tokens of text; those after the end-of-text token mark times."""
        end = self._binding.whisper_token_eot(self._context)
        for i in range(self._binding.whisper_full_n_tokens(self._context, segment)):
            token = self._binding.whisper_full_get_token_data(self._context, segment, i)
            if token.id < end:
                text = self._binding.whisper_token_to_bytes(self._context, token.id)
                yield Segment(
                    token.t0 / 100, token.t1 / 100, text.decode("utf-8", "surrogateescape")
                )

    def _configure(
        self, options: Options, settings: dict[str, Any], *, multilingual: bool
    ) -> dict[str, Scalar]:
        """Set what every call decodes with: parameters stay from one call to the next.

        Returns what to report of terms.
        """
        if options.terms and not settings["n_max_text_ctx"]:
            raise Unsupported("whisper.cpp takes no prompt where n_max_text_ctx is 0, as in parity")
        prompt, terms = with_terms({}, "initial_prompt", options.terms, self._count_tokens)
        known = self._model_class.available_languages()
        language = choose_language(options.language, known, multilingual=multilingual)
        parity = _PARITY if options.profile == "parity" else {}
        chosen = {k: settings[k] for k in (*parity, *options.extra) if k not in _SAMPLING}
        chosen |= _WORDS if options.words else {}
        chosen |= {**prompt, "carry_initial_prompt": True} if prompt else {}
        self._words = options.words
        self._model._set_params({**chosen, "language": language or "auto"})  # noqa: SLF001 - else a timed call sets them
        return terms

    def _count_tokens(self, text: str) -> int:
        """Ask for none of the tokens: what is missed is the number of all of them, below 0."""
        return -int(self._binding.whisper_tokenize(self._context, f" {text}", 0, 0))


def _read_log() -> str:
    with open(_LOG, encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - relative on purpose, see _LOG
        log = file.read()
    sys.stderr.write(log)
    return log


def _device(log: str) -> str:
    """Return where whisper.cpp says it computes; ggml calls Metal's first device MTL0.

    Accelerate is announced in the same words by another function: it helps the CPU.
    """
    used = re.search(r"whisper_backend_init_gpu: using (\S+) backend", log)
    if used is None:
        return "cpu"
    name = used[1].lower().rstrip("0123456789")
    return "metal" if name in ("mtl", "metal") else name


if __name__ == "__main__":
    main(WhisperCpp)
