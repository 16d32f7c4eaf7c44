"""What a run measured beside speed and errors: sections that every form of a report has alike."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from orchestrator.reports import columns, noise, word_times
from orchestrator.reports.quantities import Column, Place
from orchestrator.runs.schema import ContenderSummary, Summary


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with a caption; `numbers` are the titles of columns that are compared.

    Where there is no room the column of the highest priority goes first, 0 stays.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[str]
    priorities: tuple[int, ...]

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
    if timed := [line for line in summary.contenders if line.word_times]:
        sheets = (
            by_backend("Times of words", "word_times", [b for b in timed if word_times.words(b)]),
            by_backend("Times of segments", "segment_times", timed),
        )
        yield Section(
            "word-times",
            "Word times",
            word_times.heading(timed),
            tuple(sheet for sheet in sheets if sheet.rows),
            tuple(word_times.sentences(timed)),
        )
    yield from _noise(summary)


def _noise(summary: Summary) -> Iterator[Section]:
    """Yield how clips were heard in noise and in rooms: a table a kind."""
    if not (lines := [line for line in summary.contenders if line.noise]):
        return
    sheets = []
    for number, first in enumerate(lines[0].noise):
        head = noise.titles(first)
        rows = tuple(noise.row(line.contender, line.noise[number]) for line in lines)
        numbers = frozenset(head[1:])
        sheets.append(Sheet(noise.kind_name(first.kind), head, rows, numbers, (0,) * len(head)))
    found = tuple(noise.sentences(lines))
    yield Section("noise", "Noise", noise.heading(summary), tuple(sheets), found)


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
