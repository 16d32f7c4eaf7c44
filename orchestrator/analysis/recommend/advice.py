"""One recommendation with everything that it rests on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from orchestrator.analysis.recommend import budget, evidence, flips
from orchestrator.analysis.recommend.budget import Daily, Step
from orchestrator.analysis.recommend.criteria import PURPOSES, Criterion, known, weighted
from orchestrator.analysis.recommend.evidence import Evidence
from orchestrator.analysis.recommend.flips import ChangeFlip, WeightFlip
from orchestrator.analysis.recommend.standing import Standing, doubts, knows, standings
from orchestrator.errors import UsageError, program
from orchestrator.runs.schema import ContenderSummary, Summary

_ELSEWHERE = "a server computes, and its time includes the network: --rank-remote counts it in"


@dataclass(frozen=True)
class Request:
    """What somebody wants: purpose, bytes of memory, weights other than the purpose's."""

    purpose: str
    memory: float | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    only: str | None = None  # this contender and no other is a candidate
    rank_remote: bool = False  # servers are candidates beside what computes here


@dataclass(frozen=True)
class Advice:
    """Candidates, best first; who is no candidate, and why; what makes the choice uncertain.

    `doubts` is empty where the first is shown to be before the second. `clip` says what the `days`
    count, `steps` who takes least from how many of them a day on.
    """

    run_id: str
    request: Request
    criteria: tuple[Criterion, ...]
    ranked: tuple[Standing, ...]
    models: Mapping[str, str]
    left_out: Mapping[str, str]
    notes: tuple[str, ...]
    doubts: tuple[str, ...]
    weight_flips: tuple[WeightFlip, ...]
    change_flips: tuple[ChangeFlip, ...]
    clip: str
    days: Mapping[str, Daily]
    steps: tuple[Step, ...]

    @property
    def weights(self) -> dict[str, float]:
        """The shares by criterion, 1 in all."""
        return {each.name: each.weight for each in self.criteria}


def recommend(folder: Path, request: Request) -> Advice:
    """Choose among the contenders of a stored run.

    Raises UsageError for an unknown purpose or weight, and where none is left to choose;
    ConfigError where the run's files are broken.
    """
    if request.purpose not in PURPOSES:
        raise UsageError(f"there is no purpose {request.purpose!r}", f"--for {'|'.join(PURPOSES)}")
    run = evidence.read(folder, request.only)
    left_out = dict(_unfit(run.summary, request))
    lines = [line for line in run.summary.contenders if line.contender not in left_out]
    asked = weighted(PURPOSES[request.purpose](run), request.weights)
    criteria, unknown = known(asked, lines)
    weights = {each.name: each.weight for each in criteria}
    ranked = [each for each in standings(lines, criteria) if knows(each, weights)]
    if not ranked:
        reasons = "; ".join(f"{name}: {why}" for name, why in left_out.items())
        raise UsageError(
            f"run {run.summary.run_id} has no contender to choose: {reasons or 'none took part'}",
            f"{program()} run --all",
        )
    left_out |= {
        line.contender: "nothing that counts for this purpose is known of it"
        for line in lines
        if line.contender not in {each.contender for each in ranked}
    }
    clip, days = _days(ranked, run)
    several = len(ranked) > 1
    return Advice(
        run_id=run.summary.run_id,
        request=request,
        criteria=criteria,
        ranked=tuple(ranked),
        models={line.contender: line.model.name for line in lines if line.model},
        left_out=left_out,
        notes=(*_notes(criteria, unknown, ranked, run), *_room(lines, request.memory)),
        doubts=tuple(doubts(ranked, criteria, run.summary)) if several else (),
        weight_flips=tuple(flips.by_weight(ranked, weights)) if several else (),
        change_flips=tuple(flips.by_change(ranked[0], ranked[1], criteria)) if several else (),
        clip=clip,
        days=days,
        steps=tuple(budget.steps(days)),
    )


def _unfit(summary: Summary, request: Request) -> Iterator[tuple[str, str]]:
    """Yield who cannot be chosen, and why."""
    memory, apart = request.memory, () if request.rank_remote else summary.apart
    for line in summary.contenders:
        if line.status != "measured" or line.seconds is None:
            yield line.contender, f"{line.status}: {line.reason}"
        elif line in apart:
            yield line.contender, _ELSEWHERE
        elif any(notice.kind == "clips-failed" for notice in line.warnings):
            yield line.contender, "it failed at some of the clips, so its times are of less work"
        elif memory is not None and budget.fits(line, memory) is False:
            peak, limit = line.peak_memory_bytes or 0, budget.usable(memory)
            given = f"{limit / 1e9:.1f} GB of {memory / 1e9:.1f} GB can be given to it"
            yield line.contender, f"does not fit: {peak / 1e9:.1f} GB at its peak, {given}"


def _notes(
    criteria: Sequence[Criterion],
    unknown: Sequence[Criterion],
    ranked: Sequence[Standing],
    run: Evidence,
) -> Iterator[str]:
    """Yield what to know of the numbers: what is missing, what stands for what."""
    for each in unknown:
        share = f"its {100 * each.weight:.0f} % are shared by the others in proportion"
        yield f"{each.name} is not known of any contender: {share}"
    for each in criteria:
        lacking = [own.contender for own in ranked if each.name not in own.values]
        if lacking:
            names = ", ".join(lacking)
            yield f"{each.name} is not known of {names}: there its weight is the others'"
        if each.readings[0].note:
            yield each.readings[0].note
    if run.summary.interrupted:
        yield "the run was interrupted: blocks are missing"


def _room(lines: Sequence[ContenderSummary], memory: float | None) -> Iterator[str]:
    """Yield what a memory that was named means."""
    if memory is None:
        return
    yield budget.HEADROOM
    if unknown := [line.contender for line in lines if budget.fits(line, memory) is None]:
        yield f"whether it fits is not known of {', '.join(unknown)}: no peak was measured"


def _days(ranked: Sequence[Standing], run: Evidence) -> tuple[str, dict[str, Daily]]:
    """Return what is counted a day, and each candidate's seconds of a start and of one of them."""
    names = {own.contender for own in ranked}
    found = {
        line.contender: budget.daily(
            line, line.seconds.median / run.clips if line.seconds else None
        )
        for line in run.summary.contenders
        if line.contender in names
    }
    known_days = {name: day for name, day in found.items() if day is not None}
    return f"clips of {run.mean:.1f} s", known_days
