"""A server that speaks OpenAI's `/v1/audio/transcriptions`: it is sent each clip as a WAV file."""

import struct
from importlib import metadata
from typing import TYPE_CHECKING, Any

import msgspec

from runners.openai_client import Client, NotUnderstood
from runners.protocol import Scalar
from runners.serve import Options, Result, Runner, Segment, Unsupported, main
from runners.settings import ServerFault, reported, with_extra, with_terms

if TYPE_CHECKING:
    from pathlib import Path

_FORMATS = ("auto", "verbose_json", "json")
# What the orchestrator waits for a clip at least, less the time to say what went wrong.
_LEAST_SECONDS, _PER_AUDIO_SECOND = 100.0, 15.0
_RATE = 16_000
_PCM, _FLOAT = 1, 3  # as WAV numbers its encodings


class _Piece(msgspec.Struct):
    text: str = ""
    word: str = ""
    start: float | None = None
    end: float | None = None


class _Answer(msgspec.Struct):
    text: str
    language: str | None = None
    segments: list[_Piece] | None = None
    words: list[_Piece] | None = None


class OpenAIHTTP(Runner):
    """The client of one server; whatever computes does so there."""

    name = "openai-http"
    library = "httpx2"
    boosts = True
    live = None  # again and again the same audio: a server may charge, or slow down, for it

    def __init__(self) -> None:
        import httpx2
        import numpy as np

        del httpx2
        self._numpy: Any = np
        self._client: Client | None = None

    def settings(self, profile: str) -> dict[str, Any]:
        """Return which server is asked, and the fields of a request; null leaves one out."""
        del profile
        return {
            "server": None,  # the orchestrator looks it up
            "response_format": "auto",
            "prompt": None,
            "temperature": None,
            "timeout_seconds": None,
        }

    def require(self, options: Options, model: "Path | None") -> None:
        """Refuse what only the server can choose, and a format that has no text in JSON."""
        del model  # what there is, the server knows
        if options.device != "auto" or options.precision is not None:
            raise Unsupported("the server chooses device and precision: leave them out")
        wish = options.extra.get("response_format", "auto")
        if wish not in _FORMATS:
            raise Unsupported(f"response_format {wish!r}: there are {', '.join(_FORMATS)}")

    def load(self, model: "Path", options: Options) -> dict[str, Scalar]:
        """Connect to the server; `model` is the name of one there."""
        if self.server is None:
            raise ServerFault("it was told no server: name one in servers.toml")
        self.require(options, model)
        asked = with_extra(self.settings(options.profile), options.extra)
        settings, terms = with_terms(asked, "prompt", options.terms, _about_tokens)
        if self._client:
            self._client.close()
        self._client = Client(self.server, str(model))
        self._client.connect()
        self._words = options.words
        self._timeout = settings["timeout_seconds"]
        self._formats = list(_FORMATS[1:])
        if settings["response_format"] != "auto":
            self._formats = [settings["response_format"]]
        self._fields = _fields(options, settings)
        return {
            "device": "server",
            "library": metadata.version(self.library),
            "host": self._client.host,
            "model_there": str(model),
            **reported(settings, settings),
            **terms,
        }

    def transcribe(self, audio: Any) -> Result:  # noqa: ANN401 - an ndarray
        """Send a clip and wait for its text; in the simpler format where the other is refused."""
        wav = self._wav(audio)
        allowed = max(_LEAST_SECONDS, _PER_AUDIO_SECOND * len(audio) / _RATE)
        allowed = min(allowed, self._timeout or allowed)
        try:
            answer = self._ask(wav, allowed)
        except NotUnderstood:
            if len(self._formats) == 1:
                raise
            answer = self._ask(wav, allowed, self._formats[1])
            del self._formats[0]  # the first request is a warm-up: no timed pass asks twice
        words = answer.words or []
        if self._words and answer.text and not words:
            raise Unsupported(f"{self._there.host} gives no times of words")
        return Result(
            text=answer.text,
            language=answer.language,
            segments=[Segment(p.start, p.end, p.text) for p in answer.segments or ()],
            words=[Segment(p.start, p.end, p.word) for p in words] if self._words else None,
        )

    @property
    def _there(self) -> Client:
        if self._client is None:
            raise ServerFault("nothing is loaded")
        return self._client

    def _ask(self, wav: bytes, allowed: float, form: str | None = None) -> _Answer:
        form = form or self._formats[0]
        fields = {**self._fields, "response_format": form}
        if self._words and form == "verbose_json":
            fields["timestamp_granularities[]"] = ["segment", "word"]
        body = self._there.transcribe(wav, fields, allowed)
        try:
            return msgspec.json.decode(body, type=_Answer)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise self._there.unreadable(body) from None

    def _wav(self, audio: Any) -> bytes:  # noqa: ANN401 - an ndarray
        """Return the very samples as a WAV file: in 16 bits where these hold them, else float32."""
        scaled = audio * self._numpy.float32(2**15)
        whole = scaled.clip(-(2**15), 2**15 - 1).astype("<i2")
        exact = bool((whole == scaled).all())
        samples: bytes = (whole if exact else audio.astype("<f4")).tobytes()
        encoding, width = (_PCM, 2) if exact else (_FLOAT, 4)
        return _header(encoding, len(samples), width) + samples


def _about_tokens(text: str) -> int:
    """Guess how many tokens a text has there: a name has one for three letters or so."""
    return len(text) // 3


def _header(encoding: int, size: int, width: int) -> bytes:
    """Return what comes before one channel's samples of so many bytes each."""
    form = struct.pack("<HHIIHH", encoding, 1, _RATE, _RATE * width, width, 8 * width)
    riff = struct.pack("<4sI4s4sI", b"RIFF", 36 + size, b"WAVE", b"fmt ", len(form))
    return riff + form + struct.pack("<4sI", b"data", size)


def _fields(options: Options, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of every request but its format."""
    found = {"language": options.language} | {k: settings[k] for k in ("prompt", "temperature")}
    return {name: str(value) for name, value in found.items() if value is not None}


if __name__ == "__main__":
    main(OpenAIHTTP)
