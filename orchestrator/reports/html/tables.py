"""The numbers behind the charts, and what no chart can say, as tables."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from orchestrator import units
from orchestrator.reports import choices, imported, sections, wording
from orchestrator.reports.quantities import Place
from orchestrator.reports.sections import Sheet
from orchestrator.runs.schema import ContenderSummary, Summary

Cells = tuple[str, ...]

_BY_BACKEND: dict[Place, str] = {
    "results": "Results",
    "cold": "Cold start",
    "costs": "Cost by length",
    "errors": "Errors",
    "formatting": "Errors in 100 words, by layer",
    "languages": "Language detected",
}


class Name(str):
    """A cell that names a backend: it stands beside its colour and shape."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A caption, a head and rows; the first `texts` columns are read, the others compared."""

    caption: str
    head: Cells
    rows: Sequence[Cells]
    texts: int
    folded: str = ""  # what it goes by where it waits to be asked for


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
        "bought": _bought(summary),
        "differences": _differences(summary),
        "disagreements": _disagreements(summary),
        "robustness": _robustness(summary),
        "parity": _parity(summary),
    }
    return {name: table if table.rows else None for name, table in found.items()}


def of_sheet(sheet: Sheet, backends: Collection[str]) -> Table:
    """Return a table of every report as the page has it: backends stand with their looks."""
    head, *rows = (
        tuple(Name(cell) if cell in backends else cell for cell in cells)
        for cells in (sheet.head, *sheet.rows)
    )
    return Table(sheet.caption, head, rows, sheet.texts, sheet.folded)


def differing(parity: Table | None) -> set[str]:
    """Return the settings that backends resolved differently."""
    rows = parity.rows if parity else ()
    known = {key: {cell for cell in cells if cell != units.NONE} for key, *cells in rows}
    return {key for key, values in known.items() if len(values) > 1}


def _by_backend(place: Place, lines: Sequence[ContenderSummary], caption: str) -> Table:
    """Return a line a backend, without empty columns and lines."""
    sheet = sections.by_backend(caption, place, lines)
    rows = [(Name(own), *rest) for own, *rest in sheet.rows if set(rest) - {units.NONE}]
    return Table(caption, sheet.head, rows, sheet.texts)


def _pairs(summary: Summary) -> Table:
    pairs = map(sections.versus, summary.pairs)
    rows = [(Name(one), _unbroken(times), Name(other), how) for one, times, other, how in pairs]
    return Table("Every pair", sections.VERSUS, rows, len(sections.VERSUS))


def _bought(summary: Summary) -> Table:
    rows = [
        (change, Name(contender), *map(_unbroken, values))
        for change, contender, *values in choices.rows(summary)
    ]
    return Table("What each choice buys", choices.TITLES, rows, len(choices.TITLES))


def _differences(summary: Summary) -> Table:
    rows = []
    for d in summary.differences:
        fewer = _unbroken(wording.limits(f"{d.fewer:+.2f}", d.low, d.high))
        rows.append((Name(d.first), Name(d.second), fewer, d.sentence))
    head = ("backend", "against", "fewer errors in 100 words", "in words")
    return Table("Paired differences", head, rows, len(head))


def _disagreements(summary: Summary) -> Table:
    rows = [(Name(d.first), Name(d.second), units.percent(d.rate)) for d in summary.disagreements]
    return Table("Disagreement", ("backend", "with", "words heard differently"), rows, 2)


def _robustness(summary: Summary) -> Table:
    """Return a case a line and a backend a column."""
    (title, *backends), found = wording.cases(summary.robustness)
    rows = [(wording.case(case), *cells) for case, *cells in found]
    return Table("Robustness", (title, *map(Name, backends)), rows, 1 + len(backends))


def _parity(summary: Summary) -> Table:
    lines = [b for b in summary.contenders if b.resolved]
    rows = [
        (key, *(units.NONE if (v := b.resolved.get(key)) is None else str(v) for b in lines))
        for key in dict.fromkeys(key for b in lines for key in b.resolved)
    ]
    head = ("setting", *(Name(b.contender) for b in lines))
    return Table("Settings, as each backend resolved them", head, rows, len(head))


def _unbroken(text: str) -> str:
    return text.replace(" ", "\N{NO-BREAK SPACE}")
