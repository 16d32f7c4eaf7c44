"""The simulation, small: random blocks keep their promises where the order in turn breaks them."""

from itertools import combinations

import pytest

from benchmarks import simulated, simulated_turns, simulation
from benchmarks.simulated import NINE, TWO, Weather, different, fitted, identical, in_turn
from benchmarks.simulated_turns import Moods
from benchmarks.simulation import Found, broken, over
from orchestrator.analysis.scoring import pairs
from orchestrator.analysis.scoring.timing import Times
from orchestrator.bench import order
from orchestrator.runs.schema import PairVerdict

pytestmark = pytest.mark.slow

WEATHER = Weather(drift=0.10, noise=0.01)


def nine(replicates: int = 40) -> Found:
    """Simulate nine identical backends on a quiet machine that grows 10 % slower."""
    return over(replicates, lambda replicate: identical(WEATHER, NINE, 5, replicate))


def test_identical_backends_are_not_told_apart() -> None:
    """At most 5 % false verdicts, 93 % coverage and more; in turn both are far off."""
    found = nine()
    assert broken({"nine": found}) == []
    assert found.means["in turn false"] > 0.2
    assert found.means["in turn ratio"] < 0.5


def test_the_simulation_notices_a_bad_planner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the planner to run backends in turn, false verdicts and missed ratios would be named."""
    monkeypatch.setattr(order, "cells", lambda names, blocks, _seed: in_turn(names, blocks))
    faults = [fault.rsplit(maxsplit=1)[0] for fault in broken({"nine": nine(10)})]
    assert {"nine: ten false", "nine: ten ratio"} <= set(faults)


def test_the_simulation_notices_a_bad_estimator(monkeypatch: pytest.MonkeyPatch) -> None:
    """Intervals of 50 % passed off as 95 % would be named."""

    def half_sure(times: Times) -> list[PairVerdict]:
        return [pairs.compare(times, *pair, confidence=0.5) for pair in combinations(times, 2)]

    monkeypatch.setattr(simulated, "compare_all", half_sure)
    assert any("ten ratio" in fault for fault in broken({"nine": nine(10)}))


def test_true_differences_are_found() -> None:
    """On a quiet machine 10 % is found in every run, and never the wrong way round."""
    found = over(20, lambda replicate: different(WEATHER, 0.10, 5, replicate))
    assert found.means["ten faster"] == 1
    assert found.means["stopped slower"] == 0


def test_costs_are_covered() -> None:
    """The intervals of fixed and marginal cost hold the truth where the line fit's own do not."""
    found = over(60, lambda replicate: fitted(20, 5, replicate)).means
    assert min(found["fixed"], found["marginal"]) >= 0.9
    assert found["pooled"] < 0.8


def test_turns_narrow_what_changes_within_a_block() -> None:
    """Identical contenders on a machine that wanders over seconds: no false verdict, less width."""
    wandering = Moods(waves=0.05, lasting=5)
    found = over(30, lambda replicate: simulated_turns.identical(wandering, TWO, 5, replicate))
    assert broken({"turns": found}) == []
    assert found.means["turns width"] < 0.8 * found.means["alone width"]


def test_the_page_is_the_script_s() -> None:
    """A row of the stored page is what the script computes today."""
    label, weather = next(iter(simulation.CALM.items()))
    rows = simulation.verdicts({label: weather}, TWO, 2_000)
    line = simulation.table(simulation.VERDICTS, rows).splitlines()[2]
    assert line in simulation.PAGE.read_text("utf-8").splitlines()
