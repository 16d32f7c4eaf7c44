"""Live runs: what was shown while clips were spoken, as one summary a contender."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from orchestrator.analysis.live import word_times
from orchestrator.analysis.live.process import FIGURES, JUDGED, Process
from orchestrator.analysis.live.stream import figures
from orchestrator.analysis.references import closest, spoken
from orchestrator.analysis.scoring import accuracy, ranking
from orchestrator.analysis.scoring.accuracy import Errors
from orchestrator.analysis.scoring.intervals import median_interval
from orchestrator.analysis.totals import Evidence, joules_an_hour
from orchestrator.runs.schema import (
    ClipRecord,
    Estimate,
    LivePass,
    LiveSummary,
    Measured,
    Passes,
    Settings,
    Verdict,
)

KEEPS_UP_SECONDS = 5.0
"""Who ends no clip with more of it unheard keeps up."""

_LIVE, _BATCH = "live", "batch"


class _Contender:
    """One contender's processes, and the texts of the first: live, and as whole clips."""

    def __init__(self, settings: Settings, rows: Sequence[Measured]) -> None:
        self.processes = [Process(row) for row in rows]
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
        metered = ((p.row.live_energy, p.audio_seconds) for p in heard)
        return LiveSummary(
            policy=str(self.resolved.resolved.get("policy", "unknown")),
            resolved=self.resolved.resolved,
            pace=pace,
            clips=min(len(process.clips) for process in self.processes),
            failed=max(process.failed for process in self.processes),
            timed_words=sum(len(clip.shown) for clip in heard[0].clips),
            known_words=sum(clip.known for clip in heard[0].clips),
            **{name: _estimate(map(figure, heard)) for name, figure in FIGURES.items()},
            joules_an_audio_hour=joules_an_hour(
                [(one.joules, one.seconds, audio) for one, audio in metered if one]
            ),
            revoked=max(sum(clip.revoked for clip in process.clips) for process in heard),
            keeps_up=all(clip.unheard <= KEEPS_UP_SECONDS for clip in clips),
            wer=self.errors[_LIVE].wer(),
            against_batch=accuracy.compare(self.errors, _LIVE, _BATCH),
            late_seconds=max(process.late for process in heard),
        )


def heard(
    measured: Mapping[str, Sequence[Measured]], evidence: Evidence, settings: Settings
) -> tuple[dict[str, LiveSummary], dict[str, list[Process]]]:
    """Return how each contender of a live run does, and what its processes showed; else nothing.

    What was shown is read one clip at a time, of all processes side by side. Raises ConfigError
    where that is not what was stored.
    """
    if settings.pace is None or not measured:
        return {}, {}
    found = {name: _Contender(settings, own) for name, own in measured.items()}
    batches = {name: evidence.passes(own[0]) for name, own in measured.items()}
    streams = {name: [evidence.live(row) for row in own] for name, own in measured.items()}
    for clip, truth in zip(evidence.clips(), evidence.word_times(), strict=True):
        batch = {name: next(passes) for name, passes in batches.items()}
        live = {name: [next(stream) for stream in own] for name, own in streams.items()}
        language = spoken(clip, settings, next(iter(batch.values())))
        first = [own[0] for own in live.values()]
        said = word_times.spoken(truth.words, clip.reference, first, language)
        for name, contender in found.items():
            contender.score(clip, live[name][0], batch[name], language)
            for process, own in zip(contender.processes, live[name], strict=True):
                shown = figures(own, said, clip.seconds, settings.pace, language)
                process.add(own, shown, clip)
    every = ((name, contender.summary(settings.pace)) for name, contender in found.items())
    summaries = {name: summary for name, summary in every if summary}
    return summaries, {name: contender.processes for name, contender in found.items()}


def verdicts(processes: Mapping[str, Sequence[Process]], settings: Settings) -> dict[str, Verdict]:
    """Judge the lags of those that came through with every clip, pair by pair, block by block.

    Of a lag that is zero or less there is no ratio: then there are no verdicts on it.
    """
    whole = {
        name: own for name, own in processes.items() if not any(process.failed for process in own)
    }
    judged = ((figure, _by_block(whole, FIGURES[figure])) for figure in JUDGED)
    found = (
        (figure, ranking.verdict({name: times[name] for name in ranking.ranking(times)}, settings))
        for figure, times in judged
        if all(lag > 0 for blocks in times.values() for lag in blocks.values())
    )
    return {figure: verdict for figure, verdict in found if verdict}


def _by_block(
    processes: Mapping[str, Sequence[Process]], figure: Callable[[Process], float | None]
) -> dict[str, dict[int, float]]:
    """Return a figure of each process, by contender and block, of those who have any."""
    every = (
        (name, {p.row.block: value for p in own if (value := figure(p)) is not None})
        for name, own in processes.items()
    )
    return {name: blocks for name, blocks in every if blocks}


def _estimate(values: Iterable[float | None]) -> Estimate | None:
    known = [value for value in values if value is not None]
    return median_interval(known) if known else None
