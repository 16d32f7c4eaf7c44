"""What clips were made hard to hear by, and how they were heard then."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from orchestrator.runs.schema.accuracy import Rate
from orchestrator.runs.schema.record import Record

ROOM = "room"
MADE = ("babble", "street", "white")
"""The noises that are made here; any other kind is a file of the user's."""


class ListeningCondition(Record):
    """Noise of a kind, its power so many dB below the speech's; or a room, by its echo.

    `level` of a room is the seconds until an echo is 60 dB softer.
    """

    kind: str
    level: float

    @property
    def is_room(self) -> bool:
        """Whether it is an echo, not a noise."""
        return self.kind == ROOM


class ListeningConditions(Record):
    """What was asked: kinds of noise, or files of it, each at every level, and rooms."""

    levels: tuple[float, ...] = ()  # dB, falling
    kinds: tuple[str, ...] = ()
    rooms: tuple[float, ...] = ()  # seconds, rising

    @classmethod
    def asked(
        cls, levels: Iterable[float], kinds: Iterable[str], rooms: Iterable[float]
    ) -> "ListeningConditions | None":
        """Return what was asked, each once and the easiest first; None where nothing was."""
        falling = tuple(sorted(set(levels), reverse=True))
        every = tuple(dict.fromkeys(kinds)) or MADE
        found = cls(levels=falling, kinds=every if falling else (), rooms=tuple(sorted(set(rooms))))
        return found if found.levels or found.rooms else None

    def each(self) -> Iterator[ListeningCondition]:
        """Yield every condition, the easiest of a kind first: as clips are heard and stored."""
        for kind in self.kinds:
            yield from (ListeningCondition(kind=kind, level=level) for level in self.levels)
        yield from (ListeningCondition(kind=ROOM, level=seconds) for seconds in self.rooms)


class NoiseTrack(Record):
    """A noise as a run mixed it under its clips."""

    kind: str
    path: Path
    sha256: str
    seconds: float


class Doubling(Record):
    """The level at which there are twice as many errors as without noise, between those tried.

    Without `level`, that is `beyond` them: "hardest", or the "easiest" has as many already. Limits
    are null where the interval goes beyond.
    """

    level: float | None
    low: float | None = None
    high: float | None = None
    beyond: Literal["easiest", "hardest"] | None = None


class NoisePoint(Record):
    """The word error rate at one level."""

    level: float
    wer: Rate
    failed: int = 0  # clips


class NoiseCurve(Record):
    """A contender's word error rate by level, the easiest first; `clean` is without noise."""

    kind: str
    clean: Rate
    points: tuple[NoisePoint, ...]
    doubles: Doubling | None  # null where there is no error without noise
