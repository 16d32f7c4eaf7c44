"""Where errors double, by hand; and curves of what a run stored."""

import numpy as np
import pytest

from orchestrator.analysis.noise import doubling

LEVELS = [20.0, 10.0, 5.0, 0.0]


def one(*errors: int) -> list["np.ndarray[tuple[int], np.dtype[np.int64]]"]:
    """Return the errors of a single clip without noise and at each level."""
    return [np.array([count], np.int64) for count in errors]


WORDS, CLIP = np.array([100], np.int64), np.array([1], np.uint64)


@pytest.mark.parametrize(
    ("errors", "level"),
    [
        ((4, 4, 8, 20, 60), 10.0),  # just there
        ((4, 4, 6, 10, 60), 7.5),  # half way from 6 to 10 errors, half way from 10 to 5 dB
        ((4, 2, 6, 7, 57), 4.9),  # the first of 50 steps from 5 dB to 0
        ((4, 7, 9, 2, 2), 15.0),  # where it is so first, whatever comes after
    ],
)
def test_errors_double_between_two_levels(errors: tuple[int, ...], level: float) -> None:
    """A rate is taken to grow evenly from one level to the next; of one clip there is no limit."""
    found = doubling(LEVELS, one(*errors), WORDS, CLIP)
    assert found is not None
    assert found.level == pytest.approx(level)
    assert (found.low, found.high, found.beyond) == (None, None, None)


@pytest.mark.parametrize(
    ("errors", "beyond"), [((4, 8, 9, 9, 9), "easiest"), ((4, 4, 5, 6, 7), "hardest")]
)
def test_beyond_the_levels_none_is_guessed(errors: tuple[int, ...], beyond: str) -> None:
    """Twice as many already at the easiest, or not even at the hardest."""
    found = doubling(LEVELS, one(*errors), WORDS, CLIP)
    assert found is not None
    assert (found.level, found.beyond) == (None, beyond)


def test_no_errors_have_no_double() -> None:
    """Twice nothing is nothing."""
    assert doubling(LEVELS, one(0, 1, 2, 3, 4), WORDS, CLIP) is None


def test_the_interval_is_over_speakers_and_holds_the_truth() -> None:
    """Of forty speakers, errors grow with noise so that they double at 10 dB."""
    random = np.random.default_rng(6)
    words = np.full(40, 200, np.int64)
    rates = (0.05, 0.07, 0.10, 0.15, 0.3)
    errors = [random.binomial(words, rate) for rate in rates]
    found = doubling(LEVELS, errors, words, np.arange(40, dtype=np.uint64))
    assert found is not None
    assert found.level is not None
    assert found.low is not None
    assert found.high is not None
    # low is of the easier level, where the noise is softer: more dB
    assert found.low > found.level > found.high
    assert found.low > 10 > found.high
    assert found.low - found.high < 8


def test_a_limit_beyond_the_levels_is_none() -> None:
    """Ten speakers who differ much: that errors double nowhere is well possible."""
    errors = [np.array(row, np.int64) for row in ([4] * 10, [4] * 10, [5] * 10, [6] * 10, [0] * 10)]
    errors[4][:3] = 40
    found = doubling(LEVELS, errors, np.full(10, 100), np.arange(10, dtype=np.uint64))
    assert found is not None
    assert found.level is not None
    assert found.high is None
    assert found.low is not None
