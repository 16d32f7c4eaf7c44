"""The plan: random blocks from a seed, profiles, budget; and that 100,000 cells cost no memory."""

import time
import tracemalloc
from collections import Counter
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from stored_runs import settings

from orchestrator.analysis.scoring.intervals import blocks_for
from orchestrator.bench import order
from orchestrator.runs.schema import plan

NAMES = st.lists(st.text("abcdefgh-", min_size=1), min_size=1, max_size=12, unique=True)
SEEDS = st.integers(0, 2**63)
NINE = tuple("ABCDEFGHI")


@given(NAMES, st.integers(0, 8), SEEDS)
def test_every_block_has_every_backend_once(names: list[str], blocks: int, seed: int) -> None:
    """Blocks come in order, numbered from 1, each a permutation; every key is another."""
    drawn = list(order.cells(names, blocks, seed))
    k = len(names)
    for block in range(blocks):
        part = drawn[block * k : (block + 1) * k]
        assert {cell.block for cell in part} == {block + 1}
        assert sorted(cell.contender for cell in part) == sorted(names)
    assert len(drawn) == blocks * k == len({cell.key for cell in drawn})


@given(NAMES, st.integers(0, 8), st.integers(0, 8), SEEDS)
def test_more_blocks_change_no_earlier_one(
    names: list[str], blocks: int, more: int, seed: int
) -> None:
    """The same seed gives the same order, and a longer plan begins with the shorter one."""
    shorter = list(order.cells(names, blocks, seed))
    longer = order.cells(names, blocks + more, seed)
    assert list(islice(longer, len(shorter))) == shorter


def test_an_order_drawn_today_is_drawn_again_tomorrow() -> None:
    """A stored seed means this very order: a change of it would break every stored run."""
    drawn = [cell.key for cell in order.cells(("A", "B", "C"), 3, seed=7)]
    assert " ".join(drawn) == "001-A 001-C 001-B 002-B 002-C 002-A 003-A 003-B 003-C"


def test_every_backend_has_every_place_equally_often() -> None:
    """Over 2,000 blocks each of nine stands about as often in each place; sorted ones would not."""
    places = Counter(
        (cell.contender, i % len(NINE)) for i, cell in enumerate(order.cells(NINE, 2_000, seed=3))
    )
    counts = [places[name, place] for name in NINE for place in range(len(NINE))]
    assert stats.chisquare(counts).pvalue > 1e-4


@pytest.mark.slow
def test_thirty_thousand_cells_need_no_memory_and_keep_their_rate() -> None:
    """The peak of 30,000 cells is that of 1,000, and the last tenth is as quick as the first."""
    list(order.cells(NINE, 10, seed=1))  # numpy is loaded

    def peak(blocks: int) -> int:
        tracemalloc.start()
        for _ in order.cells(NINE, blocks, seed=1):
            pass
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    def tenths() -> list[float]:
        drawn = order.cells(NINE, 3_334, seed=1)
        seconds = []
        for _ in range(10):
            started = time.process_time()
            assert sum(1 for _ in islice(drawn, 3_000)) == 3_000
            seconds.append(time.process_time() - started)
        return seconds

    assert peak(3_334) < 2 * peak(112)
    # The best of three: a busy machine makes single tenths slow, a slowing planner all last ones.
    first, *_, last = (min(tenth) for tenth in zip(tenths(), tenths(), tenths(), strict=True))
    assert last < 3 * first


@pytest.mark.parametrize(
    ("done", "decidable", "more"),
    [
        (0, None, True),
        (5, 0.001, True),
        (6, 0.07, False),
        (6, 0.071, True),
        (6, None, True),
        (19, 0.2, True),
        (20, 0.2, False),
        (25, None, False),
    ],
)
def test_the_full_profile_stops_when_sure_enough(
    done: int,
    decidable: float | None,
    more: bool,  # noqa: FBT001 - a case's answer
) -> None:
    """At least six blocks, at most twenty, and in between until 7 % is decided."""
    assert plan.FULL.wants_more(done, decidable) is more


