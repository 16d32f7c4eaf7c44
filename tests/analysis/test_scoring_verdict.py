"""Verdicts: each outcome at its edge, the headline, worked by hand."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.analysis.scoring.pairs import compare, compare_all, log_ratio
from orchestrator.analysis.scoring.ranking import headline, ranking
from orchestrator.runs.schema.rows import BlockSeconds

RATIOS = st.lists(st.floats(0.5, 2), min_size=6, max_size=20)
SWAPPED = {"faster": "slower", "slower": "faster", "tie": "tie", "undecided": "undecided"}


def pair_of(ratios: Sequence[float]) -> dict[str, dict[int, float]]:
    """Return the times of A, which is so many times as fast as B in each block."""
    return {"A": dict.fromkeys(range(len(ratios)), 1.0), "B": dict(enumerate(ratios))}


@pytest.mark.parametrize(
    ("second", "ninth", "outcome"),
    [
        (1.031, 1.2, "faster"),
        (1.029, 1.2, "undecided"),
        (0.8, 0.9707, "slower"),
        (0.8, 0.972, "undecided"),
        (0.972, 1.029, "tie"),
        (0.970, 1.029, "undecided"),
        (0.972, 1.031, "undecided"),
    ],
)
def test_the_interval_decides(second: float, ninth: float, outcome: str) -> None:
    """Of ten ratios the second smallest and the second largest are the limits; the ends count not.

    The region is from 1/1.03 = 0.9709 to 1.03.
    """
    between = [second + (ninth - second) * i / 7 for i in range(8)]
    found = compare(pair_of([0.1, *between, 9.0]), "A", "B")
    assert found.outcome == outcome
    assert found.reason is None
    assert found.ratio
    assert (found.ratio.low, found.ratio.high) == pytest.approx((second, ninth))
    assert found.ratio.median == pytest.approx(math.sqrt(between[3] * between[4]))


def test_the_region_can_be_set() -> None:
    """What is 4 % faster is faster by 3 %, and a tie where 5 % does not matter."""
    times = pair_of([1.04] * 6)
    assert compare(times, "A", "B").outcome == "faster"
    assert compare(times, "A", "B", region=0.05).outcome == "tie"


@given(RATIOS)
def test_swapping_swaps_the_verdict(ratios: list[float]) -> None:
    """What A is to B, B is the other way round to A, at every edge."""
    times = pair_of(ratios)
    one, other = compare(times, "A", "B"), compare(times, "B", "A")
    assert one.outcome
    assert other.outcome == SWAPPED[one.outcome]
    assert one.ratio
    assert other.ratio
    assert one.ratio.median * other.ratio.median == pytest.approx(1)


def test_only_common_blocks_count() -> None:
    """B failed in block 7 and A in block 0: six pairs are left, each its own block's."""
    times = {
        "A": {b: 1.0 + b for b in range(1, 8)},
        "B": {b: 1.5 * (1.0 + b) for b in range(7)},
    }
    found = compare(times, "A", "B")
    assert found.ratio
    assert (found.ratio.n, found.outcome) == (6, "faster")
    assert (found.ratio.low, found.ratio.high) == pytest.approx((1.5, 1.5))


def test_without_enough_blocks_there_is_no_verdict() -> None:
    """Three blocks, or none in common, give the reason and what to do, however clear they look."""
    few = compare(pair_of([3, 3, 3]), "A", "B")
    assert few.outcome is None
    assert few.ratio
    assert few.ratio.median == pytest.approx(3)
    assert few.ratio.low is None
    assert few.reason == "too few blocks for a verdict: 3, and it takes 6 (--blocks 6)"
    apart = compare({"A": {1: 1.0}, "B": {2: 1.0}}, "A", "B")
    assert (apart.ratio, apart.outcome) == (None, None)
    assert apart.reason == "there is no block in which both were measured"


def test_ratios_of_turns_are_taken_within_rounds() -> None:
    """The median of the rounds that both were in; against who ran alone, the seconds decide."""
    ada = BlockSeconds(3.0, (1.0, 3.0, 4.0))
    bob = BlockSeconds(6.0, (4.0, 6.0, 2.0))
    slow = BlockSeconds(9.0, (5.0,))
    assert log_ratio(ada, bob) == pytest.approx(math.log(2))  # of 4, 2 and 1/2
    assert log_ratio(bob, ada) == -log_ratio(ada, bob)
    assert log_ratio(ada, slow) == pytest.approx(math.log(5))
    assert log_ratio(ada, 12.0) == pytest.approx(math.log(4))
    found = compare({"A": {1: ada}, "B": {1: bob}}, "A", "B").ratio
    assert found
    assert found.median == pytest.approx(2)


