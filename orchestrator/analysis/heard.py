"""What each contender made of the clips of a run, and of all that was asked beside."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from orchestrator.analysis import live, noise, word_times
from orchestrator.analysis.live.process import Process
from orchestrator.analysis.totals import Evidence, Totals
from orchestrator.runs.schema import LiveSummary, Manifest, Measured, NoiseCurve, WordTimes


class Heard(NamedTuple):
    """One contender: its clips, and whatever else it was asked."""

    totals: Totals
    live: LiveSummary | None
    processes: Sequence[Process]  # what each showed while clips were spoken
    word_times: WordTimes | None
    noise: tuple[NoiseCurve, ...]


def heard_by(
    measured: Mapping[str, Sequence[Measured]], evidence: Evidence, run: Manifest
) -> dict[str, Heard]:
    """Return what each contender made of the clips, and of what else was asked."""
    settings = run.settings
    totals = {name: Totals.of(rows, evidence, settings) for name, rows in measured.items()}
    spoken = live.heard(measured, evidence, settings)
    timed = word_times.summaries(totals, evidence, run)
    curves = noise.curves({name: own.errors for name, own in totals.items()}, evidence, settings)
    return {
        name: Heard(
            own,
            spoken.summaries.get(name),
            spoken.processes.get(name, ()),
            timed.get(name),
            curves.get(name, ()),
        )
        for name, own in totals.items()
    }
