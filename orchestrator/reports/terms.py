"""What a run says of names and jargon: how well each contender heard them, in total and by term."""

from collections.abc import Iterator, Sequence

from orchestrator import units
from orchestrator.analysis import factors
from orchestrator.reports.quantities import SHARE, written
from orchestrator.runs.schema import ContenderSummary, ScoreOfTerm, Summary, TermDifference

HEADING = "Terms: of those said, how many were heard; of those heard, how many were said"
_MOST_NAMED = 10  # terms that are never said


def lines(summary: Summary) -> list[ContenderSummary]:
    """Return who heard terms, in the order of the table."""
    every = (*summary.contenders, *summary.imported)
    return [line for line in every if line.terms is not None]


def by_term(listening: Sequence[ContenderSummary]) -> tuple[list[str], list[list[str]]]:
    """Return a table of a line a term: its titles, then the rows, the most often missed first."""
    found = [
        {one.term: one for one in line.terms.terms} for line in listening if line.terms is not None
    ]
    names = list(dict.fromkeys(name for own in found for name in own))
    scores = {name: [own.get(name) for own in found] for name in names}
    names.sort(key=lambda name: -max(_wrong(one) for one in scores[name]))
    said = {name: max(one.said for one in scores[name] if one) for name in names}
    rows = [[name, f"{said[name]:,}", *map(_cell, scores[name])] for name in names]
    return ["term", "said", *(line.contender for line in listening)], rows


def sentences(summary: Summary) -> Iterator[str]:
    """Yield what boosting buys and breaks, what else is decided, and which terms nobody says."""
    boosted = [each.terms for each in factors.bought(summary) if each.factor == "boost"]
    for difference in boosted:
        if difference:
            yield difference.missed.sentence + _inserted(difference)
            if difference.others:
                yield difference.others.sentence
    for difference in summary.term_differences:
        if difference not in boosted and difference.missed.outcome in {"fewer", "more"}:
            yield difference.missed.sentence + _inserted(difference)
    listening = [line.terms for line in lines(summary) if line.terms]
    said = {one.term for heard in listening for one in heard.terms if one.said}
    unsaid = [term.name for term in summary.settings.terms if term.name not in said]
    if listening and unsaid:
        yield f"terms in no reference: {units.named(unsaid, _MOST_NAMED)}"


def _inserted(found: TermDifference) -> str:
    """Say how many false insertions each has, where any has one."""
    one, other = found.inserted
    return f"; false insertions: {one:,} against {other:,}" if one or other else ""


def _wrong(score: ScoreOfTerm | None) -> int:
    return score.said - score.found + score.inserted if score else 0


def _cell(score: ScoreOfTerm | None) -> str:
    """Return how often a term was found, and invented: 3, 75 % (50 to 90 %), 1 inserted."""
    if score is None:
        return units.NONE
    parts = [f"{score.found:,}"] if score.said else []
    if score.recall and score.recall.low is not None:
        parts.append(written(score.recall, SHARE))
    if score.inserted:
        parts.append(f"{score.inserted:,} inserted")
    return ", ".join(parts)
