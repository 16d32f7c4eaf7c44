"""What a run measured beside speed and errors: sections that every form of a report has alike."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import starmap
from typing import Literal

from orchestrator.reports import columns, groups, live, noise, terms, word_times, wording
from orchestrator.reports.quantities import Column, Place
from orchestrator.runs.schema import ContenderSummary, PairVerdict, Summary

Folded = Literal["", "every pair", "every term"]
VERSUS = ("backend", "times as fast as", "backend", "verdict")
"""Titles of a table of pairs."""
_MOST_ROWS = 20  # in a terminal, of what may be hundreds


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with a caption; `numbers` are the titles of columns that are compared.

    Where there is no room the column of the highest priority goes first, 0 stays; a terminal shows
    the first `most` rows. What is `folded` goes by that name where a reader has to ask for it.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[str]
    priorities: tuple[int, ...]
    most: int | None = None
    folded: Folded = ""

    @property
    def texts(self) -> int:
        """How many columns are read, not compared."""
        return len(self.head) - len(self.numbers)


@dataclass(frozen=True, slots=True)
class Section:
    """A section: its name in links, its title, how to read it, its tables, and what they say."""

    name: str
    title: str
    heading: str
    sheets: tuple[Sheet, ...]
    sentences: tuple[str, ...]


def sections(summary: Summary) -> Iterator[Section]:
    """Yield the sections of a run that have anything."""
    for part in (_live, _terms, _groups, _word_times, _noise):
        for section in part(summary):
            yield replace(section, sheets=tuple(each for each in section.sheets if each.rows))


def _live(summary: Summary) -> Iterator[Section]:
    """Yield what was shown while clips were spoken, who is quickest at that, and what it costs."""
    if not (listening := live.lines(summary)):
        return
    lags = by_backend("Live: seconds until words were shown", "live", listening)
    pairs = [(title, *versus(pair)) for title, pair in live.pairs(summary)]
    every = _written("Every pair, live", ("lag", *VERSUS), pairs, folded="every pair")
    said = (*live.verdicts(summary), *live.sentences(listening))
    yield Section("live", "Live", live.heading(summary), (lags, every), said)


def _terms(summary: Summary) -> Iterator[Section]:
    """Yield how names and jargon were heard, in total and by term."""
    if listening := terms.lines(summary):
        total = by_backend("In total", "terms", listening)
        each = _written("Found, by term", *terms.by_term(listening), folded="every term")
        said = tuple(terms.sentences(summary))
        yield Section("terms", "Terms", terms.HEADING, (total, each), said)


def _groups(summary: Summary) -> Iterator[Section]:
    """Yield the errors by group, a table a column, and the gaps that are decided."""
    sheets = tuple(
        _written(f"Word error rate by {by}", titles, rows, numbers=titles[1:])
        for by, titles, rows in groups.tables(summary)
    )
    if sheets:
        said = (each for by in summary.settings.by for each in groups.sentences(summary, by))
        yield Section("groups", "Groups", groups.HEADING, sheets, tuple(said))


def _written(
    caption: str,
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    numbers: Iterable[str] = (),
    folded: Folded = "",
) -> Sheet:
    """Return a table whose cells are written already, and of which any number of rows may come."""
    cells = tuple(tuple(row) for row in rows)
    stay = (0,) * len(head)
    return Sheet(caption, tuple(head), cells, frozenset(numbers), stay, _MOST_ROWS, folded)


def _word_times(summary: Summary) -> Iterator[Section]:
    """Yield how far times of words, or of segments, are off."""
    if timed := [line for line in summary.contenders if line.word_times]:
        sheets = (
            by_backend("Times of words", "word_times", [b for b in timed if word_times.words(b)]),
            by_backend("Times of segments", "segment_times", timed),
        )
        yield Section(
            "word-times",
            "Word times",
            word_times.heading(timed),
            sheets,
            tuple(word_times.sentences(timed)),
        )


def _noise(summary: Summary) -> Iterator[Section]:
    """Yield how clips were heard in noise and in rooms: a table a kind."""
    sheets = []
    for kind, curves in noise.by_kind(summary):
        head = noise.titles(next(iter(curves.values())))
        rows = tuple(starmap(noise.row, curves.items()))
        numbers = frozenset(head[1:])
        sheets.append(Sheet(noise.kind_name(kind), head, rows, numbers, (0,) * len(head)))
    if sheets:
        found = tuple(noise.sentences(summary.contenders))
        yield Section("noise", "Noise", noise.heading(summary), tuple(sheets), found)


def versus(found: PairVerdict) -> tuple[str, ...]:
    """Return the verdict on a pair as a row under VERSUS."""
    return found.first, wording.ratio(found.ratio), found.second, wording.outcome(found)


def by_backend(caption: str, place: Place, lines: Sequence[ContenderSummary]) -> Sheet:
    """Return a line a backend, of the columns of a place that any fills."""
    return sheet(caption, columns.at(place, lines), lines)


def sheet(caption: str, shown: Sequence[Column], lines: Sequence[ContenderSummary]) -> Sheet:
    """Return a line a backend, of these columns."""
    return Sheet(
        caption,
        tuple(column.head for column in shown),
        tuple(tuple(column.cell(line) for column in shown) for line in lines),
        frozenset(column.head for column in shown if column.unit),
        tuple(column.priority for column in shown),
    )
