"""A run without references: how far backends disagree, and where a person should listen."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from orchestrator.analysis.scoring import disagreement
from orchestrator.analysis.scoring.disputes import Disputes, Heard
from orchestrator.analysis.tally import Evidence, spoken
from orchestrator.runs.schema import ClipRecord, Disagreement, Disputed, Measured, Passes, Settings


def disagreements(
    measured: Mapping[str, Sequence[Measured]], evidence: Evidence, settings: Settings
) -> tuple[tuple[Disagreement, ...], tuple[Disputed, ...]]:
    """Compare the first transcripts of every two backends; name the places they dispute most.

    Nothing under two backends. The transcripts are read twice, a clip at a time: who is nearest to
    all others, by whose segments places are named, is known after the first time.
    """
    if len(measured) < 2:  # noqa: PLR2004 - it takes two
        return (), ()
    apart = disagreement.Disagreement(list(measured))
    for clip, heard in _side_by_side(measured, evidence):
        texts = {b: None if p.failed is not None else p.text for b, p in heard.items()}
        apart.add(texts, spoken(clip, settings, next(iter(heard.values()))))
    medoid = apart.medoid()
    rates = tuple(
        Disagreement(first=one, second=other, rate=apart.rate(one, other))
        for one, other in combinations(measured, 2)
    )
    return rates, _disputed(medoid, measured, evidence, settings) if medoid else ()


def _disputed(
    medoid: str,
    measured: Mapping[str, Sequence[Measured]],
    evidence: Evidence,
    settings: Settings,
) -> tuple[Disputed, ...]:
    disputes = Disputes(medoid)
    for clip, heard in _side_by_side(measured, evidence):
        whole = {b: Heard(p.text, p.segments) for b, p in heard.items() if p.failed is None}
        disputes.add(clip.name, whole, spoken(clip, settings, next(iter(heard.values()))))
    return tuple(
        Disputed(clip=d.clip, start=d.start, end=d.end, share=d.share, heard=d.texts)
        for d in disputes.found()
    )


def _side_by_side(
    measured: Mapping[str, Sequence[Measured]], evidence: Evidence
) -> Iterator[tuple[ClipRecord, dict[str, Passes]]]:
    files = [evidence.passes(rows[0]) for rows in measured.values()]
    for clip, *passes in zip(evidence.clips(), *files, strict=True):
        yield clip, dict(zip(measured, passes, strict=True))
