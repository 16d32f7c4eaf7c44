"""What a suite found across machines, as tables and sentences: terminal and Markdown share them."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from orchestrator import units
from orchestrator.reports.quantities import FACTOR, SHARE, Unit, written
from orchestrator.runs.schema.fleet import Across, Agreement, Member, Reversal, Standing

_MOST_REVERSALS = 20
_RATIO = Unit("{:.2f}".format)


class Table(NamedTuple):
    """Titles, rows of as many cells, and the titles of columns that hold numbers."""

    titles: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: Sequence[str]


def tables(found: Across) -> Iterator[Table]:
    """Yield the machines, then contenders by machine: ratios to the baseline, and RTFx."""
    titles = ("machine", "chip", "system", "memory", "run")
    yield Table(titles, [_member(member) for member in found.members], ["memory"])
    shown = [m for m in found.members if any(s.machine == m.name for s in found.standings)]
    if not shown:
        return
    if found.accuracy:
        rates = [
            (each.contender, str(each.clips), written(each.wer, SHARE), _transcripts(each))
            for each in found.accuracy
        ]
        yield Table(("contender", "clips", "WER", "transcripts"), rates, ["clips", "WER"])
    if found.shared:
        return
    by_place = {(s.contender, s.machine): s for s in found.standings}
    names = list(dict.fromkeys(s.contender for s in found.standings))
    heads = [f"{member.host.chip_or_platform} ({member.name})" for member in shown]
    if found.baseline is not None:
        rows = [
            (name, *(_ratio(by_place.get((name, m.name)), found.baseline) for m in shown))
            for name in names
        ]
        yield Table((f"against {found.baseline}", *heads), rows, heads)
    speeds = [(name, *(_rtfx(by_place.get((name, m.name))) for m in shown)) for name in names]
    yield Table(("RTFx", *heads), speeds, heads)


def notes(found: Across) -> Iterator[str]:
    """Yield what must be known to read the tables: who is missing, where rankings differ."""
    for member in found.members:
        if member.state != "measured":
            yield ": ".join(filter(None, (member.name, member.state or "not ended", member.why)))
    for standing in found.standings:
        if standing.status == "failed":
            yield f"{standing.machine}: {standing.contender} failed: {standing.reason}"
    yield from _rankings(found)
    for agreement in found.accuracy:
        if agreement.by_machine:
            yield _disagreement(agreement)


def _rankings(found: Across) -> Iterator[str]:
    """Yield where rankings differ, or that they do not."""
    if found.shared:
        yield "clips were shared out among machines for their transcripts: times are left out"
        return
    measured = [member for member in found.members if member.state == "measured"]
    if len(measured) > 1 and not found.reversals:
        yield "the ranking is the same on all machines"
    for reversal in found.reversals[:_MOST_REVERSALS]:
        yield _reversal(reversal)
    if (more := len(found.reversals) - _MOST_REVERSALS) > 0:
        yield f"and {units.count(more, 'more pair')} whose order differs"


def _member(member: Member) -> Sequence[str]:
    host, state = member.host, member.state or "not ended"
    return member.name, host.chip_or_platform, host.system, units.size(host.memory_bytes), state


def _ratio(standing: Standing | None, baseline: str) -> str:
    if standing is None or standing.rtfx is None:
        return _absent(standing)
    if standing.contender == baseline:
        return "1"
    pair = standing.against_baseline
    return written(pair.ratio, _RATIO) if pair else units.NONE


def _rtfx(standing: Standing | None) -> str:
    if standing is None or standing.rtfx is None:
        return _absent(standing)
    return written(standing.rtfx, FACTOR)


def _absent(standing: Standing | None) -> str:
    return units.NONE if standing is None else standing.status


def _transcripts(agreement: Agreement) -> str:
    if agreement.machines == 1:
        return "of one machine"
    if agreement.by_machine:
        return f"differ in {agreement.differing} of {agreement.common} in common"
    return f"the same on {agreement.machines} machines, {agreement.common} in common"


def _reversal(found: Reversal) -> str:
    """Say where the first is ahead and where it is behind, and whether that is shown."""
    where = "; ".join(
        f"{written(pair.ratio, _RATIO)} times as fast on {machine} ({pair.outcome or 'no verdict'})"
        for machine, pair in found.pairs.items()
    )
    how = "decided" if found.decided else "not decided"
    return f"the ranking differs, {how}: {found.first} is {where}, beside {found.second}"


def _disagreement(found: Agreement) -> str:
    rates = ", ".join(f"{name} {units.percent(wer)}" for name, wer in found.by_machine.items())
    return (
        f"{found.contender}: its accuracy is not pooled, as its transcripts differ between machines"
        f" in {found.differing} of {units.count(found.common, 'clip')}; WER: {rates}"
    )
