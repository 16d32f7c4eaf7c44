"""A robustness run's stored transcripts as the judge takes them."""

from collections.abc import Mapping, Sequence

from orchestrator.analysis.robustness.judging import WINDOW_SECONDS, Heard, verdicts
from orchestrator.analysis.totals import Evidence, side_by_side
from orchestrator.runs.schema import ClipRecord, Measured, Passes, RobustnessVerdict


def judged(
    measured: Mapping[str, Sequence[Measured]], evidence: Evidence
) -> tuple[RobustnessVerdict, ...]:
    """Judge what every backend's first process made of each case."""
    return tuple(
        verdict
        for name, rows in measured.items()
        for verdict in verdicts(name, _heard(rows[0], evidence))
    )


def _heard(row: Measured, evidence: Evidence) -> dict[str, Heard]:
    window = row.resolved.get("chunk_seconds")
    seconds = float(window) if isinstance(window, int | float) else WINDOW_SECONDS
    return {
        clip.name: _one(clip, passes, seconds) for clip, (passes,) in side_by_side([row], evidence)
    }


def _one(clip: ClipRecord, passes: Passes, window: float) -> Heard:
    # A library that has times has them for every segment.
    segments = tuple(
        (s.start, s.end, s.text)
        for s in passes.segments
        if s.start is not None and s.end is not None
    )
    return Heard(
        text=passes.text,
        seconds=clip.seconds,
        reference=clip.reference,
        segments=segments or None,
        failed=passes.failed,
        language=passes.language,
        window=window,
    )
