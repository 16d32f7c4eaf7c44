"""mlx-audio: Whisper, Moonshine and Qwen3-ASR on MLX; Whisper in float16, on a CPU float32."""

import json
from typing import TYPE_CHECKING, Any

from runners import mlx_support
from runners.alignatt import AlignAtt
from runners.protocol import Scalar
from runners.serve import BadModel, Listener, Options, Result, Runner, Segment, Unsupported
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

_PARITY: dict[str, Any] = {"temperature": 0.0, "condition_on_previous_text": False}
_PRECISIONS = ("float16", "float32")  # the usual one first
_OURS = ("language", "task", "verbose", "word_timestamps")
_OF_STREAMS = ("chunk_duration", "generation_stream", "stream")
_WHISPER, _MOONSHINE, _QWEN = "whisper", "moonshine", "qwen3_asr"
_FIRST_TIME = "<|0.00|>"
_CHUNKING = {
    _WHISPER: chunking("timestamps", 30),
    _MOONSHINE: chunking("whole", None),
    _QWEN: chunking("fixed", 1200),
}


class MlxAudio(Runner):
    """The library reads Hugging Face's folders; which family one is, its config.json says."""

    name = "mlx-audio"
    library = "mlx-audio"
    live = "native"  # with Whisper; the other families by local agreement
    boosts = True

    def __init__(self) -> None:
        self._blas = mlx_support.load_blas()  # before anything imports MLX
        import mlx.core as mx
        from mlx.utils import tree_flatten
        from mlx_audio.stt import load
        from mlx_audio.stt.models.whisper import streaming, tokenizer, whisper

        self._mx: Any = mx
        self._flatten: Any = tree_flatten
        self._load: Any = load
        self._streaming: Any = streaming
        self._tokenizer: Any = tokenizer
        self._whisper: Any = whisper

    def settings(self, profile: str) -> dict[str, Any]:
        """Return the keywords of the library's `generate` for Whisper."""
        defaults = library_defaults(self._whisper.Model.generate)
        settings = {k: v for k, v in defaults.items() if k not in (*_OURS, *_OF_STREAMS)}
        return settings | (_PARITY if profile == "parity" else {})

    def require(self, options: Options, model: "Path | None") -> None:
        """Refuse a device that is not here, a precision, and what it does for Whisper alone."""
        mlx_support.require(options, _PRECISIONS)
        family = _family(model) if model and (model / "config.json").is_file() else _WHISPER
        if family == _WHISPER:
            return
        if options.words:
            raise Unsupported(f"mlx-audio gives no word timestamps for {family}")
        if options.precision:
            raise Unsupported(f"precision {options.precision!r}: {family} runs as it was published")
        if options.terms:
            raise Unsupported(f"mlx-audio gives no terms to {family}")
        if options.extra:
            raise Unsupported(f"no setting {next(iter(options.extra))!r}: {family} has none")

    def load(self, model: "Path", options: Options) -> dict[str, Scalar]:
        """Load a folder in Hugging Face's layout."""
        require_files(model, "config.json")
        self.require(options, model)
        settings = with_extra(self.settings(options.profile), options.extra)
        device = mlx_support.use_device(options, self._blas)
        family = _family(model)
        if any(model.glob("*.py")):  # for some families it trusts whatever lies beside the weights
            raise BadModel(f"{model} has code in it, which the library might run")
        with blaming(model):
            # Without its name: the library would take the folders that it lies in for families.
            self._model = self._load(model, strict=True, model_type=family, model_name_parts=[])
            self._require_tokenizer()
            if family == _WHISPER:
                dtype = mlx_support.choose_dtype(options.precision, device, _PRECISIONS[0])
                self._compute_in(dtype)
        self._words, self._is_whisper = options.words, family == _WHISPER
        self._is_changed = bool(options.terms or options.extra)
        self._arguments: dict[str, Any] = {
            "language": self._choose_language(family, options.language)
        }
        told = self._prepare_whisper(options, settings) if family == _WHISPER else {}
        return {
            **mlx_support.describe(device, self._first_weight(), self.library, self._blas),
            "quantised_bits": self._bits(),
            "family": family,
            **_CHUNKING[family],
            **told,
        }

    def _prepare_whisper(self, options: Options, settings: dict[str, Any]) -> dict[str, Scalar]:
        """Keep what Whisper's `generate` is given; return what to tell of it."""
        network = self._model
        vocabulary = network.get_tokenizer()
        settings, terms = with_terms(
            settings,
            "initial_prompt",
            options.terms,
            lambda text: len(vocabulary.encode(f" {text}")),
        )
        half = network.dtype == self._mx.float16
        self._arguments |= {**settings, "word_timestamps": options.words, "fp16": half}
        return {
            "multilingual": network.is_multilingual,
            **reported(settings, {**_PARITY, **options.extra}),
            **terms,
        }

    def transcribe(self, audio: Any) -> Result:  # noqa: ANN401 - an ndarray
        """Transcribe; the answer comes whole."""
        answer = self._model.generate(self._mx.array(audio), **self._arguments)
        found = answer.segments or []
        words = (word for segment in found for word in segment["words"]) if self._words else None
        said = str(answer.language).lower()  # Qwen3-ASR says English, Whisper en
        return Result(
            text=answer.text,
            language=self._tokenizer.TO_LANGUAGE_CODE.get(said, said if answer.language else None),
            segments=_segments(found),
            words=None if words is None else mlx_support.to_segments(words, "word"),
        )

    def listen(self, audio: Any) -> Listener:  # noqa: ANN401 - an ndarray
        """Return what hears a growing clip: the library streams Whisper alone."""
        if self._is_whisper and self._is_changed:
            raise Unsupported("mlx-audio streams Whisper without settings and without terms")
        if not self._is_whisper:
            return super().listen(audio)
        network, wish = self._model, self._arguments["language"]
        return AlignAtt(
            audio,
            lambda piece: self._whisper.log_mel_spectrogram(piece, n_mels=network.dims.n_mels),
            lambda mel: str(network._detect_language(mel, wish)),  # noqa: SLF001 - as it does itself
            lambda language: self._streaming.StreamingDecoder(network, language=language),
        )

    def _require_tokenizer(self) -> None:
        """Raise BadModel where the library could not read it: it only warns, or says nothing."""
        for network in (self._model, getattr(self._model, "_model", None)):
            for name in ("_processor", "_tokenizer"):
                if getattr(network, name, None) is not None:
                    return
        raise BadModel("the library cannot read its tokenizer")

    def _compute_in(self, dtype: Any) -> None:  # noqa: ANN401 - an mlx dtype
        """Bring Whisper to one precision, what it has computed itself included."""
        network = self._model
        _add_times(network._processor.tokenizer)  # noqa: SLF001 - known nowhere else
        network.dtype = dtype
        mlx_support.cast(network, dtype)
        size = network.dims
        sinusoids = self._whisper.sinusoids(size.n_audio_ctx, size.n_audio_state)
        network.encoder._positional_embedding = sinusoids.astype(dtype)  # noqa: SLF001 - no weights
        network.decoder._mask = network.decoder._mask.astype(dtype)  # noqa: SLF001 - the same

    def _choose_language(self, family: str, wish: str | None) -> str | None:
        """Return the language as the family calls it, None to have it detected."""
        names = self._tokenizer.LANGUAGES
        if family == _MOONSHINE:
            return choose_language(wish, (), multilingual=False)
        if family == _WHISPER:
            return choose_language(wish, names, multilingual=self._model.is_multilingual)
        known = {name.lower() for name in self._model.config.support_languages or ()}
        codes = [code for code, name in names.items() if name in known]
        chosen = choose_language(wish, codes, multilingual=True)
        return chosen and str(names[chosen])

    def _first_weight(self) -> Any:  # noqa: ANN401 - an mlx array
        """Return a weight that says the precision; quantised ones are whole numbers."""
        weights = (weight for _, weight in self._flatten(self._model.parameters()))
        return next(w for w in weights if self._mx.issubdtype(w.dtype, self._mx.floating))

    def _bits(self) -> int | None:
        """Return into how many bits its layers are quantised."""
        layers = (layer for _, layer in self._model.named_modules())
        return next((int(layer.bits) for layer in layers if hasattr(layer, "bits")), None)


def _family(model: "Path") -> str:
    """Return what the library calls the folder's architecture; raise BadModel for any other."""
    path = model / "config.json"
    try:
        said = str(json.loads(path.read_text("utf-8"))["model_type"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadModel(f"{path}: says no model_type: {error!r}") from error
    if said not in _CHUNKING:
        raise BadModel(f"{path}: {said!r} is none of {', '.join(_CHUNKING)}")
    return said


def _add_times(tokenizer: Any) -> None:  # noqa: ANN401 - a tokenizer of transformers
    """Name the tokens of times where the vocabulary ends before them, as it does for tiny.en.

    The library asks for the first one by its name; without it takes any text for times.
    """
    if tokenizer.convert_tokens_to_ids(_FIRST_TIME) in {None, tokenizer.unk_token_id}:
        tokenizer.add_tokens([f"<|{step * 0.02:.2f}|>" for step in range(1501)])


def _segments(found: list[dict[str, Any]]) -> list[Segment]:
    """Return segments; a family without times gives 0 for all of them."""
    if any(segment.get("end") for segment in found):
        return mlx_support.to_segments(found)
    return [Segment(None, None, segment["text"]) for segment in found if segment["text"].strip()]


if __name__ == "__main__":
    mlx_support.main(MlxAudio)
