"""The plan line of a run: who takes part, on what, what has to be fetched, how long it may take."""

from collections.abc import Sequence

from orchestrator.backends.environments import settings as uv_settings
from orchestrator.bench import selection
from orchestrator.bench.estimate import estimate_seconds
from orchestrator.bench.events import Announcement
from orchestrator.bench.selection import Candidate, RunOptions
from orchestrator.runs.schema import CorpusRecord, Settings


def announcement(
    options: RunOptions, settings: Settings, chosen: Sequence[Candidate], corpus: CorpusRecord
) -> Announcement:
    """Say what will be done before anything is fetched or run."""
    names = [c.backend.name for c in chosen]
    notices = dict.fromkeys(c.planned.notice for c in chosen if c.planned.notice)
    notices |= dict.fromkeys(selection.variants_left_out(chosen))
    steps = tuple(selection.steps(chosen))
    if any(step.packages_missing for step in steps):
        notices |= dict.fromkeys(uv_settings.notices())
    if settings.language == "auto" and not corpus.languages:
        unknown = "no clip says its language, as a table's column does: nothing detected is counted"
        notices |= {unknown: None}
    return Announcement(
        steps=steps,
        clips=corpus.clips,
        audio_seconds=corpus.seconds,
        unusable=corpus.unusable,
        blocks=settings.plan.blocks,
        estimate_seconds=estimate_seconds(options.output, settings, names, corpus.seconds),
        notices=tuple(notices),
    )
