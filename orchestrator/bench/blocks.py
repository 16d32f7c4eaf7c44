"""Block after block: when another is worth running, and when one has to be run again."""

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from orchestrator.analysis.scoring.ranking import widest_half_width
from orchestrator.bench import order
from orchestrator.bench.exclusions import disturber
from orchestrator.host.changes import INTERRUPTING
from orchestrator.runs.schema import Failed, Measured, Settings, Skipped, plan
from orchestrator.runs.schema.plan import Cell
from orchestrator.runs.schema.rows import block_times

Row = Measured | Failed | Skipped
Measure = Callable[[Sequence[Cell], int, str], Iterable[Row]]
"""Gives the rows of a block's cells, of a first or second attempt, and why it is the second."""
_MOST_REPEATED_BLOCKS = 3  # a machine that is disturbed more often is not fit for measuring


@dataclass(frozen=True)
class Ended:
    """The last of a run's events: why there are so many blocks."""

    why: str


@dataclass
class Progress:
    """What is known after some blocks: who has failed, everybody's times, how long blocks last."""

    failed: set[str] = field(default_factory=set)
    times: dict[str, dict[int, float]] = field(default_factory=dict)
    lasted: list[float] = field(default_factory=list)
    repeated: int = 0

    def add(self, rows: Sequence[Row]) -> None:
        """Take in the rows of whole blocks.

        A sleeping machine is no failure of a contender, nor is a preparation (block 0) that failed
        before it was repeated. What it cannot do in one block it cannot do in another.
        """
        self.failed |= {row.contender for row in rows if isinstance(row, Skipped)}
        failed = [r for r in rows if isinstance(r, Failed) and r.block and r.kind != "slept"]
        self.failed |= {row.contender for row in failed}
        for name, blocks in block_times(rows).items():
            self.times.setdefault(name, {}).update(blocks)


def run_blocks(
    settings: Settings,
    names: Sequence[str],
    rows: Sequence[Row],
    measure: Measure,
) -> Iterator[Row | Ended]:
    """Yield the row of every cell as `measure` makes those of a block, then why it ended.

    Cells that have one among `rows` already are left out, and so is a backend in the blocks after
    it failed. A block is run again, whole, when the machine's condition changed under it (power
    lost, heat, sleep, a stop), or one of its processes was busy during the turns of others: the
    record of the machine decides that, never the times.
    """
    done = {(r.contender, r.block) for r in rows if not isinstance(r, Skipped)}
    progress = Progress()
    progress.add(rows)
    drawn = order.cells(names, settings.plan.most, settings.seed)
    for block, cells in groupby(drawn, key=lambda cell: cell.block):
        started = time.monotonic()
        chosen = [c for c in cells if (c.contender, block) not in done]
        chosen = [c for c in chosen if c.contender not in progress.failed]
        fresh = (yield from _attempts(settings, chosen, measure, progress)) if chosen else []
        progress.add(fresh)
        progress.lasted += [time.monotonic() - started] if chosen else []
        if why := _enough(settings, names, block, progress):
            yield Ended(why)
            return
    most = settings.plan.most
    yield Ended(f"{most} block{'s' * (most > 1)}, as planned")


def _attempts(
    settings: Settings, cells: Sequence[Cell], measure: Measure, progress: Progress
) -> Generator[Row, None, list[Row]]:
    """Run a block's cells; all of them once more if they were disturbed, within limits."""
    first = []
    for row in measure(cells, 1, ""):
        first.append(row)
        yield row
    why = ""
    if busy := disturber(settings, first):
        why = f"{busy} kept the processor busy during others' turns"
    elif progress.repeated < _MOST_REPEATED_BLOCKS and disturbance(first):
        why = "the machine's condition changed"
        progress.repeated += 1
    again = []
    for row in measure(cells, 2, why) if why else ():
        again.append(row)
        yield row
    return first + again


def disturbance(rows: Sequence[Row]) -> str:
    """Say what happened to the machine that calls for measuring again; empty when nothing did."""
    for row in rows:
        if isinstance(row, Failed):
            if _disturbed(row):
                return row.reason
        elif isinstance(row, Skipped):
            continue
        elif change := next((c for c in row.changes if c.interrupting), None):
            return change.message
    return ""


def _disturbed(row: Failed) -> bool:
    """Tell whether a row failed for what happened to the machine, or to us."""
    return row.kind in INTERRUPTING


def _enough(settings: Settings, names: Sequence[str], block: int, progress: Progress) -> str:
    """Say why no further block is needed, or wanted; empty when one is."""
    running = [name for name in names if name not in progress.failed]
    if not running:
        return "no backend is left"
    budget, lasted = settings.budget_seconds, progress.lasted
    if budget is not None and lasted and plan.blocks_within(budget, lasted) <= len(lasted):
        return f"the budget of {budget:.0f} s allows no further block"
    if block == settings.plan.most:
        return ""
    times = {name: progress.times.get(name, {}) for name in running}
    width = None if settings.plan.narrow is None else widest_half_width(times)
    if settings.plan.wants_more(block, width):
        return ""
    shown = "" if width is None else f": the widest interval is ±{100 * width:.1f} %"
    return f"{block} blocks were enough{shown}"
