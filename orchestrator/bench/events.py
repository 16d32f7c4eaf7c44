"""What a run says while it works; the bases are silent, a terminal is in reports/terminal/."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from orchestrator.runs.schema import Failed, Measured, Row, Shown, Skipped
from orchestrator.runs.schema.plan import Profile


@dataclass(frozen=True)
class Step:
    """What one contender still needs before it can be measured."""

    contender: str
    backend: str
    model: str
    source: str
    packages_missing: int
    package_bytes: int
    model_bytes: int  # to download; 0 when the files are here
    convert: bool


@dataclass(frozen=True)
class Announcement:
    """The plan line: said before anything is fetched or run."""

    steps: tuple[Step, ...]
    clips: int
    audio_seconds: float
    unusable: int  # clips of a corpus that cannot be transcribed
    blocks: int  # about so many, where a difference is to be decided
    estimate_seconds: float | None  # None on a machine without an earlier run of these
    decides: float | None = None  # the difference, as a share, that ends the run
    as_steady_as: str = ""  # what the number of blocks until then goes by
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Forecast:
    """After a block: what is decided by now, and how much more decides what the run is to decide.

    `blocks` and `seconds` are None where that is further away than the run may go.
    """

    asked: float  # the difference, as a share
    reached: float | None  # None where a pair has no interval yet
    blocks: int | None
    seconds: float | None


@dataclass(frozen=True)
class BlockBegun:
    """A block of the plan begins, or is measured again; `number` counts from 1."""

    number: int
    plan: Profile


@dataclass(frozen=True)
class Phase:
    """What a contender is at, or what all need before ("clips"); `fraction` of it is done."""

    subject: str
    doing: str
    fraction: float | None = None


@dataclass(frozen=True)
class Message:
    """A sentence that the user should know."""

    text: str


Event: TypeAlias = (
    Announcement | BlockBegun | Phase | Measured | Failed | Skipped | Forecast | Message
)


class Watcher:
    """Receives a run's events, in order, from the thread that runs it; the base hears nothing."""

    def planned(self, plan: Announcement) -> bool:
        """Say what will be done, and return whether to begin; nothing has been done yet."""
        self.hear(plan)
        return True

    def block(self, number: int, plan: Profile) -> None:
        """Say which block of its plan begins, or is measured again."""
        self.hear(BlockBegun(number, plan))

    def phase(self, backend: str, phase: str, fraction: float | None = None) -> None:
        """Say what a backend is at; never called inside a timed region."""
        self.hear(Phase(backend, phase, fraction))

    def row(self, row: Row) -> None:
        """Receive a row that is now on disk."""
        self.hear(row)

    def forecast(self, found: Forecast) -> None:
        """Receive what is expected of a run that ends by the width of intervals."""
        self.hear(found)

    def notice(self, message: str) -> None:
        """Receive a sentence the user should know."""
        self.hear(Message(message))

    def hear(self, event: Event) -> None:
        """Receive what none of the others took for itself."""


class Viewer:
    """Sees what is shown of audio while it comes to exist; the base looks at nothing."""

    def begin(self) -> None:
        """Take in that audio begins to exist."""

    def partial(self, shown: Shown) -> None:
        """Take in what is shown from now on."""

    def moment(self, seconds: float, level: float | None) -> None:
        """Take in that so much audio exists, and how loud its end is, if known (dBFS)."""


class Listener(Watcher):
    """Gives every event to one function, as a value; what that raises ends the run."""

    def __init__(self, hear: Callable[[Event], object]) -> None:
        self._hear = hear

    def hear(self, event: Event) -> None:
        """Pass it on."""
        self._hear(event)
