"""Moonshine: encoder-decoders that stream, on ONNX Runtime, cut at pauses by a voice detector."""

import math
import os
from importlib import metadata
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from runners.protocol import Scalar
from runners.serve import Listener, Options, Result, Runner, Segment, Unsupported, main
from runners.settings import (
    blaming,
    choose_language,
    chunking,
    reported,
    require_files,
    with_extra,
)
from runners.stream import Shown

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_NETWORKS = ("encoder", "adapter", "cross_kv", "decoder_kv")
_FILES = (*(f"{name}.ort" for name in _NETWORKS), "streaming_config.json", "tokenizer.bin")
_WHOLE = "frontend.ort"
_SPLIT = ("frontend.model.ort", "frontend.weights.ort")  # of models since August 2026
_ATTENTION = "decoder_kv_with_attention.ort"  # of which words have their times
# The library's own, as its header initialises them: it has no way to ask.
_SETTINGS: dict[str, Any] = {
    "transcription_interval": 0.5,
    "vad_threshold": 0.5,
    "vad_window_duration": 0.5,
    "vad_max_segment_duration": 15.0,
    "max_tokens_per_second": 6.5,
}
_RATE = 16_000
_NOW = 1  # update, however little came


class Moonshine(Runner):
    """A clip is decoded line by line: a line is speech between two pauses."""

    name = "moonshine"
    library = "moonshine-voice"
    live = "native"

    def __init__(self) -> None:
        from moonshine_voice import moonshine_api, transcriber

        self._api: Any = moonshine_api
        self._module: Any = transcriber

    def settings(self, profile: str) -> dict[str, Any]:
        """Return the library's options for cutting and decoding; a profile changes none."""
        del profile
        return dict(_SETTINGS)

    def require(self, options: Options, model: "Path | None") -> None:
        """Refuse what the library has no choice of, and word times that the weights lack."""
        if options.device == "gpu":
            raise Unsupported("Moonshine computes on the CPU here")
        if options.precision is not None:
            raise Unsupported("Moonshine's weights are used in the precision that they come in")
        if options.words and model is not None and not (model / _ATTENTION).is_file():
            raise Unsupported(f"no word timestamps: {model} has no {_ATTENTION}")

    def load(self, model: "Path", options: Options) -> dict[str, Scalar]:
        """Load a folder of a model that streams; all sizes load alike."""
        whole = (model / _WHOLE).is_file()
        require_files(model, *_FILES, *((_WHOLE,) if whole else _SPLIT))
        self.require(options, model)
        settings = with_extra(self.settings(options.profile), options.extra)
        self._language = choose_language(options.language, ("en",), multilingual=False)
        # One thread, or as many as ONNX Runtime likes: the library knows nothing in between.
        os.environ["MOONSHINE_ORT_SINGLE_THREAD"] = str(int(options.threads == 1))
        with blaming(model):
            self._transcriber = self._module.Transcriber(
                str(model),
                self._api.ModelArch.TINY_STREAMING,
                options={
                    **settings,
                    "return_audio_data": "false",
                    "word_timestamps": str(options.words).lower(),
                },
            )
        self._words, self._interval = options.words, settings["transcription_interval"]
        self._silence = [0.0] * round((1 + settings["vad_window_duration"]) * _RATE)
        self._forget()
        return {
            "device": "cpu",
            "compute_type": "as the weights come",
            "threads": 1 if options.threads == 1 else None,
            "library": metadata.version(self.library),
            "multilingual": False,
            **chunking("fixed", settings["vad_max_segment_duration"]),
            **reported(settings, options.extra),
        }

    def transcribe(self, audio: Any) -> Result:  # noqa: ANN401 - an ndarray
        """Transcribe line by line."""
        self._forget()
        return self._result(self._transcriber.transcribe_without_streaming(audio, _RATE).lines)

    def listen(self, audio: Any) -> Listener:  # noqa: ANN401 - an ndarray
        """Return what hears a growing clip; its updates are asked for, not waited for."""
        self._forget()
        stream = self._transcriber.create_stream(update_interval=math.inf)
        return _Lines(stream, audio, self._interval, self._silence, self._result)

    def _forget(self) -> None:
        """Let the voice detector hear silence: it goes on where the clip before ended."""
        self._transcriber.transcribe_without_streaming(self._silence, _RATE)

    def _result(self, lines: list[Any]) -> Result:
        words = [w for line in lines for w in line.words or ()]
        return Result(
            text=_text(lines),
            language=self._language,
            segments=[
                Segment(line.start_time, line.start_time + line.duration, line.text)
                for line in lines
                if line.text
            ],
            words=[Segment(w.start, w.end, w.word) for w in words] if self._words else None,
        )


class _Lines:
    """Hears one stream; a line stands when the voice detector has found its end."""

    def __init__(
        self,
        stream: Any,  # noqa: ANN401 - the library's
        audio: Any,  # noqa: ANN401 - an ndarray
        interval: float,
        silence: list[float],
        result: "Callable[[list[Any]], Result]",
    ) -> None:
        self._stream, self._audio, self._result = stream, audio, result
        self._interval, self._silence = interval, silence
        self._heard = self._stood = 0
        self._stream.start()
        self.resolved: dict[str, Scalar] = {
            "policy": "native",
            "transcription_interval": interval,
            "closing_silence_seconds": len(silence) / _RATE,
        }

    def hear(self, samples: int) -> Shown | None:
        """Hand on what came if the library would look at it."""
        if samples - self._heard < self._interval * _RATE:
            return None
        lines = self._take(self._audio[self._heard : samples])
        self._heard = samples
        stands = list(takewhile(lambda line: line.is_complete, lines[self._stood :]))
        self._stood += len(stands)
        return Shown(_spaced(stands), _spaced(lines[self._stood :]), samples)

    def finish(self, samples: int) -> Result:
        """Hand on the rest, and silence: only a line that has ended is decoded to its end."""
        if samples > self._heard:
            self._take(self._audio[self._heard : samples])
        lines = self._take(self._silence)
        self._stream.stop()
        self._stream.close()
        return self._result(lines)

    def _take(self, audio: Any) -> list[Any]:  # noqa: ANN401 - an ndarray, or numbers
        self._stream.add_audio(audio, _RATE)
        lines: list[Any] = self._stream.update_transcription(_NOW).lines
        return lines


def _text(lines: list[Any]) -> str:
    return " ".join(line.text for line in lines if line.text)


def _spaced(lines: list[Any]) -> str:
    text = _text(lines)
    return f" {text}" if text else ""


if __name__ == "__main__":
    main(Moonshine)
