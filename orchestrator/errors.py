"""One family of errors: each says what happened, what mends it, and which exit code it means."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from pydantic import ValidationError

_MOST_FAULTS = 3


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
