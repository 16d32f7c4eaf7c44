"""The memory that a contender has to fit into, and the clips of a day.

From so many clips a day on, faster clips make up for a slower start.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.errors import UsageError
from orchestrator.runs.schema import ContenderSummary

_UNITS = {"K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
_BINARY = {"K": 2.0**10, "M": 2.0**20, "G": 2.0**30, "T": 2.0**40}
_SHARE, _LEAST = 0.25, 2e9
HEADROOM = (
    "a quarter of the memory, and 2 GB at least, stays for the system and other programs: what was"
    " measured with memory to spare holds for nothing that swaps, and a Mac's GPU may use little"
    " more than that of it"
)


def memory(text: str) -> float:
    """Return the bytes that 8GB, 512 MB or 16GiB says; raise UsageError for anything else."""
    pattern = r"(\d+(?:\.\d+)?)\s*(?:([KMGT])(i?)B?|B)"
    found = re.fullmatch(pattern, text.strip(), re.IGNORECASE)
    if found is None or float(found[1]) == 0:
        raise UsageError(f"{text!r} is no size of a memory", "write 8GB, 512MB or 16GiB")
    units = _BINARY if found[3] else _UNITS
    return float(found[1]) * units.get((found[2] or "").upper(), 1.0)


def usable(memory: float) -> float:
    """Return the bytes a contender may take at its peak: all but the headroom, none below it."""
    return max(memory - max(_SHARE * memory, _LEAST), 0.0)


def fits(line: ContenderSummary, memory: float) -> bool | None:
    """Tell whether a contender's peak leaves the headroom; None where its peak is not known."""
    if line.peak_memory_bytes is None:
        return None
    return line.peak_memory_bytes <= usable(memory)


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
    """From so many clips a day on, this contender takes the least time in all."""

    clips: int
    contender: str


def daily(line: ContenderSummary, per_clip: float | None) -> Daily | None:
    """Return one contender's times; None where one of them is not known."""
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
