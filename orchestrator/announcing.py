"""The plan line of a run: who takes part, on what, what has to be fetched, how long it may take."""

from collections.abc import Sequence

from orchestrator import candidates
from orchestrator.candidates import Candidate, RunOptions
from orchestrator.estimate import estimate_seconds
from orchestrator.runs.schema import CorpusRecord, Settings
from orchestrator.watch import Announcement


def announcement(
    options: RunOptions, settings: Settings, chosen: Sequence[Candidate], corpus: CorpusRecord
) -> Announcement:
    """Say what will be done before anything is fetched or run."""
    names = [c.backend.name for c in chosen]
    notices = dict.fromkeys(c.planned.notice for c in chosen if c.planned.notice)
    notices |= dict.fromkeys(candidates.variants_left_out(chosen))
    if settings.language == "auto" and not corpus.languages:
        unknown = "no clip says its language, as a table's column does: nothing detected is counted"
        notices |= {unknown: None}
    return Announcement(
        steps=tuple(candidates.steps(chosen)),
        clips=corpus.clips,
        audio_seconds=corpus.seconds,
        unusable=corpus.unusable,
        blocks=options.settings.plan.blocks,
        estimate_seconds=estimate_seconds(options.output, settings, names, corpus.seconds),
        notices=tuple(notices),
    )
