"""Estimators of times: golden values worked by hand, and scipy's own answers for any values."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from orchestrator.analysis.scoring.intervals import blocks_for, median_interval, p90
from orchestrator.analysis.scoring.timing import Times, costs, drift, outliers, rtfx
from orchestrator.runs.schema import Estimate

SECONDS = st.floats(1e-3, 1e3)


@pytest.mark.parametrize(
    ("n", "low", "high"),
    [(1, None, None), (5, None, None), (6, 1, 6), (8, 1, 8), (9, 2, 8), (10, 2, 9), (20, 6, 15)],
)
def test_a_median_lies_between_known_ranks(n: int, low: float | None, high: float | None) -> None:
    """Of the numbers 1 to n the limits are their own ranks, as in Conover's table."""
    values = list(range(n, 0, -1))
    assert median_interval(values) == Estimate(median=(n + 1) / 2, low=low, high=high, n=n)


def _holds(n: int, low: int, high: int) -> Fraction:
    """Return the chance that the median lies between two ranks of n values, by counting coins."""
    return Fraction(sum(math.comb(n, heads) for heads in range(low, high)), 2**n)


@pytest.mark.parametrize("n", range(6, 41))
def test_a_median_s_interval_is_sure_enough_and_no_wider(n: int) -> None:
    """The ranks hold the median in 95 % of all cases; those one step inside would not."""
    interval = median_interval(list(range(1, n + 1)))
    assert interval.low
    assert interval.high
    low, high = int(interval.low), int(interval.high)
    assert low == n + 1 - high
    assert _holds(n, low, high) >= Fraction(95, 100)
    assert _holds(n, low + 1, high - 1) < Fraction(95, 100)


@pytest.mark.slow
@given(st.lists(SECONDS, min_size=1, max_size=30), st.sampled_from([0.9, 0.95, 0.99]))
def test_limits_are_scipy_s_own(values: list[float], confidence: float) -> None:
    """Ranks looked up once give what quantile_test says about the values themselves."""
    found = median_interval(values, confidence)
    limits = stats.quantile_test(values, p=0.5).confidence_interval(confidence)
    expected = [None if math.isnan(limit) else float(limit) for limit in limits]
    assert [found.low, found.high] == expected
    assert found.median == np.median(values)


def test_surer_intervals_take_more_values() -> None:
    """Six blocks at 95 %; nine where eight comparisons must hold at once."""
    assert blocks_for(0.95) == 6
    assert blocks_for(1 - 0.05 / 8) == 9


def test_half_a_width_is_a_share() -> None:
    """From 1 to 1.21 is 10 % either way; where there is no interval there is no width."""
    assert Estimate(median=1.1, low=1.0, high=1.21, n=6).half_width == pytest.approx(0.1)
    assert Estimate(median=1.1, low=None, high=None, n=3).half_width is None
    assert Estimate(median=0.1, low=-0.1, high=0.3, n=6).half_width is None


def test_nothing_has_no_median() -> None:
    """No values are an error, not 0."""
    with pytest.raises(ValueError, match="no median"):
        median_interval([])


def test_a_p90_needs_clips() -> None:
    """None under ten clips; of 0 to 9 it is Hyndman and Fan's eighth: 0.9 of 10 1/3, less 2/3."""
    assert p90(range(9)) is None
    assert p90(range(9, -1, -1)) == pytest.approx(0.9 * (10 + 1 / 3) - 2 / 3)


def test_speed_is_all_audio_by_all_time() -> None:
    """A minute in 2, 3 and 4 seconds is 30, 20 and 15 times as fast as it was spoken."""
    assert rtfx([(60, 4), (60, 2), (60, 3)]) == Estimate(median=20, low=None, high=None, n=3)


