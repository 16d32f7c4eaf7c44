"""The numbers behind the charts, and what no chart can say, as tables."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from orchestrator import units
from orchestrator.reports import columns
from orchestrator.reports.html.chart_data import STEPS
from orchestrator.runs.schema import BackendSummary, Summary

Cells = tuple[str, ...]


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


_Column = Callable[[BackendSummary], str]


def _whole(value: float | None) -> str:
    return units.NONE if value is None else f"{value:,.0f}"


_RESULTS: dict[str, _Column] = {
    "model": columns.model,
    "runs as": columns.runs_as,
    "seconds": lambda b: columns.interval(b.seconds),
    "RTFx": lambda b: units.factor(b.rtfx),
    "WER": lambda b: units.percent(b.wer),
    "memory": lambda b: units.size(b.peak_memory_bytes),
    "load, s": lambda b: units.seconds(b.load_seconds),
    "CPU, s": lambda b: units.seconds(b.cpu_seconds),
    "p90 of clips, s": lambda b: units.seconds(b.p90_seconds),
    "first segment, s": lambda b: units.seconds(b.first_segment_seconds),
    "joules an hour of audio": lambda b: _whole(b.joules_an_audio_hour),
}
_COLD: dict[str, _Column] = {
    "environment, once": lambda b: units.seconds(b.environment_seconds),
    "weights, once": lambda b: units.seconds(b.weights_seconds),
    "compile, once": lambda b: units.seconds(b.compile_seconds),
    **{
        step: lambda b, cell=cell: units.seconds(cell(b))  # type: ignore[misc]
        for step, cell in STEPS.items()
    },
    "all clips, warm": lambda b: units.seconds(b.seconds.median if b.seconds else None),
}
_COSTS: dict[str, _Column] = {
    "a clip, whatever its length, s": lambda b: columns.interval(
        b.costs.fixed if b.costs else None
    ),
    "each minute of audio, s": lambda b: columns.interval(b.costs.a_minute if b.costs else None),
}


def results(summary: Summary) -> Table | None:
    """Return the line of every backend that has times, without columns that nobody fills."""
    return _by_backend("Results", _RESULTS, _timed(summary), texts=3)


def cold(summary: Summary) -> Table | None:
    """Return the steps of a cold start, in seconds."""
    return _by_backend("Cold start, seconds", _COLD, _timed(summary))


def costs(summary: Summary) -> Table | None:
    """Return what a clip costs and what a minute adds, with intervals."""
    return _by_backend("Cost by length", _COSTS, [b for b in _timed(summary) if b.costs])


def parity(summary: Summary) -> tuple[Table | None, set[str]]:
    """Return what each backend resolved, side by side, and the settings that differ."""
    lines = [b for b in summary.backends if b.resolved]
    rows: list[Cells] = []
    differ = set()
    for key in dict.fromkeys(key for b in lines for key in b.resolved):
        cells = tuple("" if (v := b.resolved.get(key)) is None else str(v) for b in lines)
        rows.append((key, *(cell or units.NONE for cell in cells)))
        if len({cell for cell in cells if cell}) > 1:
            differ.add(key)
    head = ("setting", *(Name(b.backend) for b in lines))
    return table("Settings, as each backend resolved them", head, rows, texts=len(head)), differ


def _by_backend(
    caption: str, columns: dict[str, _Column], lines: Sequence[BackendSummary], texts: int = 1
) -> Table | None:
    cells = {head: [cell(b) for b in lines] for head, cell in columns.items()}
    cells = {head: own for head, own in cells.items() if set(own) - {units.NONE}}
    names = [Name(b.backend) for b in lines]
    rows = list(zip(names, *cells.values(), strict=True))
    return table(caption, ("backend", *cells), rows, texts)


def table(caption: str, head: Cells, rows: Iterable[Cells], texts: int = 1) -> Table | None:
    """Return a table of rows; None where there is none."""
    kept = tuple(rows)
    return Table(caption, head, kept, texts) if kept else None


def _timed(summary: Summary) -> list[BackendSummary]:
    return [b for b in summary.backends if b.seconds is not None]
