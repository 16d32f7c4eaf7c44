"""The smallest difference that is decided: by widths alone, the same for rule and certificate."""

import math
import statistics
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.analysis.scoring import decidable as found
from orchestrator.analysis.scoring import precision
from orchestrator.analysis.scoring.pairs import compare
from orchestrator.runs.schema import Estimate

RATIOS = st.lists(st.floats(0.5, 2), min_size=6, max_size=20)
SQUARE = [1.0, 1.1, 1.1, 1.1, 1.1, 1.21]  # known within 10 % either way
REACH = 1.3  # half widths: the interval, and what a measured ratio is off by


def pair_of(ratios: Sequence[float]) -> dict[str, dict[int, float]]:
    """Return the times of A, which is so many times as fast as B in each block."""
    return {"A": dict.fromkeys(range(len(ratios)), 1.0), "B": dict(enumerate(ratios))}


def test_the_widest_of_neighbours_counts() -> None:
    """A to B is sure within 1 %, B to C only within 8.9 %; A to C is wider, but no neighbour."""
    times = {**pair_of([1.5] * 6), "C": {b: 3 * ratio for b, ratio in enumerate(SQUARE)}}
    times["B"][0] = 1.5 * 0.99**2
    half = math.log(1.1 * 0.99)
    expected = 1.03 * math.exp(REACH * half) - 1
    assert found.decidable(times, 0.03) == pytest.approx(expected, rel=1e-4)


def test_where_no_interval_exists_nothing_is_decided() -> None:
    """Five blocks, a contender without any, nothing at all: None; a single one goes by its own."""
    assert found.decidable(pair_of([1.5] * 5), 0.03) is None
    assert found.decidable({**pair_of([1.5] * 6), "C": {}}, 0.03) is None
    assert found.decidable({}, 0.03) is None
    assert found.decidable({"A": {}}, 0.03) is None
    alone = found.decidable({"A": dict(enumerate(SQUARE))}, 0.03)
    assert alone == pytest.approx(1.03 * 1.1**REACH - 1, rel=1e-4)


@given(RATIOS, st.floats(0.1, 10))
def test_it_does_not_look_at_who_wins(ratios: list[float], factor: float) -> None:
    """However much slower B is made, what may end the run stays the same."""
    before = found.decidable(pair_of(ratios), 0.03)
    after = found.decidable(pair_of([ratio * factor for ratio in ratios]), 0.03)
    assert after == pytest.approx(before)


@given(RATIOS, st.floats(0.01, 0.2))
def test_a_pair_as_far_apart_as_is_decided_is_decided(ratios: list[float], region: float) -> None:
    """Whatever the noise: a symmetric pair leaves the region by the smallest decidable one."""
    logs = [math.log(ratio) for ratio in ratios]
    centred = [*logs, *(-log for log in logs)]
    smallest = found.decidable(pair_of([math.exp(log) for log in centred]), region)
    assert smallest is not None
    assert smallest >= region
    moved = pair_of([(1 + smallest) * math.exp(log) * 1.0001 for log in centred])
    assert compare(moved, "A", "B", region=region).outcome == "faster"


def test_the_certificate_adds_up_as_the_rule_does() -> None:
    """Of one contender against itself: the region, and the farthest limit of any pair."""
    times = pair_of(SQUARE)
    certificate = found.noise(times, 0.03)
    assert certificate is not None
    assert certificate.resolves == pytest.approx(precision.smallest(0.03, math.log(1.21)))
    assert found.noise({"A": {1: 1.0}}, 0.03) is None


def test_a_spread_is_that_of_normal_noise_and_spikes_leave_it_alone() -> None:
    """Six blocks on average, and twenty with three that took half as long again."""
    draw = np.random.default_rng(1)
    six = [found.spread(draw.normal(size=6)) for _ in range(2_000)]
    assert statistics.fmean(six) == pytest.approx(1, abs=0.05)
    twenty = [found.spread([*draw.normal(size=17), 10, 11, 12]) for _ in range(500)]
    assert statistics.fmean(twenty) < 1.5


def test_blocks_for_a_difference_shrink_the_interval_by_the_square_root() -> None:
    """Half the margin takes about four times the blocks; None where it is out of reach."""
    wide, narrow = (1.03 * math.exp(margin) - 1 for margin in (0.02, 0.01))
    few = precision.blocks_for(wide, 0.03, 0.04, 6, 1_000)
    many = precision.blocks_for(narrow, 0.03, 0.04, 6, 1_000)
    assert few is not None
    assert many is not None
    assert many / few == pytest.approx(4, rel=0.25)
    assert precision.blocks_for(narrow, 0.03, 0.04, 6, few) is None
    assert precision.blocks_for(wide, 0.03, 0.0, 7, 20) == 7


def test_a_stored_interval_gives_its_spread_back() -> None:
    """What was said of ten blocks is what ten blocks of such noise are expected to say."""
    draw = np.random.default_rng(2)
    ratios = [
        compare(pair_of(np.exp(draw.normal(0, 0.03, 10))), "A", "B").ratio for _ in range(500)
    ]
    known = [precision.deviation_of(ratio) for ratio in ratios if ratio]
    assert statistics.fmean(d for d in known if d) == pytest.approx(0.03, rel=0.1)
    assert precision.deviation_of(Estimate(median=1.0, low=None, high=None, n=3)) is None
