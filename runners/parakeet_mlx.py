"""parakeet-mlx: NVIDIA's Parakeet on MLX, greedy, bfloat16 (float32 on a CPU), 120 s at a time."""

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from runners import mlx_support
from runners.protocol import Scalar
from runners.serve import Listener, Options, Result, Runner, Segment, Unsupported
from runners.settings import blaming, chunking, reported, require_files, with_extra
from runners.stream import Shown
from runners.words import joined

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# What its command line does; the function's own default is attention over the whole file,
# whose memory grows with the square of its length.
_SETTINGS = {"chunk_duration": 120.0, "overlap_duration": 15.0}
_STREAM_SECONDS = 1.0  # what its documentation hands a stream at once
_LEAST_SECONDS = 0.1  # what is shorter has no features
_RATE = 16_000
_PRECISIONS = ("bfloat16", "float16", "float32")  # the usual one first


class ParakeetMlx(Runner):
    """Parakeet decides the language by itself and has one way to decode: the profiles are alike."""

    name = "parakeet-mlx"
    library = "parakeet-mlx"
    live = "native"

    def __init__(self) -> None:
        self._blas = mlx_support.load_blas()  # before anything imports MLX
        import mlx.core as mx
        from parakeet_mlx import audio, from_pretrained, parakeet

        self._mx: Any = mx
        self._log_mel: Any = audio.get_logmel
        self._from_pretrained: Any = from_pretrained
        self._module: Any = parakeet

    def settings(self, profile: str) -> dict[str, Any]:
        """Return how long audio is taken apart: the same in both profiles."""
        del profile
        return dict(_SETTINGS)

    def require(self, options: Options, model: "Path | None") -> None:
        """Refuse a language, a device that is not here, and a precision that it has not."""
        del model
        if options.language is not None:
            raise Unsupported("Parakeet cannot be told a language")
        mlx_support.require(options, _PRECISIONS)

    def load(self, model: "Path", options: Options) -> dict[str, Scalar]:
        """Load a folder with config.json and model.safetensors."""
        self.require(options, model)
        require_files(model, "config.json", "model.safetensors")
        device = mlx_support.use_device(options, self._blas)
        dtype = mlx_support.choose_dtype(options.precision, device, _PRECISIONS[0])
        with blaming(model):
            self._model = self._from_pretrained(str(model), dtype=dtype)
            self._mx.eval(self._model.parameters())
        self._settings = with_extra(self.settings(options.profile), options.extra)
        self._words, self._device = options.words, device
        self._feed_features(dtype)
        return {
            **mlx_support.describe(
                device, self._model.encoder.layers[0].norm_out.weight, self.library, self._blas
            ),
            "architecture": type(self._model).__name__,
            **self._chunking(),
            **reported(self._settings, options.extra),
        }

    def transcribe(self, audio: Any) -> Result:  # noqa: ANN401 - an ndarray
        """Transcribe; the second chunk's begin is when the first one's text was there."""
        started = time.perf_counter()
        begins: list[float] = []
        self._module.load_audio = lambda *_: self._mx.array(audio)
        answer = self._model.transcribe(
            "the clip at hand",
            chunk_callback=lambda *_: begins.append(time.perf_counter() - started),
            **self._settings,
        )
        return Result(
            text=answer.text,
            segments=_pieces(answer.sentences),
            first_segment_seconds=begins[1] if len(begins) > 1 else None,
            words=joined(_pieces(answer.tokens)) if self._words else None,
        )

    def listen(self, audio: Any) -> Listener:  # noqa: ANN401 - an ndarray
        """Return what hears a growing clip, with the library's own defaults.

        Its local attention is a kernel for Metal; elsewhere attention stays as it is.
        """
        stream = self._model.transcribe_stream(keep_original_attention=self._device != "metal")
        return _Stream(stream, lambda a, b: self._mx.array(audio[a:b]), words=self._words)

    def _chunking(self) -> dict[str, Scalar]:
        seconds, overlap = self._settings["chunk_duration"], self._settings["overlap_duration"]
        return (
            chunking("overlapping", seconds, overlap=overlap)
            if seconds
            else chunking("whole", None)
        )

    def _feed_features(self, dtype: Any) -> None:  # noqa: ANN401 - an mlx dtype
        """Give the encoder features of its weights' precision.

        The library takes file names only, runs ffmpeg and computes in float32 whatever the weights;
        its chunking and merging are kept by taking the place of the two functions it calls first.
        """
        self._module.get_logmel = lambda *given: self._log_mel(*given).astype(dtype)


class _Stream:
    """Hears one stream; what has left the encoder's right context stands.

    The library has other attention in the model as long as a stream is open: it is closed whatever
    happens.
    """

    def __init__(self, stream: Any, samples: "Callable[[int, int], Any]", *, words: bool) -> None:  # noqa: ANN401 - the library's
        self._open = ExitStack()
        self._stream = self._open.enter_context(stream)
        self._samples, self._words = samples, words
        self._heard = self._stood = 0
        left, right = self._stream.context_size
        self.resolved: dict[str, Scalar] = {
            "policy": "native",
            "step_seconds": _STREAM_SECONDS,
            "left_context_frames": left,
            "right_context_frames": right,
            "depth": self._stream.depth,
            "attention": "original" if self._stream.keep_original_attention else "local",
        }

    def hear(self, samples: int) -> Shown | None:
        """Hand on what came if that is a step."""
        if samples - self._heard < _STREAM_SECONDS * _RATE:
            return None
        self._add(samples)
        stands = self._stream.finalized_tokens[self._stood :]
        self._stood += len(stands)
        return Shown(_text(stands), _text(self._stream.draft_tokens), samples)

    def finish(self, samples: int) -> Result:
        """Hand on the rest; then everything stands."""
        with self._open:
            if samples - self._heard >= _LEAST_SECONDS * _RATE:
                self._add(samples)
            answer = self._stream.result
        return Result(
            text=answer.text,
            segments=_pieces(answer.sentences),
            words=joined(_pieces(answer.tokens)) if self._words else None,
        )

    def _add(self, samples: int) -> None:
        try:
            self._stream.add_audio(self._samples(self._heard, samples))
        except BaseException:
            self._open.close()
            raise
        self._heard = samples


def _text(tokens: list[Any]) -> str:
    return "".join(token.text for token in tokens)


def _pieces(found: list[Any]) -> list[Segment]:
    """Return sentences, or the pieces of words that they are made of."""
    return [Segment(piece.start, piece.end, piece.text) for piece in found]


if __name__ == "__main__":
    mlx_support.main(ParakeetMlx)
