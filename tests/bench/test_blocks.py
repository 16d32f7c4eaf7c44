"""Which cells run, in which order, how often, and when a run has enough."""

import itertools
import re
import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from stored_runs import failed, measured, settings

from orchestrator.bench.blocks import Ended, disturbance, run_blocks
from orchestrator.bench.events import Forecast
from orchestrator.runs.schema import Row, Settings
from orchestrator.runs.schema.plan import FULL, Cell, deciding, exactly
from orchestrator.runs.schema.rows import block_times, counted

NAMES = ["ada", "bob"]


def events(
    given: Settings, rows: list[Row], names: list[str] = NAMES, **behaviour: object
) -> tuple[list[Row], str]:
    """Run the blocks with a measurement in this process; return the new rows and why it ended."""
    made = behaviour.get("make", lambda cell, _: measured(cell.contender, cell.block))

    def measure(cells: Sequence[Cell], attempt: int, _: str) -> Iterator[Row]:
        return (made(cell, attempt) for cell in cells)  # type: ignore[operator]

    found = list(run_blocks(given, names, rows, measure))
    *fresh, last = found
    assert isinstance(last, Ended)
    return fresh, last.why  # type: ignore[return-value]


def test_every_block_holds_every_backend_once() -> None:
    """Three blocks of two are six rows, block by block."""
    rows, why = events(settings(), [])
    assert [row.block for row in rows] == [1, 1, 2, 2, 3, 3]
    assert all(
        {a.backend, b.backend} == set(NAMES) for a, b in zip(rows[::2], rows[1::2], strict=True)
    )
    assert why == "3 blocks, as planned"


def test_cells_that_have_a_row_are_left_out() -> None:
    """A run goes on where it stopped, with the rest of the stored order."""
    whole, _ = events(settings(), [])
    for cut in range(len(whole) + 1):
        rest, _ = events(settings(), list(whole[:cut]))
        keys = [(row.contender, row.block) for row in (*whole[:cut], *rest)]
        assert keys == [(row.contender, row.block) for row in whole]


def test_a_failed_backend_is_not_started_again() -> None:
    """After its failure the other one goes on alone; without any left the run ends."""

    def make(cell: Cell, _: int) -> Row:
        crash = cell.contender == "bob" and cell.block == 2
        return failed("bob", 2) if crash else measured(cell.contender, cell.block)

    rows, _ = events(settings(), [], make=make)
    assert [r.block for r in rows if r.contender == "bob"] == [1, 2]
    assert [r.block for r in rows if r.contender == "ada"] == [1, 2, 3]
    _, why = events(settings(), [], make=lambda cell, _: failed(cell.contender, cell.block))
    assert why == "no backend is left"


@pytest.mark.parametrize("change", ["power-lost", "thermal-pressure", "low-power-mode"])
def test_a_disturbed_block_is_run_again_whole(change: str) -> None:
    """Both backends run again in that block, and only the second attempt counts."""

    def make(cell: Cell, attempt: int) -> Row:
        hit = cell == Cell(block=2, contender="bob") and attempt == 1
        return measured(cell.contender, cell.block, attempt, attempt, (change,) if hit else ())

    rows, _ = events(settings(), [], make=make)
    assert [(r.block, r.attempt) for r in rows] == [
        *[(1, 1)] * 2,
        *[(2, 1)] * 2,
        *[(2, 2)] * 2,
        *[(3, 1)] * 2,
    ]
    assert {(r.contender, r.block) for r in counted(rows) if r.attempt == 2} == {
        ("ada", 2),
        ("bob", 2),
    }
    assert block_times(rows)["ada"] == {1: 1.0, 2: 2.0, 3: 1.0}


def test_slow_times_alone_never_repeat_a_block() -> None:
    """A block ten times as slow, and other programs' load, are kept as they are."""

    def make(cell: Cell, _: int) -> Row:
        slow = 10.0 if cell.block == 2 else 1.0
        return measured(cell.contender, cell.block, slow, changes=("others-busy",))

    rows, _ = events(settings(), [], make=make)
    assert len(rows) == 6


