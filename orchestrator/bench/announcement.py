"""The plan line of a run: who takes part, on what, what has to be fetched, how long it may take."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Self

from orchestrator import backends
from orchestrator.analysis.scoring import precision
from orchestrator.backends.environments import settings as uv_settings
from orchestrator.bench import steps
from orchestrator.bench.cell import REPEATS
from orchestrator.bench.events import Announcement
from orchestrator.bench.selection import Candidate, RunOptions, ranked
from orchestrator.clips import languages
from orchestrator.errors import program
from orchestrator.runs import find
from orchestrator.runs.schema import ContenderSummary, CorpusRecord, Scalar, Settings, Summary
from orchestrator.runs.schema.contender import alike
from orchestrator.runs.schema.plan import fewest_among
from orchestrator.units import duration, share

_USUAL = 0.042  # two processes with noise of 3 % each


def announcement(
    options: RunOptions, settings: Settings, chosen: Sequence[Candidate], corpus: CorpusRecord
) -> Announcement:
    """Say what will be done before anything is fetched or run."""
    notices = dict.fromkeys(options.notices)
    notices |= dict.fromkeys(c.planned.notice for c in chosen if c.planned.notice)
    notices |= dict.fromkeys(_variants_left_out(chosen))
    sent = (f"every clip is sent to {c.server.name}, {c.server.url}" for c in chosen if c.server)
    notices |= dict.fromkeys(sent)
    notices |= dict.fromkeys(_hearing_other_languages(settings, chosen, corpus))
    if not alike((c.backend.name, c.contender.factors) for c in chosen):
        notices |= dict.fromkeys(_too_few_blocks(settings, len(ranked(settings, chosen, ()))))
    wanted = tuple(steps.needed(chosen))
    if any(step.packages_missing for step in wanted):
        notices |= dict.fromkeys(uv_settings.notices())
    if settings.language == "auto" and not corpus.languages:
        unknown = "no clip says its language, as a table's column does: nothing detected is counted"
        notices |= {unknown: None}
    earlier = _Earlier.of(options.output or Path("results"), chosen)
    blocks, basis = _expected(settings, earlier)
    a_block = earlier.block_seconds(corpus.seconds, settings.repeats or REPEATS)
    live = len(chosen) * corpus.seconds / settings.pace if settings.pace else 0.0
    beside = settings.word_times + len(list(settings.noise.each()) if settings.noise else ())
    once = earlier.block_seconds(corpus.seconds, beside) if beside else 0.0
    estimate = None if a_block is None else (a_block + live) * blocks + (once or 0.0)
    budget = settings.budget_seconds
    if estimate is not None and budget is not None and estimate > budget:
        if basis:
            what = f"deciding {share(settings.plan.decides)} may take {duration(estimate)}"
            notices |= {f"{what}: the run ends after {duration(budget)}": None}
        estimate = budget
    return Announcement(
        steps=wanted,
        clips=corpus.clips,
        audio_seconds=corpus.seconds,
        unusable=corpus.unusable,
        blocks=blocks,
        estimate_seconds=estimate,
        decides=settings.plan.decides,
        as_steady_as=basis,
        notices=tuple(notices),
    )


def _hearing_other_languages(
    settings: Settings, chosen: Iterable[Candidate], corpus: CorpusRecord
) -> Iterator[str]:
    """Name who takes part although some clips are in languages that its model does not know."""
    spoken = languages.spoken(settings.language, corpus.languages)
    yield from (f"{c.contender.name}: {lack}" for c in chosen if (lack := c.lack(spoken)))


def _too_few_blocks(settings: Settings, contenders: int) -> Iterator[str]:
    """Say so where pairs will have verdicts, but nobody can be called the fastest of all."""
    needed = fewest_among(contenders)
    if settings.plan.ranks and settings.plan.most < needed:
        asked = f"{settings.plan.most} blocks judge pairs only"
        yield f"{asked}: which of {contenders} contenders is fastest takes --blocks {needed}"


def _variants_left_out(chosen: Iterable[Candidate]) -> Iterator[str]:
    """Name what a backend has a faster build of, which this machine could run and was not asked."""
    taking_part = {candidate.backend.name: candidate.backend for candidate in chosen}
    known = {backend.name: backend for backend in backends.discover()}
    for name, backend in taking_part.items():
        variant = known.get(backend.variant or "")
        if variant and variant.supported and variant.name not in taking_part:
            command = f"{program()} run -b {variant.name}"
            yield f"{name} runs without what {variant.name} adds on this machine: {command}"


@dataclass(frozen=True)
class _Earlier:
    """What earlier runs on this machine, the newest first, say of a new one of these contenders."""

    runs: Sequence[Summary]
    wanted: Sequence[tuple[str, ...]]  # what each contender, or one much like it, is found by

    @classmethod
    def of(cls, results: Path, chosen: Sequence[Candidate]) -> Self:
        """Read what is there."""
        wanted = [_keys(c.backend.name, c.contender.factors) for c in chosen]
        return cls([run for run in find.newest(results) if not run.alike], wanted)

    def block_seconds(self, audio_seconds: float, repeats: int) -> float | None:
        """Return how long a block lasts; None where a contender has no earlier run to go by."""
        lines: dict[str, ContenderSummary] = {}
        for line in (line for run in self.runs for line in run.contenders):
            for key in _keys(line.backend, line.asked) if line.status == "measured" else ():
                lines.setdefault(key, line)
        nearest = [next((lines[key] for key in own if key in lines), None) for own in self.wanted]
        known = [line for line in nearest if line is not None]
        if not known or len(known) < len(nearest):
            return None
        return sum(_cell_seconds(line, audio_seconds, repeats) for line in known)

    def deviation(self) -> tuple[float, str]:
        """Return the spread of log ratios of contenders next in rank, and whose it was."""
        every = {key for own in self.wanted for key in own}
        for among, whose in ((every, "in your last run of these"), (None, "in your last run")):
            found = (_deviation(run, among) for run in self.runs)
            if known := next((deviation for deviation in found if deviation), None):
                return known, whose
        return _USUAL, "most are"


def _deviation(run: Summary, among: set[str] | None) -> float | None:
    """Return the widest spread of the log ratios of two that stand next in a run's table."""
    ranked = [
        line.contender
        for line in run.contenders
        if among is None or not among.isdisjoint(_keys(line.backend, line.asked))
    ]
    ratios = {frozenset((pair.first, pair.second)): pair.ratio for pair in run.pairs}
    found = (ratios.get(frozenset(two)) for two in pairwise(ranked))
    known = (precision.deviation_of(ratio) for ratio in found if ratio)
    return max((deviation for deviation in known if deviation is not None), default=None)


def _expected(settings: Settings, earlier: _Earlier) -> tuple[int, str]:
    """Return how many blocks there will be about, and on what condition, if there is any."""
    plan = settings.plan
    if plan.decides is None:
        return plan.blocks, ""
    deviation, whose = earlier.deviation()
    needed = precision.blocks_for(plan.decides, settings.region, deviation, plan.least, plan.most)
    return needed or plan.most, f"as steady as {whose}"


def _keys(backend: str, factors: dict[str, Scalar]) -> tuple[str, ...]:
    """Return what is equal for the same contender, then for the same model of the same backend."""
    return repr((backend, sorted(factors.items()))), repr((backend, factors.get("model")))


def _cell_seconds(line: ContenderSummary, audio_seconds: float, repeats: int) -> float:
    cold = (line.spawn_seconds, line.import_seconds, line.load_seconds, line.first_seconds)
    once = sum(seconds or 0.0 for seconds in cold)
    return once + repeats * audio_seconds / (line.rtfx or 1.0)
