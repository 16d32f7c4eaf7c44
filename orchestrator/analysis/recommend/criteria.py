"""What counts for which purpose, with which weight, and what of a run stands for it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from orchestrator.analysis.recommend.evidence import HOUR, Evidence, estimated, exact, rate
from orchestrator.analysis.scoring.intervals import Interval
from orchestrator.errors import UsageError, program
from orchestrator.runs.schema import ContenderSummary, Estimate, LiveSummary

_LOST = {"pass": 0.0, "weak": 0.5, "fail": 1.0, "no-answer": 1.0}

Unit = Literal["seconds", "seconds an hour", "share", "bytes", "joules", "cases"]


@dataclass(frozen=True)
class Reading:
    """One way to read a criterion off a run; `paired` is what was compared clip by clip there."""

    name: str
    unit: Unit
    cost: Callable[[ContenderSummary], Interval | None]
    paired: Literal["speed", "errors"] | None = None
    note: str = ""


@dataclass(frozen=True)
class Criterion:
    """What counts, with its share of the whole; `readings` best first.

    `free` is added to every cost before costs are divided: so little of it that none and half of it
    are all but the same, such as one wrong word in a hundred.
    """

    name: str
    weight: float
    readings: tuple[Reading, ...]
    free: float = 0.0

    def read_best(self, lines: Sequence[ContenderSummary]) -> "Criterion":
        """Keep the reading that most contenders have, of equals the best one."""
        known = [sum(reading.cost(b) is not None for b in lines) for reading in self.readings]
        return replace(self, readings=(self.readings[known.index(max(known))],))


def _live(name: str, unit: Unit, cost: Callable[[LiveSummary], Estimate | None]) -> Reading:
    """Return how to read a criterion off what was shown while clips were spoken."""
    return Reading(name, unit, lambda b: estimated(cost(b.live), 1.0) if b.live else None)


def _latency(run: Evidence) -> Criterion:
    spoken = _live("final text after the end", "seconds", lambda live: live.final_p50_seconds)
    whole = Reading(
        f"a clip of {run.mean:.1f} s",
        "seconds",
        lambda b: estimated(b.seconds, 1 / run.clips),
        "speed",
    )
    if (short := run.short) is None:
        return Criterion("latency", 0.40, (spoken, whole))
    name = f"a clip of {short.length:.1f} s"
    measured = Reading(name, "seconds", lambda b: short.clip.get(b.contender))
    return Criterion("latency", 0.40, (spoken, measured, whole))


def _first_text(_: Evidence) -> Criterion:
    spoken = _live("first word shown", "seconds", lambda live: live.first_word_seconds)
    first = Reading("until the first text", "seconds", lambda b: exact(b.first_segment_seconds))
    return Criterion("first text", 0.15, (spoken, first))


def _throughput(run: Evidence) -> Reading:
    scale = HOUR / run.summary.corpus.seconds if run.summary.corpus.seconds else 0.0
    name = f"clips of {run.mean:.1f} s"
    return Reading(name, "seconds an hour", lambda b: estimated(b.seconds, scale), "speed")


def _long_audio(run: Evidence) -> Criterion:
    if (long := run.long) is None:
        note = (
            f"the longest clip has {run.longest:.0f} s: how fast these are on long audio is not"
            " measured here; run them on recordings of some minutes"
        )
        return Criterion("speed", 0.30, (replace(_throughput(run), note=note),))
    name = f"recordings of {long.length:.0f} s"
    measured = Reading(name, "seconds an hour", lambda b: long.hour.get(b.contender))
    return Criterion("speed", 0.30, (measured, _throughput(run)))


def _accuracy(_: Evidence, weight: float) -> Criterion:
    wrong = Reading(
        "wrong words", "share", lambda b: rate(b.accuracy.wer) if b.accuracy else None, "errors"
    )
    return Criterion("accuracy", weight, (wrong,), free=0.01)


def _live_accuracy(run: Evidence, weight: float) -> Criterion:
    """Read the errors of live text, where there is any."""
    whole = _accuracy(run, weight)
    spoken = Reading(
        "wrong words, live",
        "share",
        lambda b: rate(b.live.wer) if b.live and b.live.wer else None,
    )
    return replace(whole, readings=(spoken, *whole.readings))


def _captions(run: Evidence) -> tuple[Criterion, ...]:
    """Weigh when words come and settle, and how many go again; UsageError of no live run."""
    if not any(line.live for line in run.summary.contenders):
        raise UsageError(
            f"run {run.summary.run_id} was no live run, and captions go by live figures",
            f"measure them: {program()} run --live",
        )
    shown = _live("word shown, p95", "seconds", lambda live: live.shown_p95_seconds)
    settled = _live("word settled, p50", "seconds", lambda live: live.settled_p50_seconds)
    back = _live("words taken back", "share", lambda live: live.taken_back)
    return (
        Criterion("shown", 0.30, (shown,)),
        Criterion("settled", 0.20, (settled,)),
        Criterion("taken back", 0.10, (back,), free=0.02),
        _live_accuracy(run, 0.40),
    )


def _robustness(run: Evidence) -> Criterion:
    def lost(line: ContenderSummary) -> Interval | None:
        own = [each for each in run.summary.robustness if each.contender == line.contender]
        return exact(sum(_LOST[each.verdict] for each in own)) if own else None

    return Criterion("robustness", 0.15, (Reading("cases failed", "cases", lost),), free=1.0)


def _energy(run: Evidence) -> Criterion:
    joules = Reading("an hour of audio", "joules", lambda b: exact(b.joules_an_audio_hour))
    note = "no energy was counted: processor time stands for it, which leaves out GPU and NPU"
    cpu = Reading(
        "CPU s an audio hour", "seconds", lambda b: run.cpu.get(b.contender), None, note=note
    )
    return Criterion("energy", 0.65, (joules, cpu))


def _memory(_: Evidence) -> Criterion:
    peak = Reading("peak memory", "bytes", lambda b: exact(b.peak_memory_bytes))
    return Criterion("memory", 0.10, (peak,))


PURPOSES: Mapping[str, Callable[[Evidence], tuple[Criterion, ...]]] = {
    "dictation": lambda run: (
        _latency(run),
        _first_text(run),
        _live_accuracy(run, 0.35),
        _memory(run),
    ),
    "captions": _captions,
    "meetings": lambda run: (
        _long_audio(run),
        _accuracy(run, 0.45),
        _robustness(run),
        _memory(run),
    ),
    "batch": lambda run: (
        Criterion("speed", 0.70, (_throughput(run),)),
        _accuracy(run, 0.20),
        _memory(run),
    ),
    "battery": lambda run: (_energy(run), _accuracy(run, 0.25), _memory(run)),
}
"""By purpose; the model is loaded already in all of them (see budget.py for what that costs)."""


def weighted(criteria: Sequence[Criterion], asked: Mapping[str, float]) -> tuple[Criterion, ...]:
    """Give criteria the weights asked for; the others share the rest as they did the whole.

    Raises UsageError for a name that is none of them, and for more than the whole.
    """
    if unknown := asked.keys() - {each.name for each in criteria}:
        names = ", ".join(each.name for each in criteria)
        raise UsageError(f"{min(unknown)!r} does not count here", f"what counts: {names}")
    rest = 1 - sum(asked.values())
    before = sum(each.weight for each in criteria if each.name not in asked)
    if rest < 0 or min(asked.values(), default=0.0) < 0 or (before == 0 and rest > 0):
        raise UsageError(
            f"the weights asked for are no shares: {sum(asked.values()):g} in all",
            "give each between 0 and 1, in all no more than 1: --weight accuracy=0.6",
        )
    return tuple(
        replace(each, weight=asked.get(each.name, each.weight * rest / (before or 1)))
        for each in criteria
    )


def known(
    criteria: Sequence[Criterion], lines: Sequence[ContenderSummary]
) -> tuple[tuple[Criterion, ...], tuple[Criterion, ...]]:
    """Return the criteria of which anything is known, with all the weight, and the others."""
    read = [each.read_best(lines) for each in criteria]
    there = [each for each in read if any(each.readings[0].cost(line) for line in lines)]
    whole = sum(each.weight for each in there) or 1.0
    shared = tuple(replace(each, weight=each.weight / whole) for each in there)
    return shared, tuple(each for each in read if each not in there)
