"""Runs that end by what they decide, where the truth is known; and another interval, weighed."""

import math
from collections.abc import Callable, Sequence
from functools import cache
from statistics import median

import numpy as np
from numpy.random import PCG64, Generator
from numpy.typing import NDArray

from benchmarks.simulated import TWO, Shares, Weather, covers, ended, run, until
from orchestrator.analysis.scoring.intervals import CONFIDENCE, median_interval
from orchestrator.analysis.scoring.pairs import compare, log_ratios
from orchestrator.analysis.scoring.timing import Times
from orchestrator.bench import order
from orchestrator.bench.stopping import Outlook, Progress
from orchestrator.runs.schema import Estimate, Settings, plan

MOST = 300  # blocks that there is time for
ASKED = 0.05
_SECONDS = 10.0  # of a block
_EARLY = 10  # blocks, after which a forecast is judged and a run may be given up
_FACTOR = 2  # a forecast may be off by
_MANY = 20_000  # blocks, to know the median ratio of a machine

Odd = Callable[[Generator, int], NDArray[np.floating]]
"""What only B's cells take longer by, as logs: noise that the other contender has not."""


def spikes(share: float) -> Odd:
    """Return the noise of a contender of which such a share of cells takes half as long again."""
    return lambda draw, n: math.log(1.5) * (draw.random(n) < share)


def skewed(scale: float) -> Odd:
    """Return the noise of a contender that is now and then a lot slower, never a lot faster."""
    return lambda draw, n: scale * np.exp(draw.normal(size=n))


def pair(
    weather: Weather, odd: Odd | None, slower: float, blocks: int, seed: Sequence[int]
) -> Times:
    """Return the times of A and of B, which is slower by a share and has its own noise on top."""
    draw = Generator(PCG64(list(seed)))
    times = run(weather, list(order.cells(TWO, blocks, seed[-1])), draw, {"B": slower})
    own = odd(draw, blocks) if odd else np.zeros(blocks)
    late = {block: seconds * math.exp(own[block - 1]) for block, seconds in times["B"].items()}
    return {**times, "B": late}


@cache
def truth(weather: Weather, odd: Odd | None, slower: float) -> float:
    """Return the median ratio that verdicts are about: with noise of one's own it is no other's."""
    if odd is None:
        return 1 + slower
    steady = Weather(noise=weather.noise, spikes=weather.spikes)
    return math.exp(median(log_ratios(*pair(steady, odd, slower, _MANY, (0, 0)).values())))


def decided(weather: Weather, odd: Odd | None, seed: int, replicate: int) -> Shares:
    """Run until 5 % is decided: once with B truly so much slower, once with equals."""
    asked = plan.among(plan.deciding(ASKED), len(TWO))
    asked = plan.Profile(asked.name, asked.blocks, asked.least, MOST, asked.decides)
    shares: dict[str, float] = {}
    for kind, ratio, right, wrong in (
        ("apart", 1 + ASKED, "faster", ("slower",)),
        ("equal", 1.0, "tie", ("faster", "slower")),
    ):
        slower = ratio / truth(weather, odd, 0.0) - 1
        times = pair(weather, odd, slower, MOST, (seed, replicate))
        known = ended(times, asked)
        found = compare(known, *TWO)
        shares[f"{kind} blocks"] = float(len(known["A"]))
        shares[f"{kind} right"] = float(found.outcome == right)
        shares[f"{kind} false"] = float(found.outcome in wrong)
        shares[f"{kind} ratio"] = float(covers(found.ratio, ratio))
        if kind == "equal":
            shares |= _foreseen(times, len(known["A"]))
    return shares


def _foreseen(times: Times, needed: int) -> Shares:
    """Tell whether an early forecast is near what was needed, and whether the run gives up."""
    forecast = _outlook(times, _EARLY).forecast()
    about = _EARLY + (forecast.blocks if forecast and forecast.blocks else MOST)
    near = max(needed, about, _EARLY) <= _FACTOR * max(min(needed, about), _EARLY)
    given_up = any(
        _outlook(times, block).end().startswith("this machine cannot")
        for block in range(_EARLY, min(needed, 4 * _EARLY))
    )
    return {"forecast": float(near), "given up": float(given_up)}


def _outlook(times: Times, block: int) -> Outlook:
    settings = Settings(
        weights="auto",
        profile="recommended",
        language="en",
        plan=plan.among(plan.deciding(ASKED), len(TWO)),
        repeats=None,
        seed=0,
        budget_seconds=MOST * _SECONDS,
    )
    return Outlook.of(
        settings, TWO, block, Progress(times=dict(until(times, block)), lasted=[_SECONDS] * block)
    )


def again(weather: Weather, slower: float, seed: int, replicate: int) -> Shares | None:
    """Follow a pair that ten blocks leave undecided through the run that is named with it."""
    first = pair(weather, None, slower, _EARLY, (seed, replicate))
    found = compare(first, *TWO)
    if found.outcome != "undecided":
        return None
    needed = found.to_decide
    if needed is None:
        return {"none": 1.0}
    profile = plan.among(plan.deciding(needed.difference), len(TWO))
    profile = plan.Profile("decide", profile.blocks, profile.least, 2 * MOST, profile.decides)
    times = ended(pair(weather, None, slower, 2 * MOST, (seed + 1, replicate)), profile)
    outcome = compare(times, *TWO).outcome
    return {"none": 0.0, "decided": float(outcome != "undecided"), "blocks": float(len(times["A"]))}


def intervals(weather: Weather, odd: Odd | None, blocks: int, seed: int, replicate: int) -> Shares:
    """Compare the median's interval with Hodges and Lehmann's, over the same ratios."""
    times = pair(weather, odd, 0.0, blocks, (seed, replicate))
    logs = list(log_ratios(times["A"], times["B"]))
    true = math.log(truth(weather, odd, 0.0))
    shares = {}
    for name, found in (("median", median_interval(logs)), ("signed ranks", signed_ranks(logs))):
        low, high = found.low or 0.0, found.high or 0.0
        shares[f"{name} in"] = float(low <= true <= high)
        shares[f"{name} half"] = (high - low) / 2
    return shares


def signed_ranks(values: Sequence[float]) -> Estimate:
    """Return Hodges and Lehmann's median of pairwise means, with the signed-rank test's interval.

    Source: Hollander and Wolfe, "Nonparametric Statistical Methods", 3.2 and 3.3. It is exact where
    values lie symmetrically about what is estimated.
    """
    rows, columns = np.triu_indices(len(values))
    data = np.asarray(values)
    means = np.sort((data[rows] + data[columns]) / 2)
    out = _cut(len(values))
    low, high = (None, None) if not out else (float(means[out - 1]), float(means[-out]))
    return Estimate(median=float(np.median(means)), low=low, high=high, n=len(values))


@cache
def _cut(n: int) -> int:
    """Return how many means lie outside at either end: exact, by the sums that ranks can have."""
    chances = np.ones(1)
    for rank in range(1, n + 1):
        longer = np.zeros(len(chances) + rank)
        longer[: len(chances)] += chances
        longer[rank:] += chances
        chances = longer / 2
    return int(np.searchsorted(np.cumsum(chances), (1 - CONFIDENCE) / 2, side="right"))


ODD = {
    "1 of 5 cells of one takes half as long again": spikes(0.2),
    "one is skewed: log-normal by 3 %": skewed(0.03),
}
