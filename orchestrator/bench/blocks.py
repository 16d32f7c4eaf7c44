"""Block after block: when another is worth running, and when one has to be run again."""

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from orchestrator.bench import order
from orchestrator.bench.events import Forecast
from orchestrator.bench.exclusions import disturber
from orchestrator.bench.stopping import Outlook, Progress
from orchestrator.host.changes import INTERRUPTING
from orchestrator.runs.schema import Failed, Row, Settings, Skipped
from orchestrator.runs.schema.plan import Cell

Measure = Callable[[Sequence[Cell], int, str], Iterable[Row]]
"""Gives the rows of a block's cells, of a first or second attempt, and why it is the second."""
_MOST_REPEATED_BLOCKS = 3  # a machine that is disturbed more often is not fit for measuring


@dataclass(frozen=True)
class Ended:
    """The last of a run's events: why there are so many blocks."""

    why: str


def run_blocks(
    settings: Settings,
    names: Sequence[str],
    rows: Sequence[Row],
    measure: Measure,
) -> Iterator[Row | Forecast | Ended]:
    """Yield the row of every cell as `measure` makes those of a block, then why it ended.

    After a block of a run that ends by the width of intervals there is a forecast.

    Cells that have one among `rows` already are left out, and so is a backend in the blocks after
    it failed. A block is run again, whole, when the machine's condition changed under it (power
    lost, heat, sleep, a stop), or one of its processes was busy during the turns of others: the
    record of the machine decides that, never the times.
    """
    done = {(r.contender, r.block) for r in rows if not isinstance(r, Skipped)}
    progress = Progress()
    progress.add(rows)
    known = max((block for _, block in done), default=0)
    drawn = order.cells(names, settings.plan.most, settings.seed)
    for block, cells in groupby(drawn, key=lambda cell: cell.block):
        started = time.monotonic()
        chosen = [c for c in cells if (c.contender, block) not in done]
        chosen = [c for c in chosen if c.contender not in progress.failed]
        fresh = (yield from _attempts(settings, chosen, measure, progress)) if chosen else []
        progress.add(fresh)
        progress.lasted += [time.monotonic() - started] if chosen else []
        if block < known:
            continue
        outlook = Outlook.of(settings, names, block, progress)
        if why := outlook.end():
            yield Ended(why)
            return
        if chosen and (forecast := outlook.forecast()):
            yield forecast


def _attempts(
    settings: Settings, cells: Sequence[Cell], measure: Measure, progress: Progress
) -> Generator[Row, None, list[Row]]:
    """Run a block's cells; all of them once more if they were disturbed, within limits."""
    first = yield from _passed_on(measure(cells, 1, ""))
    why = ""
    if busy := disturber(settings, first):
        why = f"{busy} kept the processor busy during others' turns"
    elif progress.repeated < _MOST_REPEATED_BLOCKS and disturbance(first):
        why = "the machine's condition changed"
        progress.repeated += 1
    again = (yield from _passed_on(measure(cells, 2, why))) if why else []
    return first + again


def _passed_on(rows: Iterable[Row]) -> Generator[Row, None, list[Row]]:
    """Yield each row as it comes; return all of them."""
    passed = []
    for row in rows:
        passed.append(row)
        yield row
    return passed


def disturbance(rows: Sequence[Row]) -> str:
    """Say what happened to the machine that calls for measuring again; empty when nothing did."""
    for row in rows:
        if isinstance(row, Failed):
            if row.kind in INTERRUPTING:
                return row.reason
        elif isinstance(row, Skipped):
            continue
        elif change := next((c for c in row.changes if c.interrupting), None):
            return change.message
    return ""
