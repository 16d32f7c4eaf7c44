"""Break-even: from how many clips a day on a slow start is made good by faster clips."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.runs.schema import BackendSummary


@dataclass(frozen=True)
class Daily:
    """Seconds of a start (process, imports, load) and of each clip after it."""

    start: float
    clip: float

    def seconds(self, clips: int) -> float:
        """Return what so many clips take in all, after one start."""
        return self.start + clips * self.clip


@dataclass(frozen=True)
class Step:
    """From so many clips a day on, this backend takes the least time in all."""

    clips: int
    backend: str


def daily(line: BackendSummary, per_clip: float | None) -> Daily | None:
    """Return one backend's times; None where one of them is not known."""
    parts = (line.spawn_seconds, line.import_seconds, line.load_seconds)
    known = [part for part in parts if part is not None]
    if len(known) < len(parts) or per_clip is None:
        return None
    return Daily(sum(known), per_clip)


def steps(days: Mapping[str, Daily]) -> list[Step]:
    """Return who takes least for one clip a day, and each number of clips where that changes."""
    found: list[Step] = []
    clips = 1
    left = dict(days)
    while left:
        best = min(left, key=lambda name: (left[name].seconds(clips), left[name].clip))
        found.append(Step(clips, best))
        now = left[best]
        left = {name: day for name, day in left.items() if day.clip < now.clip}
        clips = min((_overtakes(day, now) for day in left.values()), default=0)
    return found


def _overtakes(faster: Daily, slower: Daily) -> int:
    """Return the first number of clips for which the faster takes less in all."""
    return math.floor((faster.start - slower.start) / (slower.clip - faster.clip)) + 1
