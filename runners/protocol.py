"""The wire, version 2: messages and codec, a JSON object a line, UTF-8; see `tests/golden/`."""

from typing import Literal, TypeVar

import msgspec

VERSION = 2
SPOKEN = (1, VERSION)  # runners that are welcome; of version 1 none can listen
MAX_LINE_BYTES = 16 * 2**20

Scalar = str | int | float | bool | None
_T = TypeVar("_T")


class ProtocolError(Exception):
    """A line is no message of this protocol; `kind` says in which way."""

    def __init__(self, kind: Literal["broken-line", "over-long-line"], what: str) -> None:
        super().__init__(what)
        self.kind = kind


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The base of every message: immutable, and an unknown field is an error."""


class Options(Message, frozen=True):
    """How to load and decode; a runner that cannot honour one answers `failed`."""

    language: str | None = None  # "en", "fr", ...; None lets the engine detect it
    threads: int = 1
    device: str = "auto"  # "auto", "cpu" or "gpu"
    precision: str | None = None  # None is what the backend's project recommends for the device
    profile: Literal["recommended", "parity"] = "recommended"
    words: bool = False  # give the time of each word too
    extra: dict[str, Scalar] = {}  # the backend's own settings, by its own names
    # Names and jargon to listen for; told to backends that can use them, and to no other.
    terms: list[str] | msgspec.UnsetType = msgspec.UNSET


class Server(Message, frozen=True):
    """Where a remote backend sends audio; the key is for that address alone, and is never shown."""

    url: str  # as far as `/audio/transcriptions` goes after it
    key: str | None = None

    def __repr__(self) -> str:
        return f"Server(url={self.url!r}, key={'...' if self.key else None})"


class Load(Message, frozen=True, tag="load"):
    """Load the weights at an absolute path; answered by `Loaded`.

    A remote backend, and no other, is told its `server`; `model` is then a name there.
    """

    id: int
    model: str
    options: Options = Options()
    server: Server | msgspec.UnsetType = msgspec.UNSET


class Describe(Message, frozen=True, tag="describe"):
    """Check the options and list the backend's own settings; answered by `Described`.

    `model` is the path of the weights they are for, where those are here: nothing is loaded.
    """

    id: int
    options: Options = Options()
    model: str | None = None


class Transcribe(Message, frozen=True, tag="transcribe"):
    """Transcribe raw little-endian float32 samples, mono, 16 kHz; answered by `Transcript`."""

    id: int
    audio: str
    samples: int


class Listen(Message, frozen=True, tag="listen"):
    """Open a stream on a file that will have so many samples; answered by `Listening`."""

    id: int
    audio: str
    samples: int


class Feed(Message, frozen=True, tag="feed"):
    """So many samples of the stream's file exist by now, from its beginning; it has no answer."""

    id: int
    samples: int


class Finish(Message, frozen=True, tag="finish"):
    """The stream ended after so many samples; answered by `Transcript`, of all of it."""

    id: int
    samples: int


class Shutdown(Message, frozen=True, tag="shutdown"):
    """Finish: answered by `Bye` and exit code 0."""


class Ready(Message, frozen=True, tag="ready"):
    """The first line of every runner: who it is, before any model is loaded."""

    protocol: int
    backend: str
    library: str
    python: str | None
    import_seconds: float
    pid: int
    build: Literal["real", "shim"] = "real"  # a shim's results are never measurements
    live: str | None = None  # how it listens: "local-agreement", "native"; None: it cannot


class Described(Message, frozen=True, tag="described"):
    """The library's own settings with their defaults under the profile asked for."""

    id: int
    settings: dict[str, Scalar]


class Loaded(Message, frozen=True, tag="loaded"):
    """The weights are in memory; `resolved` is what the library says it runs, not the wish."""

    id: int
    seconds: float
    resolved: dict[str, Scalar]


class Segment(Message, frozen=True):
    """A stretch of text; times in seconds from the clip's start, null where there are none."""

    start: float | None
    end: float | None
    text: str


class Transcript(Message, frozen=True, tag="transcript"):
    """The answer to `Transcribe`; `seconds` is the runner's own clock, a diagnostic.

    `segments` are as the engine cuts its text, in its order; `words`, if asked for, one each.
    """

    id: int
    text: str
    language: str | None
    segments: list[Segment]
    seconds: float
    first_segment_seconds: float | None = None
    words: list[Segment] | None = None


class Listening(Message, frozen=True, tag="listening"):
    """The answer to `Listen`; `resolved` has the policy and its parameters."""

    id: int
    resolved: dict[str, Scalar]


class Partial(Message, frozen=True, tag="partial"):
    """What to show of a stream, any number of times: all that stood, `stands`, `may_change`."""

    id: int
    stands: str  # from now on; texts begin with their own space where they need one
    may_change: str
    heard: int  # samples that this is of


class Failed(Message, frozen=True, tag="failed"):
    """The request was understood and could not be done; the runner lives on."""

    id: int
    kind: Literal[
        "unsupported", "bad-audio", "bad-model", "bad-request", "out-of-memory", "server", "error"
    ]
    message: str
    traceback: str = ""


class Progress(Message, frozen=True, tag="progress"):
    """Still at work on request `id`: a word for the person waiting, any number of times."""

    id: int
    message: str
    fraction: float | None = None


class Bye(Message, frozen=True, tag="bye"):
    """The last line; `peak_bytes` is the runner's own reading of its peak memory."""

    peak_bytes: int | None


Request = Load | Describe | Transcribe | Listen | Feed | Finish | Shutdown
Reply = Ready | Loaded | Described | Transcript | Listening | Partial | Failed | Progress | Bye

_encoder = msgspec.json.Encoder()
_request_decoder: "msgspec.json.Decoder[Request]" = msgspec.json.Decoder(Request)
_reply_decoder: "msgspec.json.Decoder[Reply]" = msgspec.json.Decoder(Reply)


def encode(message: Request | Reply) -> bytes:
    r"""Return one line, `\n` included; raise ProtocolError if it is over the cap.

    Strings with lone surrogates (a path, a broken tokenizer) have no UTF-8: they are replaced.
    """
    try:
        line = _encoder.encode(message)
    except UnicodeEncodeError:
        line = _encoder.encode(_replace_surrogates(msgspec.to_builtins(message)))
    if len(line) >= MAX_LINE_BYTES:
        raise ProtocolError("over-long-line", f"a message of {len(line):,} bytes is over the cap")
    return line + b"\n"


def decode_request(line: bytes) -> Request:
    """Return the request in one line; raise ProtocolError saying what is wrong with it."""
    return _decode(_request_decoder, line)


def decode_reply(line: bytes) -> Reply:
    """Return the reply in one line; raise ProtocolError saying what is wrong with it."""
    return _decode(_reply_decoder, line)


def _decode(decoder: "msgspec.json.Decoder[_T]", line: bytes) -> _T:
    if len(line) > MAX_LINE_BYTES:
        raise ProtocolError("over-long-line", f"a line of {len(line):,} bytes is over the cap")
    try:
        return decoder.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ProtocolError("broken-line", f"{error}: {line[:200]!r}") from error


def _replace_surrogates(value: object) -> object:
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case dict():
            return {_replace_surrogates(k): _replace_surrogates(v) for k, v in value.items()}
        case list():
            return [_replace_surrogates(item) for item in value]
        case _:
            return value
