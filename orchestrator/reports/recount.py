"""Errors as they are counted here, and by the rules of another tool: a line each."""

from collections.abc import Iterable, Sequence

from orchestrator.analysis.scoring.recount import Recount
from orchestrator.reports.passes import Reading
from orchestrator.reports.quantities import COUNT, SHARE, written
from orchestrator.runs.schema import Scalar

COLUMNS_OF_COUNTS: tuple[Reading[Recount], ...] = (
    Reading("contender", "backend", None, lambda c: c.contender),
    Reading("rules", "counted", None, lambda c: c.rules or "here"),
    Reading("words", "words", COUNT, lambda c: c.score.words),
    Reading("substitutions", "substitutions", COUNT, lambda c: c.score.substitutions),
    Reading("insertions", "insertions", COUNT, lambda c: c.score.insertions),
    Reading("deletions", "deletions", COUNT, lambda c: c.score.deletions),
    Reading("wer", "WER", SHARE, lambda c: c.score.wer),
)


def plain(found: Iterable[Recount]) -> list[dict[str, Scalar]]:
    """Return the lines as programs read them."""
    return [{c.key: c.value(line) for c in COLUMNS_OF_COUNTS} for line in found]


def rows(found: Sequence[Recount]) -> list[list[str]]:
    """Return the lines as people read them; a contender is named in its first."""
    cells = [[written(c.value(each), c.unit) for c in COLUMNS_OF_COUNTS] for each in found]
    return [
        [name if found[i].rules is None else "", *rest] for i, (name, *rest) in enumerate(cells)
    ]