def test_every_pair_is_judged_once() -> None:
    """Three backends are three pairs."""
    times = {**pair_of([1.5] * 6), "C": dict.fromkeys(range(6), 3.0)}
    found = compare_all(times)
    assert [(p.first, p.second, p.outcome) for p in found] == [
        ("A", "B", "faster"),
        ("A", "C", "faster"),
        ("B", "C", "faster"),
    ]


def _field(blocks: int, nearest: Sequence[float]) -> dict[str, dict[int, float]]:
    """Return nine backends: A, B slower by the ratios given, and seven at half A's speed."""
    slow = {name: dict.fromkeys(range(blocks), 2.0) for name in "CDEFGHI"}
    return {**slow, **pair_of(nearest[:blocks])}


def test_the_fastest_is_claimed_with_all_comparisons_at_once() -> None:
    """Nine blocks of nine backends make the claim, with the whole range of ratios; eight do not."""
    nearest = [1.33, 1.38, 1.32, 1.35, 1.31, 1.36, 1.34, 1.37, 1.33]
    nine, eight = headline(_field(9, nearest)), headline(_field(8, nearest))
    assert nine
    assert eight
    assert nine.claimed
    assert nine.sentence == "fastest here: A (1.31 to 1.38 times B)"
    assert not eight.claimed
    assert eight.sentence == (
        "fastest here: no claim; too few blocks for a verdict: 8, and it takes 9 (--blocks 9)"
    )


def test_a_leader_is_not_called_fastest_while_anybody_is_level() -> None:
    """One tie and one undecided pair are named; the six left behind are not."""
    times = _field(9, [1.01] * 9)
    times["C"] = dict(enumerate([1.02] * 5 + [1.20] * 4))
    found = headline(times)
    assert found
    assert not found.claimed
    shown = "B (tie), C (undecided)"
    assert found.sentence == f"fastest here: A, but not shown faster than {shown}"


def test_one_backend_has_no_rival() -> None:
    """Alone, it is not called the fastest."""
    assert headline({"A": dict.fromkeys(range(9), 1.0)}) is None


def test_simultaneous_intervals_are_wider() -> None:
    """A pair that alone is decided at 95 % is not where eight comparisons must hold at once."""
    times = _field(10, [1.02, *[1.10] * 8, 1.2])
    assert compare(times, "A", "B").outcome == "faster"
    found = headline(times)
    assert found
    assert [pair.outcome for pair in found.pairs[:2]] == ["undecided", "faster"]


def test_ranking_goes_by_common_blocks() -> None:
    """B, 10 % slower, ended while the machine was cool: its median is lower, its rank is not."""
    times = {
        "B": dict.fromkeys(range(3), 1.1),
        "A": {block: 1.0 if block < 3 else 1.5 for block in range(10)},
        "never": {},
    }
    assert ranking(times) == ["A", "B", "never"]


def test_an_undecided_pair_has_the_run_that_decides_it() -> None:
    """As far from the region's edge as it was measured, so far a run has to decide."""
    logs = [-0.05, -0.04, -0.02, -0.01, 0, 0, 0.01, 0.02, 0.04, 0.05]
    apart = {"equal": (1.0, 0.060), "nearly": (1.01, 0.050), "beyond": (1.05, 0.05)}
    blocks = {}
    for name, (ratio, difference) in apart.items():
        found = compare(pair_of([ratio * math.exp(log) for log in logs]), "A", "B")
        assert found.outcome == "undecided"
        assert found.to_decide is not None
        assert found.to_decide.difference == pytest.approx(difference, abs=0.001)
        blocks[name] = found.to_decide.blocks
    assert 6 <= blocks["equal"] < blocks["nearly"] <= blocks["beyond"]


def test_such_a_run_may_not_be_needed_or_not_be_known() -> None:
    """A decided pair needs none; one on the edge, or with too few blocks, has no estimate."""
    assert compare(pair_of([1.5] * 6), "A", "B").to_decide is None
    assert compare(pair_of([1.0, 1.02, 1.0299, 1.0301, 1.04, 1.06]), "A", "B").to_decide is None
    assert compare(pair_of([1.5] * 5), "A", "B").to_decide is None
    assert compare({"A": {1: 1.0}, "B": {}}, "A", "B").to_decide is None