def test_fixed_and_marginal_cost_are_separated() -> None:
    """Blocks on the line 0.3 s + 0.05 s a second, each slower by its own factor."""
    durations = [10.0, 20.0, 60.0]
    factors = [1.00, 1.02, 1.01, 1.05, 1.03, 1.04]
    found = costs(durations, [[f * (0.3 + 0.05 * d) for d in durations] for f in factors])
    assert found
    assert found.fixed.median == pytest.approx(0.3 * 1.025)
    assert (found.fixed.low, found.fixed.high) == pytest.approx((0.3, 0.3 * 1.05))
    assert found.a_minute.median == pytest.approx(60 * 0.05 * 1.025)
    assert (found.a_minute.low, found.a_minute.high) == pytest.approx((3, 3 * 1.05))


def test_one_strange_clip_does_not_bend_the_line() -> None:
    """Of five clips one took ten times as long: the costs stay."""
    durations = [10.0, 20.0, 30.0, 40.0, 50.0]
    seconds = [1 + 0.1 * d for d in durations]
    found = costs(durations, [[*seconds[:2], 10 * seconds[2], *seconds[3:]]])
    assert found
    assert found.a_minute.median == pytest.approx(6)
    assert (found.a_minute.low, found.a_minute.n) == (None, 1)
    assert found.fixed.median == pytest.approx(1)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::RuntimeWarning:scipy")  # of its interval, not used here
@given(st.lists(st.tuples(st.sampled_from([1.5, 2.0, 20.0, 61.0]), SECONDS), min_size=3))
def test_costs_are_scipy_s_own(clips: list[tuple[float, float]]) -> None:
    """Theil's and Sen's line through any clips is the one that scipy draws."""
    durations, seconds = zip(*clips, strict=True)
    assume(len(set(durations)) > 2)
    line = stats.theilslopes(seconds, durations, method="joint")
    found = costs(durations, [seconds])
    assert (found is None) == (min(line.slope, line.intercept) < 0)
    if found:
        assert found.fixed.median == pytest.approx(line.intercept)
        assert found.a_minute.median == pytest.approx(60 * line.slope)


def test_two_lengths_are_no_line() -> None:
    """Clips of two lengths, however many, cannot show whether cost grows with length."""
    assert costs([10, 10, 20], [[1, 1, 2]]) is None
    assert costs([], []) is None


def test_a_large_corpus_is_thinned_by_length() -> None:
    """Of 5,000 clips a tenth as many decide, short ones and long ones alike."""
    durations = [float(i % 50 + 1) for i in range(5_000)]
    found = costs(durations, [[2 + 0.1 * d for d in durations]])
    assert found
    assert found.fixed.median == pytest.approx(2)
    assert found.a_minute.median == pytest.approx(6)


def _rising(blocks: int) -> Times:
    """Two backends, a slow and a fast one, each 1 % slower than itself with every block."""
    levels = {b: 1 + 0.01 * b for b in range(1, blocks + 1)}
    return {"slow": {b: 9 * f for b, f in levels.items()}, "fast": dict(levels)}


def test_a_steady_trend_is_found() -> None:
    """Five rising blocks: one of the two extreme orders of 120, 4 % over the median 1.03."""
    found = drift(_rising(5))
    assert found
    assert found.p_value == pytest.approx(2 / 120)
    assert found.change == pytest.approx(0.04 / 1.03)
    assert found.certain


def test_a_trend_needs_five_blocks_and_no_backend_must_be_complete() -> None:
    """Four blocks tell nothing; the slow backend's absence from blocks is no change of speed."""
    assert drift(_rising(4)) is None
    level: Times = {"slow": {1: 9, 3: 9, 5: 9}, "fast": dict.fromkeys(range(1, 7), 1.0)}
    found = drift(level)
    assert found
    assert (found.change, found.certain) == (0, False)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([100, 101, 99, 100, 130], (4,)),
        ([100, 100.1, 99.9, 100, 103], ()),
        ([80, 90, 100, 110, 120], ()),
        ([90, 95, 100, 105, 113], ()),
        ([100, 100, 100, 106, 94, 100], (3, 4)),
        ([1, 100], ()),
        ([], ()),
    ],
)
def test_outliers_are_far_and_matter(values: list[float], expected: tuple[int, ...]) -> None:
    """Far by the spread and by 5 %: 3 % away is none on a quiet machine, nor 20 % on a loud one."""
    assert outliers(values) == expected
