"""A suite across machines: ratios within each, and whether rankings and transcripts agree.

Machines have one thing in common: what was asked. So ratios of two contenders are taken within a
machine, where both met the same conditions, and no number of seconds leaves its machine.
"""

import hashlib
from collections.abc import Iterator, Mapping
from itertools import combinations
from statistics import fmean

from orchestrator.analysis.scoring.pairs import Outcome
from orchestrator.analysis.totals import Totals
from orchestrator.runs.schema import (
    Accuracy,
    ContenderSummary,
    Estimate,
    Measured,
    PairVerdict,
    Rate,
    Summary,
)
from orchestrator.runs.schema.fleet import Across, Agreement, FleetRun, Reversal, Standing
from orchestrator.runs.schema.rows import counted
from orchestrator.runs.stored import RunFiles

Machines = Mapping[str, tuple[RunFiles, Summary]]
"""The runs that there are, by machine."""
_SWAPPED: dict[Outcome, Outcome] = {"faster": "slower", "slower": "faster"}
_DIGEST_BYTES = 8


def across(run: FleetRun, machines: Machines) -> Across:
    """Return what is known across the machines that have measured anything.

    Transcripts are read one clip at a time. Raises ConfigError where a run's are damaged.
    """
    summaries = {name: summary for name, (_, summary) in machines.items()}
    lines = {
        name: {line.contender: line for line in summary.ranked}
        for name, summary in summaries.items()
    }
    baseline = None if run.shared else _baseline(lines)
    return Across(
        id=run.id,
        members=run.members,
        shared=run.shared,
        baseline=baseline,
        standings=tuple(_standings(summaries, baseline, timed=not run.shared)),
        reversals=() if run.shared else tuple(_reversals(summaries)),
        accuracy=tuple(_agreements(run, machines, lines)),
    )


def _baseline(lines: Mapping[str, Mapping[str, ContenderSummary]]) -> str | None:
    """Return the contender that most machines measured; of several the best placed on average."""
    places: dict[str, list[int]] = {}
    for own in lines.values():
        for place, name in enumerate(own):
            places.setdefault(name, []).append(place)
    return min(places, key=lambda n: (-len(places[n]), fmean(places[n]), n), default=None)


def _standings(
    summaries: Mapping[str, Summary], baseline: str | None, *, timed: bool
) -> Iterator[Standing]:
    for machine, summary in summaries.items():
        pairs = _pairs(summary)
        for line in summary.contenders:
            name = line.contender
            yield Standing(
                machine=machine,
                contender=name,
                status=line.status,
                reason=line.reason,
                rtfx=line.rtfx if timed else None,
                against_baseline=pairs.get((name, baseline)) if baseline else None,
            )


def _pairs(summary: Summary) -> dict[tuple[str, str], PairVerdict]:
    """Return a run's verdicts by their two contenders, each both ways."""
    found = {}
    for pair in summary.pairs:
        found[pair.first, pair.second] = pair
        found[pair.second, pair.first] = pair.model_copy(
            update={
                "first": pair.second,
                "second": pair.first,
                "ratio": pair.ratio and _inverse(pair.ratio),
                "outcome": pair.outcome and _SWAPPED.get(pair.outcome, pair.outcome),
            }
        )
    return found


def _inverse(ratio: Estimate) -> Estimate:
    low, high = (None if limit is None else 1 / limit for limit in (ratio.high, ratio.low))
    return Estimate(median=1 / ratio.median, low=low, high=high, n=ratio.n)


def _reversals(summaries: Mapping[str, Summary]) -> Iterator[Reversal]:
    """Yield the pairs whose order is not the same on all machines, those that are decided first."""
    by_machine = {machine: _pairs(summary) for machine, summary in summaries.items()}
    names = sorted({first for own in by_machine.values() for first, _ in own})
    found = []
    for first, second in combinations(names, 2):
        pairs = {m: own[first, second] for m, own in by_machine.items() if (first, second) in own}
        ratios = [pair.ratio.median for pair in pairs.values() if pair.ratio]
        if ratios and min(ratios) < 1 < max(ratios):
            outcomes = {pair.outcome for pair in pairs.values()}
            decided = {"faster", "slower"} <= outcomes
            found.append(Reversal(first=first, second=second, pairs=pairs, decided=decided))
    yield from sorted(found, key=lambda each: not each.decided)


def _agreements(
    run: FleetRun, machines: Machines, lines: Mapping[str, Mapping[str, ContenderSummary]]
) -> Iterator[Agreement]:
    for name in dict.fromkeys(name for own in lines.values() for name in own):
        where = {machine: own[name] for machine, own in lines.items() if name in own}
        texts = [_texts(machines[machine][0], name) for machine in where]
        common = set.intersection(*(set(own) for own in texts))
        differing = sum(len({own[clip] for own in texts}) > 1 for clip in common)
        agree = not differing and bool(common)
        yield Agreement(
            contender=name,
            machines=len(where),
            clips=len(set().union(*texts)),
            common=len(common),
            differing=differing,
            wer=_pooled(run, {m: machines[m] for m in where}, name) if agree else None,
            by_machine={} if agree else {machine: line.wer for machine, line in where.items()},
        )


def _pooled(run: FleetRun, machines: Machines, contender: str) -> Rate | None:
    """Return the errors over all clips, each once; None where none has a reference.

    Where every machine heard all of them, one machine's are all there are.
    """
    first = next(iter(machines.values()))[1]
    if not run.shared:
        line = next(each for each in first.contenders if each.contender == contender)
        return line.accuracy.wer if line.accuracy else None
    totals, seen = Totals(first.settings), set[str]()
    for files, _ in machines.values():
        row = _first_row(files, contender)
        for clip, heard in zip(files.clips(), files.passes(row), strict=True):
            if clip.name not in seen:
                totals.add(len(seen), clip, heard)
                seen.add(clip.name)
    spoken = {language for _, summary in machines.values() for language in summary.corpus.languages}
    accuracy: Accuracy | None = totals.accuracy(sorted(spoken))["accuracy"]
    return accuracy.wer if accuracy else None


def _first_row(files: RunFiles, contender: str) -> Measured:
    return next(row for row in counted(files.rows()) if row.contender == contender)


def _texts(files: RunFiles, contender: str) -> dict[str, bytes]:
    """Return a digest of each of a contender's texts by clip, as its first process gave them."""
    return {
        heard.clip: hashlib.blake2b(heard.text.encode(), digest_size=_DIGEST_BYTES).digest()
        for heard in files.passes(_first_row(files, contender))
    }
