"""The plan line of a run: who takes part, on what, what has to be fetched, how long it may take."""

from collections.abc import Sequence
from pathlib import Path

from orchestrator.backends.environments import settings as uv_settings
from orchestrator.bench import selection
from orchestrator.bench.cell import REPEATS
from orchestrator.bench.events import Announcement
from orchestrator.bench.selection import Candidate, RunOptions
from orchestrator.runs import find
from orchestrator.runs.schema import ContenderSummary, CorpusRecord, Scalar, Settings


def announcement(
    options: RunOptions, settings: Settings, chosen: Sequence[Candidate], corpus: CorpusRecord
) -> Announcement:
    """Say what will be done before anything is fetched or run."""
    notices = dict.fromkeys(options.notices)
    notices |= dict.fromkeys(c.planned.notice for c in chosen if c.planned.notice)
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
        estimate_seconds=_estimate_seconds(options.output, settings, chosen, corpus.seconds),
        notices=tuple(notices),
    )


def _estimate_seconds(
    output: Path | None, settings: Settings, chosen: Sequence[Candidate], audio_seconds: float
) -> float | None:
    """Return seconds for all blocks, by the newest runs that have each contender.

    None where one has no earlier run to go by.
    """
    earlier: dict[str, ContenderSummary] = {}
    for summary in find.newest(output or Path("results")):
        measured = (line for line in summary.contenders if line.status == "measured")
        earlier = {_key(line.backend, line.asked): line for line in measured} | earlier
    asked = [_key(c.backend.name, c.contender.factors) for c in chosen]
    if not asked or any(key not in earlier for key in asked):
        return None
    repeats = settings.repeats or REPEATS
    a_block = sum(_cell_seconds(earlier[key], audio_seconds, repeats) for key in asked)
    return a_block * settings.plan.blocks


def _key(backend: str, factors: dict[str, Scalar]) -> str:
    """Return what is equal for contenders that ask for the same."""
    return repr((backend, sorted(factors.items())))


def _cell_seconds(line: ContenderSummary, audio_seconds: float, repeats: int) -> float:
    cold = (line.spawn_seconds, line.import_seconds, line.load_seconds, line.first_seconds)
    once = sum(seconds or 0.0 for seconds in cold)
    return once + repeats * audio_seconds / (line.rtfx or 1.0)
