"""When a run ends: by what its intervals decide, by its time, and when it has to give up."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stored_runs import settings

from orchestrator.bench.stopping import Outlook, Progress
from orchestrator.runs.schema.plan import FULL, Profile, deciding, exactly

HOUR = 3600.0


def outlook(
    plan: Profile,
    ratios: Sequence[float],
    block_seconds: float = 10.0,
    budget: float | None = HOUR,
    more: Mapping[str, dict[int, float]] | None = None,
) -> Outlook:
    """Return what is known of A and B, so many times slower in each block, after all of them."""
    progress = Progress(lasted=[block_seconds] * len(ratios))
    progress.times["A"] = {block: 1.0 for block, _ in enumerate(ratios, 1)}
    progress.times["B"] = dict(enumerate(ratios, 1))
    progress.times |= more or {}
    given_ = settings(plan, budget_seconds=budget)
    return Outlook.of(given_, list(progress.times), len(ratios), progress)


def noisy(blocks: int, deviation: float) -> list[float]:
    """Return ratios of equals whose logs are spread evenly as normal ones are."""
    draw = np.random.default_rng(blocks)
    return list(np.exp(draw.normal(0, deviation, blocks)))


def test_a_run_ends_when_the_difference_is_decided() -> None:
    """It says after how many blocks; before, it forecasts how many more and how long."""
    assert outlook(deciding(0.05), [1.5] * 6).end() == "decides 5 % after 6 blocks"
    early = outlook(deciding(0.05), noisy(8, 0.03))
    assert early.end() == ""
    forecast = early.forecast()
    assert forecast is not None
    assert forecast.reached is not None
    assert forecast.reached > forecast.asked == 0.05
    assert forecast.blocks is not None
    assert forecast.blocks > 0
    assert forecast.seconds == 10 * forecast.blocks


@given(st.floats(0.5, 2), st.integers(6, 12), st.floats(0.001, 0.1))
def test_who_is_faster_changes_neither_end_nor_forecast(
    factor: float, blocks: int, deviation: float
) -> None:
    """However much slower B is made, the run ends at the same block, with the same words."""
    ratios = noisy(blocks, deviation)
    one = outlook(deciding(0.05), ratios)
    other = outlook(deciding(0.05), [ratio * factor for ratio in ratios])
    assert one.end() == other.end()
    assert (one.forecast() is None) == (other.forecast() is None)


def test_a_budget_that_ends_says_what_was_asked_and_what_is_decided() -> None:
    """Of --decide it is the machine that cannot; a profile's budget was the user's choice."""
    ratios = noisy(12, 0.03)
    asked = outlook(deciding(0.05), ratios, budget=120).end()
    assert asked.startswith("this machine cannot decide 5 % in 2 min; ")
    assert asked.endswith(" % after 12 blocks")
    full = outlook(replace(FULL, decides=0.04), ratios, budget=120).end()
    assert full.startswith("the budget of 2 min allows no further block; decides ")
    plain = outlook(exactly(20), ratios, budget=120).end()
    assert plain == "the budget of 2 min allows no further block"
    few = outlook(deciding(0.05), [1.5] * 3, budget=30).end()
    assert few.endswith("30 s; there was time for 3 blocks, and an interval takes 6")


def test_what_is_hopeless_is_given_up_early_and_what_is_not_goes_on() -> None:
    """With noise of 30 % an hour is far too short; it is said what it would do, and what is."""
    lost = outlook(deciding(0.05), noisy(32, 0.30)).end()
    assert lost.startswith("this machine cannot decide 5 % in 1 h, but about ")
    assert lost.endswith(" % after 32 blocks")
    assert outlook(deciding(0.05), noisy(29, 0.30)).end() == ""  # too early to tell
    assert outlook(deciding(0.05), noisy(32, 0.08)).end() == ""  # maybe two hours, maybe one
    assert outlook(replace(FULL, most=40), noisy(32, 0.30)).end() == ""  # its blocks are few


def test_nothing_is_decided_of_one_that_is_left() -> None:
    """The other has failed: with --decide the run ends, as it does when none is left."""
    progress = Progress(failed={"B"}, times={"A": {1: 1.0}})
    asked = Outlook.of(settings(deciding(0.05)), ["A", "B"], 1, progress)
    assert asked.end() == "only A is left: there is no difference to decide"
    assert not Outlook.of(settings(FULL), ["A", "B"], 1, progress).end()
    progress.failed |= {"A"}
    assert Outlook.of(settings(FULL), ["A", "B"], 1, progress).end() == "no backend is left"


@pytest.mark.parametrize("plan", [exactly(9), FULL, deciding(0.05)])
def test_a_slow_contender_counts_among_neighbours_only(plan: Profile) -> None:
    """Three contenders: the widest of two pairs counts, and five blocks give no forecast."""
    more = {"C": dict.fromkeys(range(1, 6), 20.0)}
    found = outlook(plan, [1.5] * 5, more=more)
    assert found.end() == ""
    assert found.forecast() is None
