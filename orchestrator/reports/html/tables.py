"""The numbers behind the charts, and what no chart can say, as tables."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from orchestrator import units
from orchestrator.reports import choices, columns, groups, imported, live, terms, wording
from orchestrator.reports.quantities import Place
from orchestrator.reports.sections import Sheet
from orchestrator.runs.schema import ContenderSummary, PairVerdict, Summary

Cells = tuple[str, ...]

_PAIR = ("backend", "times as fast as", "backend", "verdict")

_BY_BACKEND: dict[Place, str] = {
    "results": "Results",
    "cold": "Cold start",
    "costs": "Cost by length",
    "errors": "Errors",
    "formatting": "Errors in 100 words, by layer",
    "languages": "Language detected",
    "live": "Live: seconds until words were shown",
    "terms": "Terms",
}


class Name(str):
    """A cell that names a backend: it stands beside its colour and shape."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A caption, a head and rows; the first `texts` columns are read, the others compared."""

    caption: str
    head: Cells
    rows: tuple[Cells, ...]
    texts: int = 1


def tables(summary: Summary) -> dict[str, Table | None]:
    """Return every table of a run by the name its template has for it; None without rows."""
    measured = [b for b in summary.contenders if b.seconds is not None]
    found: dict[str, Table] = {
        name: _by_backend(name, measured, title) for name, title in _BY_BACKEND.items()
    }
    found["results"] = _by_backend("results", summary.ranked, _BY_BACKEND["results"])
    found["apart"] = _by_backend("results", summary.apart, "Results of servers, not ranked")
    if beside := imported.lines(summary):
        found["errors"] = _by_backend("errors", beside, imported.CAPTION)
    found |= {
        "pairs": _pairs(summary),
        "live_pairs": _live_pairs(summary),
        "bought": _bought(summary),
        "differences": _differences(summary),
        "disagreements": _disagreements(summary),
        "by term": _by_term(summary),
        "robustness": _robustness(summary),
        **{f"group {n}": each for n, each in enumerate(_groups(summary))},
        "parity": _parity(summary),
    }
    return {name: table if table.rows else None for name, table in found.items()}


def of_backends(sheet: Sheet) -> Table:
    """Return a table of every report as the page has it: each line begins with a backend."""
    rows = tuple((Name(first), *others) for first, *others in sheet.rows)
    return Table(sheet.caption, sheet.head, rows, sheet.texts)


def differing(parity: Table | None) -> set[str]:
    """Return the settings that backends resolved differently."""
    rows = parity.rows if parity else ()
    known = {key: {cell for cell in cells if cell != units.NONE} for key, *cells in rows}
    return {key for key, values in known.items() if len(values) > 1}


def _by_backend(place: Place, lines: Sequence[ContenderSummary], caption: str) -> Table:
    """Return a line a backend, without empty columns and lines."""
    first, *others = shown = columns.at(place, lines)
    every = [(Name(first.cell(line)), *(c.cell(line) for c in others)) for line in lines]
    rows = [row for row in every if set(row[1:]) - {units.NONE}]
    texts = sum(column.unit is None for column in shown)
    return _table(caption, (column.head for column in shown), rows, texts)


def _pairs(summary: Summary) -> Table:
    """Return the verdict on every two backends."""
    rows = map(_pair, summary.verdict.pairs if summary.verdict else ())
    return _table("Every pair", _PAIR, rows, len(_PAIR))


def _live_pairs(summary: Summary) -> Table:
    """Return the same by each lag of live text."""
    rows = [(title, *_pair(pair)) for title, pair in live.pairs(summary)]
    return _table("Every pair, live", ("lag", *_PAIR), rows, 1 + len(_PAIR))


def _pair(found: PairVerdict) -> Cells:
    times = _unbroken(wording.ratio(found.ratio))
    return Name(found.first), times, Name(found.second), wording.outcome(found)


def _bought(summary: Summary) -> Table:
    """Return what each choice buys, one factor at a time."""
    rows = [
        (change, Name(contender), *map(_unbroken, values))
        for change, contender, *values in choices.rows(summary)
    ]
    return _table("What each choice buys", choices.TITLES, rows, len(choices.TITLES))


def _differences(summary: Summary) -> Table:
    """Return who makes fewer errors than whom over the same clips."""
    rows = [
        (
            Name(d.first),
            Name(d.second),
            _unbroken(wording.limits(f"{d.fewer:+.2f}", d.low, d.high)),
            d.sentence,
        )
        for d in summary.differences
    ]
    head = ("backend", "against", "fewer errors in 100 words", "in words")
    return _table("Paired differences", head, rows, 4)


def _disagreements(summary: Summary) -> Table:
    """Return how far every two backends differ, where nothing says which is right."""
    rows = [(Name(d.first), Name(d.second), units.percent(d.rate)) for d in summary.disagreements]
    return _table("Disagreement", ("backend", "with", "words heard differently"), rows, 2)


def _by_term(summary: Summary) -> Table:
    """Return a term a line and a backend a column: how often it was found, and invented."""
    (term, said, *backends), rows = terms.by_term(terms.lines(summary))
    head = (term, said, *map(Name, backends))
    return _table("Found, by term", head, map(tuple, rows), len(head))


def _groups(summary: Summary) -> Iterator[Table]:
    """Yield the errors by group, a table a column."""
    for by, (name, clips, words, *backends), rows in groups.tables(summary):
        head = (name, clips, words, *map(Name, backends))
        yield _table(f"Word error rate by {by}", head, map(tuple, rows), 1)


def _robustness(summary: Summary) -> Table:
    """Return a case a line and a backend a column."""
    (title, *backends), found = wording.cases(summary.robustness)
    rows = [(wording.case(case), *cells) for case, *cells in found]
    return _table("Robustness", (title, *map(Name, backends)), rows, 1 + len(backends))


def _parity(summary: Summary) -> Table:
    """Return what each backend resolved, side by side."""
    lines = [b for b in summary.contenders if b.resolved]
    rows = [
        (key, *(units.NONE if (v := b.resolved.get(key)) is None else str(v) for b in lines))
        for key in dict.fromkeys(key for b in lines for key in b.resolved)
    ]
    head = ("setting", *(Name(b.contender) for b in lines))
    return _table("Settings, as each backend resolved them", head, rows, len(head))


def _table(caption: str, head: Iterable[str], rows: Iterable[Cells], texts: int) -> Table:
    return Table(caption, tuple(head), tuple(rows), texts)


def _unbroken(text: str) -> str:
    return text.replace(" ", "\N{NO-BREAK SPACE}")
