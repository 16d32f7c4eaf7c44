"""mlx-audio's own live mode for Whisper: AlignAtt, which stops where attention nears the end."""

from collections.abc import Callable
from typing import Any

from runners.protocol import Scalar
from runners.replies import Result
from runners.stream import Shown

_STEP_SECONDS = 1.0  # the library's own, of audio before it is decoded again
_LEAST_SECONDS = 0.1  # what is shorter has no features
_RATE = 16_000


class AlignAtt:
    """Hears one stream as the library's `generate_streaming` does, which wants whole clips.

    The library takes no token back that it has given, so all that is shown stands. `features` are
    made of new audio; with the first ones the language is found and the decoder made.
    """

    def __init__(
        self,
        audio: Any,  # noqa: ANN401 - an ndarray
        features: Callable[[Any], Any],
        language: Callable[[Any], str],
        decoder: Callable[[str], Any],
    ) -> None:
        self._audio, self._features = audio, features
        self._language_of, self._decoder_of = language, decoder
        self._language: str | None = None
        self._decoder: Any = None
        self._heard = 0
        self._text = ""
        self.resolved: dict[str, Scalar] = {
            "policy": "native",
            "rule": "AlignAtt",
            "step_seconds": _STEP_SECONDS,
        }

    def hear(self, samples: int) -> Shown | None:
        """Decode what came if that is a step."""
        if samples - self._heard < _STEP_SECONDS * _RATE:
            return None
        return Shown(self._decode(samples, is_last=False), "", samples)

    def finish(self, samples: int) -> Result:
        """Decode what is left, nearer to its end."""
        if samples - self._heard >= _LEAST_SECONDS * _RATE:
            self._decode(samples, is_last=True)
        return Result(self._text, self._language)

    def _decode(self, samples: int, *, is_last: bool) -> str:
        """Return what the library gives after the audio since the last time."""
        features = self._features(self._audio[self._heard : samples])
        self._heard = samples
        if self._decoder is None:
            self._language = self._language_of(features)
            self._decoder = self._decoder_of(self._language)
        text = str(self._decoder.decode_chunk(features, is_last=is_last).text)
        self._text += text
        return text
