"""What the download process is asked (one JSON object on stdin) and answers (lines)."""

import hashlib
from pathlib import Path

import msgspec
from msgspec import Struct

from orchestrator.errors import ModelError

ANSWER_VARIABLE = "WHISPER_CLEANROOM_ANSWER_SECONDS"


class Known(Struct, frozen=True):
    """What is known of a file before it comes; every None is simply not checked."""

    size: int | None = None
    sha256: str | None = None
    sha1: str | None = None
    git_sha1: str | None = None

    def hashes(self) -> dict[str, str]:
        """Return what is known by its kind, the strongest first."""
        every = {"sha256": self.sha256, "sha1": self.sha1, "git sha1": self.git_sha1}
        return {kind: value for kind, value in every.items() if value}

    @property
    def version(self) -> str:
        """A short word that differs where the content does."""
        return next(iter(self.hashes().values()), "unhashed")[:16]


def hash_of(path: Path, kind: str) -> str:
    """Return a file's hash: "sha256", "sha1", or "git sha1", which git puts a header before."""
    digest = hashlib.new("sha256" if kind == "sha256" else "sha1", usedforsecurity=False)
    if kind == "git sha1":
        digest.update(b"blob %d\0" % path.stat().st_size)
    with path.open("rb") as file:
        hashlib.file_digest(file, lambda: digest)
    return digest.hexdigest()


class HubPart(Struct, frozen=True, tag="hub"):
    """Files of a repository, `wanted` as patterns; a `dispensable` one may match nothing.

    A file goes into the folder without the prefix `drop`, below `into`. `revision` None is the
    newest. `known` is by the repository's own names.
    """

    repository: str
    revision: str | None
    wanted: tuple[str, ...]
    dispensable: tuple[str, ...] = ()
    drop: str = ""
    into: str = ""
    known: dict[str, Known] = {}
    fix: str = ""  # the command that renews the record, for a revision that is gone
    claims: str = ""  # who says so, where nobody here has seen it yet
    dataset: bool = False  # the hub keeps models and datasets apart

    @property
    def publisher(self) -> str:
        """The repository as its address on the hub has it."""
        return f"datasets/{self.repository}" if self.dataset else self.repository

    @property
    def record(self) -> str:
        """What says which files these are, for a sentence."""
        return f"the record (claimed by {self.claims})" if self.claims else "the record"


class UrlPart(Struct, frozen=True, tag="url"):
    """One file behind a URL."""

    url: str
    name: str
    known: Known


class Place(Struct, frozen=True, tag="place"):
    """A server, asked only whether it answers."""

    url: str


Part = HubPart | UrlPart | Place


class Job(Struct, frozen=True):
    """Look the parts up; where there is a folder, have them in it.

    `held` are files the store already has, by sha256.
    """

    parts: tuple[Part, ...]
    folder: str | None
    held: dict[str, str] = {}


class Listed(Struct, frozen=True, tag="listed"):
    """What one part is right now: its revision (None for a URL) and files, by their own names."""

    revision: str | None
    files: dict[str, Known]


class Moved(Struct, frozen=True, tag="moved"):
    """How many bytes of all files are here, of how many; `total` is None where no server says."""

    here: int
    total: int | None


class Failed(Struct, frozen=True, tag="failed"):
    """The last word when it cannot: for a person, and whether the disk is full."""

    what: str
    fix: str = ""
    no_room: bool = False


Reply = Listed | Moved | Failed

_replies: "msgspec.json.Decoder[Reply]" = msgspec.json.Decoder(Reply)


def encode(message: Job | Reply) -> bytes:
    """Return one line."""
    return msgspec.json.encode(message) + b"\n"


def decode(line: bytes) -> Reply:
    """Read one line of stdout; raise ModelError for anything else."""
    try:
        return _replies.decode(line)
    except msgspec.MsgspecError as error:
        raise ModelError(f"the download process sent no message, but {line[:200]!r}") from error
