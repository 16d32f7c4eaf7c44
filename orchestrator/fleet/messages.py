"""What a controller asks of a machine, and its answers: msgpack, whatever carries them.

Dask and ssh carry the same bytes. Nothing in them is executed or unpickled.
"""

from typing import Literal

import msgspec

PIECE_BYTES = 1 << 20  # of a clip, or of a run's file, in one message
Ended = Literal["", "measured", "interrupted", "refused"]


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The base of every message: immutable, and an unknown field is an error."""


class Job(Message, frozen=True):
    """One whole run of a suite on one machine; a repeat with the same `run` goes on with it."""

    run: str  # its id, fixed beforehand
    suite: str  # as JSON
    source: tuple[str, str, str | None]  # what is transcribed: name, kind, revision
    contenders: dict[str, str] = {}  # backends by contender: a machine need not have all of them
    listing: str = ""  # the blob that lists the clips; without it they come with the program
    version: str = ""
    code: str = ""  # digest of the program's modules
    locks: dict[str, str] = {}  # digests of environments and runners, by backend
    fail_fast: bool = False
    unfit: bool = False  # measure also where the doctor finds a problem
    patience_seconds: float = 3600.0  # for a machine that is not fit, or busy


class Describe(Message, frozen=True, tag="describe"):
    """What are you, and what can you run? Answered by `Standing`."""

    examine: bool = True  # ask the doctor, too: a second or more


class Lacking(Message, frozen=True, tag="lacking"):
    """Which of these blobs do you not have? Answered by `Held`."""

    blobs: tuple[str, ...]


class Put(Message, frozen=True, tag="put"):
    """Keep a piece of a blob; answered by `Held`, with what is still lacking of it."""

    blob: str
    offset: int
    data: bytes
    last: bool


class Begin(Message, frozen=True, tag="begin"):
    """Measure, or go on with a run that was begun; answered by `State`.

    One that has ended begins anew only for another `asked`: what carries requests may repeat them.
    """

    job: Job
    asked: str


class Stop(Message, frozen=True, tag="stop"):
    """End a run in order: what is measured stays. Answered by `State`."""

    run: str


class Pull(Message, frozen=True, tag="pull"):
    """What is new of a run? Answered by `News`."""

    run: str
    whole: dict[str, int] = {}  # documents, by the stamp of what is known of each
    lines: dict[str, int] = {}  # files that only grow, by how many bytes are known


class Inventory(Message, frozen=True, tag="inventory"):
    """Which files has a run, with what in them? Answered by `Files`."""

    run: str


Request = Describe | Lacking | Put | Begin | Stop | Pull | Inventory


class Offer(Message, frozen=True):
    """A backend on a machine: a digest of what it would run on, or why it cannot."""

    name: str
    lock: str
    why_not: str = ""


class Finding(Message, frozen=True):
    """What the doctor says of one thing; only what is not good."""

    name: str
    state: Literal["notice", "problem"]
    what: str


class Standing(Message, frozen=True, tag="standing"):
    """A machine: what it is, what it can run, whether it is free and fit to measure."""

    id: str
    name: str
    version: str
    code: str
    host: str  # as JSON
    offers: tuple[Offer, ...] = ()
    findings: tuple[Finding, ...] = ()
    examined: bool = True
    measuring: str = ""  # what keeps it busy


class Held(Message, frozen=True, tag="held"):
    """How many bytes there are of each blob that is lacking."""

    bytes_of: dict[str, int]


class State(Message, frozen=True, tag="state"):
    """Where a run is on a machine; `ended` and why, once it has."""

    doing: str = ""
    block: str = ""
    ended: Ended = ""
    what: str = ""
    fix: str = ""


class Piece(Message, frozen=True):
    """Bytes of a file of a run: whole, with their stamp, or what follows an offset."""

    name: str
    at: int
    data: bytes
    whole: bool


class News(Message, frozen=True, tag="news"):
    """Where a run is, and pieces of its files; `more` are there to be pulled."""

    state: State
    pieces: tuple[Piece, ...]
    more: bool


class Files(Message, frozen=True, tag="files"):
    """Size and digest of every file of a run that has ended."""

    files: dict[str, tuple[int, str]]


class Refusal(Message, frozen=True, tag="refusal"):
    """The machine cannot do what was asked: why, and what mends it."""

    what: str
    fix: str = ""


Answer = Standing | Held | State | News | Files | Refusal

_encoder = msgspec.msgpack.Encoder()
_requests = msgspec.msgpack.Decoder(Request)
_answers = msgspec.msgpack.Decoder(Answer)


def encoded(message: Request | Answer) -> bytes:
    """Return a message as it is sent."""
    return _encoder.encode(message)


def request(data: bytes) -> Request:
    """Return what was asked; raise msgspec.DecodeError for what is no request."""
    found: Request = _requests.decode(data)
    return found


def answer(data: bytes) -> Answer:
    """Return what was answered; raise msgspec.DecodeError for what is no answer."""
    found: Answer = _answers.decode(data)
    return found
