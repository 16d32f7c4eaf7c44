"""Runs on machines where the truth is known, in the product's order, judged by its estimators."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.random import PCG64, Generator
from scipy import stats

from orchestrator.analysis.scoring.decidable import RUNNING, decidable, lasting
from orchestrator.analysis.scoring.intervals import median_interval
from orchestrator.analysis.scoring.pairs import REGION, compare, compare_all
from orchestrator.analysis.scoring.ranking import headline
from orchestrator.analysis.scoring.timing import Times, costs
from orchestrator.bench import order
from orchestrator.runs.schema import Estimate, plan

BLOCKS = plan.FULL.blocks
NINE = tuple("ABCDEFGHI")
TWO = NINE[:2]

Shares = Mapping[str, float]
"""What came of one run, or the mean over many: shares by what they are shares of."""


@dataclass(frozen=True)
class Weather:
    """A machine's mood, as shares of a cell's time."""

    drift: float = 0.0  # slower by this much over the first ten blocks, and on at that rate
    noise: float = 0.0  # standard deviation from one cell to the next
    lingering: float = 0.0  # correlation of a cell's noise with that of the one before
    spikes: float = 0.0  # how many cells take half as long again


def run(
    weather: Weather,
    order: Sequence[plan.Cell],
    draw: Generator,
    slower: Mapping[str, float] | None = None,
) -> dict[str, dict[int, float]]:
    """Return the seconds of every cell: 1, times what the machine and the backend add."""
    own = slower or {}
    times: dict[str, dict[int, float]] = {cell.contender: {} for cell in order}
    trend = math.log1p(weather.drift) * (np.arange(len(order)) + 0.5) / (BLOCKS * len(times))
    noise = draw.normal(size=len(order))
    for i in range(1, len(order) if weather.lingering else 0):
        kept = weather.lingering
        noise[i] = kept * noise[i - 1] + math.sqrt(1 - kept**2) * noise[i]
    spikes = math.log(1.5) * (draw.random(len(order)) < weather.spikes)
    seconds = np.exp(trend + weather.noise * noise + spikes)
    for cell, taken in zip(order, seconds, strict=True):
        times[cell.contender][cell.block] = float(taken) * (1 + own.get(cell.contender, 0.0))
    return times


def in_turn(backends: Sequence[str], blocks: int) -> list[plan.Cell]:
    """Return the order the product avoids: all runs of one backend, then all of the next."""
    return [plan.Cell(block, name) for name in backends for block in range(1, blocks + 1)]


def until(times: Times, blocks: int) -> dict[str, dict[int, float]]:
    """Return what was known after so many blocks."""
    return {name: {b: s for b, s in own.items() if b <= blocks} for name, own in times.items()}


def stopped(times: Times) -> dict[str, dict[int, float]]:
    """Return what was known when the full profile stopped."""
    return ended(times, plan.among(plan.FULL, len(times)))


def ended(times: Times, profile: plan.Profile) -> dict[str, dict[int, float]]:
    """Return what was known when a run of a profile ended."""
    found: list[float | None] = []
    done = profile.least - RUNNING
    while profile.wants_more(done, lasting(found)):
        done += 1
        found.append(decidable(until(times, done), REGION))
    return until(times, done)


def identical(weather: Weather, names: Sequence[str], seed: int, replicate: int) -> Shares:
    """Judge identical backends after ten random blocks, stopped by width, and run in turn."""
    draw = Generator(PCG64([seed, replicate]))
    times = run(weather, list(order.cells(names, plan.FULL.most, replicate)), draw)
    known = {
        "ten": until(times, BLOCKS),
        "stopped": stopped(times),
        "in turn": run(weather, in_turn(names, BLOCKS), draw),
    }
    judged = {design: judge(found, weather) for design, found in known.items()}
    return {
        f"{design} {what}": s for design, shares in judged.items() for what, s in shares.items()
    }


def judge(times: Times, weather: Weather) -> Shares:
    """Compare the product's answers about identical backends with the truth."""
    pairs = compare_all(times)
    blocks = len(next(iter(times.values())))
    # The time at the middle of the run: as much of noise and drift lies above it as below.
    middle = math.exp(math.log1p(weather.drift) * blocks / BLOCKS / 2)
    own = [median_interval(list(seconds.values())) for seconds in times.values()]
    top = headline(times)
    return {
        "false": fmean(pair.outcome in ("faster", "slower") for pair in pairs),
        "tie": fmean(pair.outcome == "tie" for pair in pairs),
        "ratio": fmean(covers(pair.ratio, 1.0) for pair in pairs),
        "time": fmean(covers(interval, middle) for interval in own),
        "headline": float(top is not None and top.claimed),
        "blocks": float(blocks),
    }


def covers(interval: Estimate | None, truth: float) -> bool:
    """Tell whether there is an interval and the truth lies in it."""
    if interval is None or interval.low is None or interval.high is None:
        return False
    return interval.low <= truth <= interval.high


def different(weather: Weather, slower: float, seed: int, replicate: int) -> Shares:
    """Judge A against B, truly slower by a share, among nine: after ten blocks and stopped."""
    draw = Generator(PCG64([seed, replicate]))
    drawn = list(order.cells(NINE, plan.FULL.most, replicate))
    times = run(weather, drawn, draw, {"B": slower})
    known = {"ten": until(times, BLOCKS), "stopped": stopped(times)}
    outcomes = {design: compare(found, *TWO).outcome for design, found in known.items()}
    kinds = ("faster", "slower", "tie", "undecided")
    return {f"{design} {k}": float(o == k) for design, o in outcomes.items() for k in kinds}


def fitted(clips: int, seed: int, replicate: int) -> Shares:
    """Fit fixed and marginal cost where a process has 3 % noise and each of its clips 1 %."""
    fixed, marginal = 0.3, 0.05
    draw = Generator(PCG64([seed, replicate]))
    lengths = np.linspace(3, 60, clips)
    logs = 0.03 * draw.normal(size=(BLOCKS, 1)) + 0.01 * draw.normal(size=(BLOCKS, clips))
    seconds = (fixed + marginal * lengths) * np.exp(logs)
    found = costs(lengths.tolist(), seconds.tolist())
    pooled = stats.theilslopes(seconds.ravel(), np.tile(lengths, BLOCKS))
    return {
        "fixed": float(covers(found.fixed if found else None, fixed)),
        "marginal": float(covers(found.a_minute if found else None, 60 * marginal)),
        "pooled": float(pooled.low_slope <= marginal <= pooled.high_slope),
    }
