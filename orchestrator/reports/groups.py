"""What a run says of groups of clips: the errors in each, and the gap between best and worst."""

from collections.abc import Iterator

from orchestrator import units
from orchestrator.reports.quantities import SHARE, written
from orchestrator.runs.schema import Breakdown, ContenderSummary, GroupScore, Summary

HEADING = "Word error rates by group of clips, the largest group first"
Rows = list[list[str]]


def tables(summary: Summary) -> Iterator[tuple[str, list[str], Rows]]:
    """Yield for each column its name and a table of groups: titles, rows, the largest first."""
    for by in summary.settings.by:
        lines = _lines(summary, by)
        if not lines:
            continue
        first = lines[0][1]
        scores = [{score.name: score for score in found.groups} for _, found in lines]
        rows = [
            [group.name, f"{group.clips:,}", f"{group.words:,}", *map(_cell, own)]
            for group in first.groups
            for own in [[score.get(group.name) for score in scores]]
        ]
        yield by, [by, "clips", "words", *(line.contender for line, _ in lines)], rows


def sentences(summary: Summary, by: str) -> Iterator[str]:
    """Yield the gaps of a column that are decided, and why there are no others."""
    lines = [(line.contender, found) for line, found in _lines(summary, by)]
    gaps = [(name, found.gap) for name, found in lines if found.gap]
    for name, gap in gaps:
        if gap.outcome == "more":
            pairs = "" if gap.groups == 2 else f", of any two of {gap.groups} groups at once"  # noqa: PLR2004 - a pair
            yield (
                f"{name}, by {by}: {gap.more:.1f} more errors in 100 words for {gap.worst} than for"
                f" {gap.best} ({gap.low:.1f} to {gap.high:.1f}{pairs})"
            )
    if open_ := [name for name, gap in gaps if gap.outcome == "undecided"]:
        yield f"by {by}: no gap is decided for {', '.join(open_)}"
    if lines and not gaps:
        yield f"by {by}: {_why_none(lines[0][1])}"
    if lines and (without := lines[0][1].without):
        yield f"by {by}: {units.count(without, 'clip')} without a value"


def _why_none(found: Breakdown) -> str:
    if len({group.by_character for group in found.groups}) > 1:
        return "no gap: characters of some languages are no words of others"
    return "no gap: it takes two groups of ten speakers, recordings or clips each"


def _lines(summary: Summary, by: str) -> list[tuple[ContenderSummary, Breakdown]]:
    """Return whose errors are known by group, with these, in the order of the table."""
    every = (*summary.contenders, *summary.imported)
    return [(line, found) for line in every if (found := _of(line, by))]


def _of(line: ContenderSummary, by: str) -> Breakdown | None:
    return next((found for found in line.groups if found.by == by and found.groups), None)


def _cell(score: GroupScore | None) -> str:
    if score is None:
        return units.NONE
    return written(score.wer, SHARE) + (" of characters" if score.by_character else "")
