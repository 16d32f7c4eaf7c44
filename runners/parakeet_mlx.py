"""parakeet-mlx: NVIDIA's Parakeet on MLX, greedy, bfloat16 (float32 on a CPU), 120 s at a time."""

import time
from typing import TYPE_CHECKING, Any

from runners import mlx_support, words
from runners.protocol import Scalar
from runners.serve import Options, Result, Runner, Segment, Unsupported
from runners.settings import blaming, chunking, reported, require_files, with_extra

if TYPE_CHECKING:
    from pathlib import Path

# What its command line does; the function's own default is attention over the whole file,
# whose memory grows with the square of its length.
_SETTINGS = {"chunk_duration": 120.0, "overlap_duration": 15.0}
_PRECISIONS = ("bfloat16", "float16", "float32")  # the usual one first


class ParakeetMlx(Runner):
    """Parakeet decides the language by itself and has one way to decode: the profiles are alike."""

    name = "parakeet-mlx"
    library = "parakeet-mlx"

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
        self._words = options.words
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
            words=words.joined(_pieces(answer.tokens)) if self._words else None,
        )

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


def _pieces(found: list[Any]) -> list[Segment]:
    """Return sentences, or the pieces of words that they are made of."""
    return [Segment(piece.start, piece.end, piece.text) for piece in found]


if __name__ == "__main__":
    mlx_support.main(ParakeetMlx)
