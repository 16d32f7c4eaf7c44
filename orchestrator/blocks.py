"""Block after block: when another is worth running, and when one has to be run again."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from orchestrator import plan
from orchestrator.cell import Bench, run_cell
from orchestrator.prepare import Contender
from orchestrator.results import Failed, Measured, Skipped
from orchestrator.results.reduce import block_times
from orchestrator.scoring.headline import widest_half_width

_MOST_REPEATED_BLOCKS = 3  # a machine that is disturbed more often is not fit for measuring


@dataclass(frozen=True)
class Ended:
    """The last of a run's events: why there are so many blocks."""

    why: str


def run_blocks(
    bench: Bench,
    contenders: Sequence[Contender],
    rows: Sequence[Measured | Failed | Skipped],
    *,
    fail_fast: bool,
) -> Iterator[Measured | Failed | Ended]:
    """Yield the rows of every block, then why it ended; the caller adds each row to `rows`.

    Cells that have a row already are left out, and so is a backend once it has failed. A block is
    run again, whole, when the machine's condition changed under it (power lost, heat, sleep): that
    is decided from the record of the machine, never from the times.
    """
    by_name = {c.name: c for c in contenders}
    done = {(r.backend, r.block) for r in rows if not isinstance(r, Skipped)}
    settings = bench.settings
    order = plan.cells(list(by_name), settings.plan.most, settings.seed)
    lasted: list[float] = []
    repeatable = _MOST_REPEATED_BLOCKS
    for block, cells in groupby(order, key=lambda cell: cell.block):
        started = time.monotonic()
        chosen = [cell for cell in cells if (cell.backend, block) not in done]
        for attempt in (1, 2):
            fresh: list[Measured | Failed] = []
            for cell in chosen:
                if cell.backend in _failed(rows, before=block):
                    continue
                fresh.append(run_cell(bench, cell, by_name[cell.backend], attempt))
                yield fresh[-1]
                if fail_fast and isinstance(fresh[-1], Failed):
                    yield Ended("a backend failed (--fail-fast)")
                    return
            if attempt > 1 or repeatable == 0 or not _disturbed(fresh):
                break
            repeatable -= 1
            bench.watcher.notice(f"block {block}: {_disturbed(fresh)}; it is run again")
        lasted += [time.monotonic() - started] if chosen else []
        if why := _enough(bench, contenders, rows, block, lasted):
            yield Ended(why)
            return
    yield Ended(f"{settings.plan.most} blocks, as planned")


def _enough(
    bench: Bench,
    contenders: Sequence[Contender],
    rows: Sequence[Measured | Failed | Skipped],
    block: int,
    lasted: Sequence[float],
) -> str:
    """Say why no further block is needed, or wanted; empty when one is."""
    settings = bench.settings
    failed = _failed(rows, before=block + 1)
    running = [c.name for c in contenders if c.name not in failed]
    if not running:
        return "no backend is left"
    budget = settings.budget_seconds
    if budget is not None and lasted and plan.blocks_within(budget, lasted) <= len(lasted):
        return f"the budget of {budget:.0f} s allows no further block"
    times = {n: b for n, b in block_times(rows).items() if n in running}
    width = widest_half_width(times)
    if block < settings.plan.most and not settings.plan.wants_more(block, width):
        shown = "" if width is None else f": the widest interval is ±{100 * width:.1f} %"
        return f"{block} blocks were enough{shown}"
    return ""


def _failed(rows: Sequence[Measured | Failed | Skipped], before: int) -> set[str]:
    """Return who failed in an earlier block, for other reasons than a sleeping machine."""
    failed = (r for r in rows if isinstance(r, Failed) and r.kind != "slept")
    return {r.backend for r in failed if r.block < before}


def _disturbed(rows: Sequence[Measured | Failed]) -> str:
    """Say what happened to the machine that calls for measuring again; empty when nothing did."""
    for row in rows:
        if isinstance(row, Failed):
            if row.kind == "slept":
                return row.reason
            continue
        if change := next((c for c in row.changes if c.interrupting), None):
            return change.message
    return ""
