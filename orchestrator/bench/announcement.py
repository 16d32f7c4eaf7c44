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
    """Return seconds for all blocks, by the newest runs of each contender, or of one much like it.

    None where a backend has no earlier run to go by.
    """
    earlier: dict[str, ContenderSummary] = {}
    for summary in find.newest(output or Path("results")):
        for line in summary.contenders if not summary.alike else ():
            for key in _keys(line.backend, line.asked) if line.status == "measured" else ():
                earlier.setdefault(key, line)
    keys = (_keys(c.backend.name, c.contender.factors) for c in chosen)
    nearest = [next((earlier[key] for key in own if key in earlier), None) for own in keys]
    known = [line for line in nearest if line is not None]
    if not known or len(known) < len(nearest):
        return None
    repeats = settings.repeats or REPEATS
    a_block = sum(_cell_seconds(line, audio_seconds, repeats) for line in known)
    return a_block * settings.plan.blocks


def _keys(backend: str, factors: dict[str, Scalar]) -> tuple[str, ...]:
    """Return what is equal for the same contender, then for the same model of the same backend."""
    return repr((backend, sorted(factors.items()))), repr((backend, factors.get("model")))


def _cell_seconds(line: ContenderSummary, audio_seconds: float, repeats: int) -> float:
    cold = (line.spawn_seconds, line.import_seconds, line.load_seconds, line.first_seconds)
    once = sum(seconds or 0.0 for seconds in cold)
    return once + repeats * audio_seconds / (line.rtfx or 1.0)