def test_a_machine_that_is_always_disturbed_is_given_up() -> None:
    """Three blocks are repeated at the most, each once."""

    def make(cell: Cell, attempt: int) -> Row:
        return measured(cell.contender, cell.block, 1.0, attempt, ("power-lost",))

    rows, _ = events(settings(exactly(6)), [], make=make)
    assert len(rows) == 6 * 2 + 3 * 2


def test_a_sleep_of_the_machine_is_no_failure_of_the_backend() -> None:
    """What was measured across it is a failed row, the block runs again, the backend stays."""

    def make(cell: Cell, attempt: int) -> Row:
        slept = cell.block == 1 and attempt == 1
        row = failed(cell.contender, 1, "slept") if slept else measured(cell.contender, cell.block)
        return row.model_copy(update={"attempt": attempt})

    rows, why = events(settings(), [], make=make)
    assert disturbance(rows[:1]) == "it crashed"
    assert len([r for r in rows if r.status == "measured"]) == 6
    assert why == "3 blocks, as planned"


def wild(cell: Cell, _: int) -> Row:
    """Measure what differs by a factor of up to five from block to block."""
    seconds = [1.0, 3.0, 2.0, 5.0, 1.5][(cell.block * 2 + (cell.contender == "bob")) % 5]
    return measured(cell.contender, cell.block, seconds)


def test_the_full_profile_stops_when_intervals_are_narrow() -> None:
    """Times that never vary are known after the fewest blocks; wild ones run to the most."""
    _, why = events(settings(FULL), [])
    assert why == "decides 7 % after 6 blocks"
    rows, why = events(settings(FULL), [], make=wild)
    assert re.fullmatch(r"20 blocks, as planned; decides \d+ %, not 7 %", why)
    assert len([row for row in rows if not isinstance(row, Forecast)]) == 40


def test_a_run_that_decides_goes_on_where_it_stopped() -> None:
    """All that was measured counts for its end, which is neither earlier nor said otherwise."""
    given = settings(replace(deciding(0.3), most=30))

    def make(cell: Cell, _: int) -> Row:
        seconds = 1 + 0.7 * (cell.contender == "bob" and cell.block in {2, 4})
        return measured(cell.contender, cell.block, seconds)

    found, why = events(given, [], make=make)
    whole = [row for row in found if not isinstance(row, Forecast)]
    assert why.startswith("decides 30 % after ")
    assert len(whole) > 13
    for cut in (1, 13, len(whole)):
        rest, again = events(given, whole[:cut], make=make)
        assert again == why
        assert len([row for row in rest if not isinstance(row, Forecast)]) == len(whole) - cut


def test_forecasts_come_with_the_first_intervals() -> None:
    """None before the sixth block, then one after each block but the last."""
    found, _ = events(settings(replace(deciding(0.05), most=9)), [], make=wild)
    blocks = [row.block for row, after in itertools.pairwise(found) if isinstance(after, Forecast)]
    assert blocks == [6, 7, 8]


def test_a_budget_starts_no_block_that_would_exceed_it() -> None:
    """A budget of nothing still has one block."""
    rows, why = events(settings(exactly(9), budget_seconds=1e-9), [])
    assert {row.block for row in rows} == {1}
    assert "budget" in why


def test_thousands_of_cells_take_flat_memory() -> None:
    """The planner keeps times, not rows: of 4,000 cells, the last cost as little as the first."""
    names = [f"backend-{i}" for i in range(10)]
    given = settings(exactly(400))
    row = measured("backend-0", 1)

    def make(cells: Sequence[Cell], _: int, __: str) -> Iterator[Row]:
        for cell in cells:
            yield row.model_copy(update={"backend": cell.contender, "block": cell.block})

    tracemalloc.start()
    peaks = []
    for number, _ in enumerate(run_blocks(given, names, [], make)):
        if number in (1_000, 4_000):
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.reset_peak()
    tracemalloc.stop()
    times_bytes = 3_000 * 200  # a float, its number and its place in a dict
    assert peaks[1] - peaks[0] < times_bytes
