"""What one process showed of all its clips, and what that comes to: a value a figure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from orchestrator.analysis.live.stream import Figures
from orchestrator.runs.schema import ClipRecord, LivePass, Measured


@dataclass
class Process:
    """The figures of each clip that came through in one process, of which `row` is known."""

    row: Measured
    clips: list[Figures] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    audio_seconds: float = 0.0
    failed: int = 0
    late: float = 0.0

    def add(self, live: LivePass, found: Figures | None, clip: ClipRecord) -> None:
        """Take in a clip."""
        if found is None:
            self.failed += 1
            return
        self.clips.append(found)
        self.audio_seconds += clip.seconds
        self.late = max(self.late, live.late_seconds or 0.0)
        if live.cpu_seconds is not None:
            self.cpu_seconds.append(live.cpu_seconds)


def _over(
    values: Callable[[Figures], Iterable[float | None]], share: float
) -> Callable[[Process], float | None]:
    """Return what takes a quantile over all that a process's clips have; None without any."""

    def quantile(process: Process) -> float | None:
        known = [v for clip in process.clips for v in values(clip) if v is not None]
        return float(np.quantile(known, share, method="median_unbiased")) if known else None

    return quantile


def _taken_back(process: Process) -> float | None:
    added = sum(clip.added for clip in process.clips)
    return sum(clip.removed for clip in process.clips) / added if added else None


def _processors(process: Process) -> float | None:
    known = len(process.cpu_seconds) == len(process.clips) and process.audio_seconds
    return sum(process.cpu_seconds) / process.audio_seconds if known else None


FIGURES: dict[str, Callable[[Process], float | None]] = {
    "first_word_seconds": _over(lambda c: [c.first_word], 0.5),
    "shown_p50_seconds": _over(lambda c: c.shown, 0.5),
    "shown_p95_seconds": _over(lambda c: c.shown, 0.95),
    "settled_p50_seconds": _over(lambda c: c.settled, 0.5),
    "settled_p95_seconds": _over(lambda c: c.settled, 0.95),
    "taken_back": _taken_back,
    "final_p50_seconds": _over(lambda c: [c.final], 0.5),
    "final_p95_seconds": _over(lambda c: [c.final], 0.95),
    "behind_seconds": _over(lambda c: [c.behind], 0.95),
    "processors": _processors,
}
"""By their names in a summary, in which each is the median over processes."""
JUDGED = ("first_word_seconds", "settled_p50_seconds", "settled_p95_seconds", "final_p50_seconds")
"""The lags that are compared pair by pair."""
