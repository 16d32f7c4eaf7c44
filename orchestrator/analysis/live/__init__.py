"""Live runs: what was shown while clips were spoken, as one summary a contender."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from orchestrator.analysis.live import word_times
from orchestrator.analysis.live.stream import Figures, Spoken, figures
from orchestrator.analysis.references import closest
from orchestrator.analysis.scoring import accuracy
from orchestrator.analysis.scoring.accuracy import Errors
from orchestrator.analysis.scoring.intervals import median_interval
from orchestrator.analysis.totals import Evidence, spoken
from orchestrator.runs.schema import (
    ClipRecord,
    Estimate,
    LivePass,
    LiveSummary,
    Measured,
    Passes,
    Settings,
)

KEEPS_UP_SECONDS = 5.0
"""Who ends no clip with more of it unheard keeps up."""

_LIVE, _BATCH = "live", "batch"


@dataclass
class _Process:
    """What one process showed: the figures of each clip that came through."""

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


class _Contender:
    """One contender's processes, and the texts of the first: live, and as whole clips."""

    def __init__(self, settings: Settings, processes: int) -> None:
        self.processes = [_Process() for _ in range(processes)]
        self.errors = {_LIVE: Errors(settings.normalizer), _BATCH: Errors(settings.normalizer)}
        self.resolved: LivePass | None = None

    def score(self, clip: ClipRecord, live: LivePass, batch: Passes, language: str) -> None:
        """Count the errors of one clip, both ways."""
        if not self.resolved and live.failed is None:
            self.resolved = live
        for way, heard in ((_LIVE, live), (_BATCH, batch)):
            text = None if heard.failed is not None else heard.text
            said = closest(clip, text, language, self.errors[way].normalizer)
            if said is not None:
                self.errors[way].add(clip.name, said, text, language, clip.speaker)

    def summary(self, pace: float) -> LiveSummary | None:
        """Return what there is to say; None where every clip failed."""
        heard = [process for process in self.processes if process.clips]
        if self.resolved is None or not heard:
            return None
        clips = [clip for process in heard for clip in process.clips]
        processors = [
            sum(p.cpu_seconds) / p.audio_seconds
            for p in heard
            if len(p.cpu_seconds) == len(p.clips)
        ]
        return LiveSummary(
            policy=str(self.resolved.resolved.get("policy", "unknown")),
            resolved=self.resolved.resolved,
            pace=pace,
            clips=min(len(process.clips) for process in self.processes),
            failed=max(process.failed for process in self.processes),
            timed_words=sum(len(clip.shown) for clip in heard[0].clips),
            first_word_seconds=_over(heard, lambda c: [c.first_word], 0.5),
            shown_p50_seconds=_over(heard, lambda c: c.shown, 0.5),
            shown_p95_seconds=_over(heard, lambda c: c.shown, 0.95),
            settled_p50_seconds=_over(heard, lambda c: c.settled, 0.5),
            settled_p95_seconds=_over(heard, lambda c: c.settled, 0.95),
            taken_back=_estimate([share for p in heard if (share := _taken_back(p)) is not None]),
            revoked=max(sum(clip.revoked for clip in process.clips) for process in heard),
            final_p50_seconds=_over(heard, lambda c: [c.final], 0.5),
            final_p95_seconds=_over(heard, lambda c: [c.final], 0.95),
            behind_seconds=_over(heard, lambda c: [c.behind], 0.95),
            keeps_up=all(clip.unheard <= KEEPS_UP_SECONDS for clip in clips),
            processors=_estimate(processors),
            wer=self.errors[_LIVE].wer(),
            against_batch=accuracy.compare(self.errors, _LIVE, _BATCH),
            late_seconds=max(process.late for process in heard),
        )


def summaries(
    measured: Mapping[str, Sequence[Measured]], evidence: Evidence, settings: Settings
) -> dict[str, LiveSummary]:
    """Return how each contender of a live run does; of another run, nothing.

    What was shown is read one clip at a time, of all processes side by side. Raises ConfigError
    where that is not what was stored.
    """
    if settings.pace is None or not measured:
        return {}
    found = {name: _Contender(settings, len(own)) for name, own in measured.items()}
    batches = {name: evidence.passes(own[0]) for name, own in measured.items()}
    streams = {name: [evidence.live(row) for row in own] for name, own in measured.items()}
    for clip in evidence.clips():
        batch = {name: next(passes) for name, passes in batches.items()}
        live = {name: [next(stream) for stream in own] for name, own in streams.items()}
        language = spoken(clip, settings, next(iter(batch.values())))
        said = word_times.spoken(clip.reference, [own[0] for own in live.values()], language)
        for name, contender in found.items():
            contender.score(clip, live[name][0], batch[name], language)
            _add(contender, clip, live[name], (said, settings.pace, language))
    every = ((name, contender.summary(settings.pace)) for name, contender in found.items())
    return {name: summary for name, summary in every if summary}


def _add(
    contender: _Contender,
    clip: ClipRecord,
    streams: Iterable[LivePass],
    known: tuple[Sequence[Spoken], float, str],
) -> None:
    said, pace, language = known
    for process, live in zip(contender.processes, streams, strict=True):
        process.add(live, figures(live, said, clip.seconds, pace, language), clip)


def _over(
    processes: Iterable[_Process],
    values: Callable[[Figures], Iterable[float | None]],
    share: float,
) -> Estimate | None:
    """Return the median over processes of a quantile over all that their clips have."""
    found = []
    for process in processes:
        known = [v for clip in process.clips for v in values(clip) if v is not None]
        if known:
            found.append(float(np.quantile(known, share, method="median_unbiased")))
    return _estimate(found)


def _taken_back(process: _Process) -> float | None:
    added = sum(clip.added for clip in process.clips)
    return sum(clip.removed for clip in process.clips) / added if added else None


def _estimate(values: Sequence[float]) -> Estimate | None:
    return median_interval(values) if values else None