def test_quick_and_counted_profiles_have_a_fixed_length() -> None:
    """Three blocks, or as many as asked, whatever the intervals; only six and more can rank."""
    for profile, blocks in ((plan.QUICK, 3), (plan.exactly(7), 7), (plan.exactly(1), 1)):
        assert plan.among(profile, 9) == profile
        wants = [profile.wants_more(done, 0.0) for done in range(blocks + 2)]
        assert wants == [True] * blocks + [False] * 2
        assert profile.ranks is (blocks >= 6)
    assert plan.FULL.ranks


@pytest.mark.parametrize("backends", range(2, 40))
def test_a_run_that_ranks_goes_on_until_a_headline_is_possible(backends: int) -> None:
    """Its least is what scipy's intervals take for all comparisons at once: 9 of nine backends."""
    for asked in (plan.FULL, plan.deciding(0.05)):
        profile = plan.among(asked, backends)
        assert profile.least == blocks_for(1 - 0.05 / (backends - 1))
        assert profile.least <= profile.blocks <= profile.most


def test_one_backend_runs_as_many_blocks_as_two() -> None:
    """Alone it has an interval too, from six blocks on."""
    assert plan.among(plan.FULL, 1).least == 6
    assert plan.among(plan.FULL, 9).least == 9


def test_a_run_that_decides_is_bounded_by_time() -> None:
    """A thousand blocks, or as many as 10,000 cells make: the manifest has a line for each."""
    assert plan.among(plan.deciding(0.05), 2).most == 1_000
    assert plan.among(plan.deciding(0.05), 100).most == 100
    assert plan.deciding(0.05).bounded_by_time
    assert not plan.FULL.bounded_by_time


@pytest.mark.parametrize(("narrow", "decides"), [(0.03, 0.07), (None, None)])
def test_a_stored_plan_that_ended_by_width_is_read(
    narrow: float | None, decides: float | None
) -> None:
    """Runs from before `--decide` said how narrow intervals end them."""
    stored = {"name": "full", "blocks": 10, "least": 6, "most": 20, "narrow": narrow}
    read = settings().model_validate({**settings().model_dump(), "plan": stored})
    assert read.plan.decides == decides


def test_another_region_keeps_the_width_that_ends_a_run() -> None:
    """As far beyond 10 % as beyond 3 %; a difference that was asked for stays."""
    assert plan.beyond(plan.FULL, 0.03) == plan.FULL
    assert plan.beyond(plan.FULL, 0.10).decides == 0.14
    assert plan.beyond(plan.QUICK, 0.10) == plan.QUICK


@pytest.mark.parametrize(
    ("budget", "done", "blocks"),
    [
        (100, [], 1),
        (100, [30], 3),
        (90, [30], 3),
        (100, [10, 20, 30], 5),
        (10, [30], 1),
        (0, [30, 30], 2),
        (100, [60, 20, 20], 3),
    ],
)
def test_a_budget_is_filled_and_not_overrun(budget: float, done: list[float], blocks: int) -> None:
    """What is left is divided by the median block so far; what was done stays done."""
    assert plan.blocks_within(budget, done) == blocks


@given(st.floats(0, 1e6), st.lists(st.floats(0.01, 1e4), min_size=1, max_size=20))
def test_a_budget_holds_whatever_was_measured(budget: float, done: list[float]) -> None:
    """Blocks to come fit into what is left, and one more would not."""
    more = plan.blocks_within(budget, done) - len(done)
    typical = sorted(done)[len(done) // 2] if len(done) % 2 else None
    assert more >= 0
    if typical is not None and sum(done) <= budget:
        assert more * typical <= (budget - sum(done)) * (1 + 1e-9)
        assert (more + 1) * typical >= (budget - sum(done)) * (1 - 1e-9)
