"""One family of errors: each says what happened, what mends it, and which exit code it means."""

import errno
import json
import os
import shlex
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from pydantic import ValidationError

_MOST_FAULTS = 3
DISTRIBUTION = "whisper-cleanroom"
SCRIPTS = (DISTRIBUTION, "cleanroom", "orchestrator")


class CleanroomError(Exception):
    """What happened (`str(error)`) and the command or act that mends it (`fix`, may be empty)."""

    exit_code: ClassVar[int] = 1
    kind: str = "error"  # one word for a failed row

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(what)
        self.fix = fix


class UsageError(CleanroomError):
    """The command line asks for something that does not exist or does not fit."""

    exit_code = 2


class ConfigError(CleanroomError):
    """A file people write is broken; the message names the file and the key."""

    exit_code = 2


class AudioError(CleanroomError):
    """A clip cannot be used."""

    exit_code = 2


class NothingToMeasure(CleanroomError):
    """No backend can take part; each has a reason that is no fault."""

    exit_code = 3


class MachineBusy(CleanroomError):
    """Another run is measuring on this machine."""

    exit_code = 2


class EnvironmentFailed(CleanroomError):
    """A backend's environment could not be made."""

    kind = "environment"


class ModelError(CleanroomError):
    """A model's files are missing, wrong or cannot be made."""

    kind = "model"


class ModelUnavailable(ModelError):
    """No source of the model can be reached from here: a reason to skip, not a fault."""


class RunnerFailed(CleanroomError):
    """A runner broke its promise; `kind` is one word for the row, `detail` its traceback."""

    def __init__(self, kind: str, what: str, fix: str = "", detail: str = "") -> None:
        super().__init__(what, fix)
        self.kind = kind
        self.detail = detail


class Refused(RunnerFailed):
    """A runner answered that it could not do one thing; it lives on and can be asked others."""


CAME = "what came is kept, and the same command goes on with it"  # of downloads
# Quotas and file-size limits say "no room" in their own words.
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NO_PERMISSION = "check its permissions, or name another place: --output"
_REFUSALS = dict.fromkeys(NO_ROOM, "free some space, or name another folder: --output DIR") | {
    errno.EACCES: _NO_PERMISSION,
    errno.EPERM: _NO_PERMISSION,
    errno.EROFS: _NO_PERMISSION,
    errno.EMFILE: "allow more open files: ulimit -n 4096",
}
_ANY_REFUSAL = "this is what the system said: check that place, then run the command again"


def refused(error: OSError) -> UsageError:
    """Return as ours what the system refused, with the place and what may mend it."""
    place = f"{error.filename}: " if error.filename else ""
    fix = _REFUSALS.get(error.errno or 0, _ANY_REFUSAL)
    return UsageError(f"{place}{error.strerror or error}", fix)


@contextmanager
def unwritable(what: object, fix: str) -> Iterator[None]:
    """Tell as ours that the system lets this not be written: no room, no permission, no folder."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"{what} cannot be written: {error.strerror or error}", fix) from error


@contextmanager
def interruptible(note: str) -> Iterator[None]:
    """Have Ctrl-C tell what stays of what is done within, and how to go on with it."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        interrupt.add_note(note)
        raise


def unread(error: OSError) -> str:
    """Return what lets a file be read that could not be."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "check the path"
    irregular = isinstance(error, IsADirectoryError) or error.errno == errno.EINVAL
    return "name a file" if irregular else "check its permissions"


_options: list[str] = []


def keep_option(name: str, value: str) -> None:
    """Have every command that a fix names carry an option that was given for all of them."""
    _options.extend((name, quoted(value)))


def quoted(*words: object) -> str:
    """Return words as a shell takes them: a path may have a space, as a Mac's own folders do."""
    return shlex.join(map(str, words))


def program() -> str:
    """Return how this program is started here: every command that a fix names begins with it."""
    return " ".join((_started(), *_options))


def _started() -> str:
    started = Path(sys.argv[0])
    if started.name not in SCRIPTS:
        return f"{_reached(Path(sys.executable), ('python', 'python3'))} -m orchestrator"
    if "archive-v0" in started.parts:  # uv's cache: `uvx` puts it on the path of this process alone
        return " ".join(["uvx", *_from(started.name), started.name])
    return _reached(started, (started.name,))


def _reached(program: Path, names: Iterable[str]) -> str:
    """Return the name by which the user's shell finds a program, or else its whole path."""
    if "NOX_CURRENT_SESSION" not in os.environ:  # nox, too, lends its path
        for name in names:
            found = shutil.which(name)
            if found and Path(found).parent == program.parent:
                return f"uv run {name}" if "UV_RUN_RECURSION_DEPTH" in os.environ else name
    return quoted(program)


def _from(script: str) -> list[str]:
    """Return what uvx must be told to find a script: the wheel that was named to it, perhaps."""
    try:
        url = json.loads(metadata.distribution(DISTRIBUTION).read_text("direct_url.json") or "{}")
    except metadata.PackageNotFoundError:
        url = {}
    place = str(url.get("url", "")).removeprefix("file://")
    return ["--from", quoted(place or DISTRIBUTION)] if place or script != DISTRIBUTION else []


def in_words(error: "ValidationError", table: str = "") -> str:
    """Return what pydantic found, as `key: fault`, for a sentence after the file's name."""
    faults = [
        f"{table}{'.'.join(map(str, fault['loc'])) or '(table)'}: {fault['msg']}"
        for fault in error.errors(include_url=False, include_input=False)
    ]
    more = len(faults) - _MOST_FAULTS
    return "; ".join(faults[:_MOST_FAULTS]) + (f"; and {more} more" if more > 0 else "")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a question with the nearest names; empty where none is near."""
    near = get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f"did you mean {' or '.join(near)}? " if near else ""
