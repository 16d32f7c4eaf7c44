"""Identical contenders on a machine whose speed changes within a block, alone and in turns."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

import numpy as np
from numpy.random import PCG64, Generator
from numpy.typing import NDArray
from scipy.signal import lfilter

from benchmarks.simulated import BLOCKS, Shares, covers
from orchestrator.analysis.scoring.pairs import compare_all
from orchestrator.analysis.scoring.timing import Times
from orchestrator.bench import order
from orchestrator.runs.schema import plan
from orchestrator.runs.schema.rows import BlockSeconds

ROUNDS = 3
STARTS = 2  # a process takes as long to start as so many passes


@dataclass(frozen=True)
class Moods:
    """What changes a machine's speed over time, as shares of a pass's time; a pass is the unit."""

    drift: float = 0.0  # slower by this much over ten blocks, steadily
    waves: float = 0.0  # standard deviation of a level that wanders
    lasting: float = 1.0  # for so many passes
    steps: float = 0.0  # a second level, slower by this much, that comes and goes
    stays: float = 1.0  # for so many passes on average


PROCESS, PASS = 0.01, 0.01  # standard deviations between fresh processes, and between passes


def level(moods: Moods, passes: int, blocks: int, draw: Generator) -> NDArray[np.float64]:
    """Return the log of how slow the machine is at each pass of a run."""
    kept = math.exp(-1 / moods.lasting)
    noise = draw.normal(size=passes) * math.sqrt(1 - kept**2)
    waves = moods.waves * lfilter([1], [1, -kept], noise)
    changes = np.cumsum(draw.random(passes) < 1 / moods.stays) + draw.integers(2)
    trend = math.log1p(moods.drift) * np.arange(passes) / passes * blocks / BLOCKS
    found: NDArray[np.float64] = trend + waves + math.log1p(moods.steps) * (changes % 2)
    return found


def times(
    moods: Moods, names: Sequence[str], seed: int, draw: Generator, *, in_turns: bool
) -> Times:
    """Return the seconds of ten blocks, as the product measures them."""
    cost = STARTS + ROUNDS
    slow = level(moods, BLOCKS * len(names) * cost, BLOCKS, draw)
    found: dict[str, dict[int, float]] = {name: {} for name in names}
    drawn = order.cells(names, BLOCKS, seed)
    for block in range(1, BLOCKS + 1):
        here = [next(drawn).contender for _ in names]
        start = (block - 1) * len(names) * cost
        turns = in_turns and block > order.alone_blocks(plan.FULL)
        for number, name in enumerate(here):
            first = start + number * cost + STARTS
            slots = [first + turn for turn in range(ROUNDS)]
            if turns:
                slots = [
                    start + len(names) * (STARTS + turn) + drawn_turn.index(name)
                    for turn in range(ROUNDS)
                    for drawn_turn in [order.turns(names, seed, block, 0, turn)]
                ]
            logs = slow[slots] + PROCESS * draw.normal() + PASS * draw.normal(size=ROUNDS)
            seconds = tuple(np.exp(logs).tolist())
            found[name][block] = BlockSeconds(median(seconds), seconds if turns else ())
    return found


def identical(moods: Moods, names: Sequence[str], seed: int, replicate: int) -> Shares:
    """Judge identical contenders on one machine, measured one after the other and in turns."""
    shares: dict[str, float] = {}
    for design in ("alone", "turns"):
        draw = Generator(PCG64([seed, replicate]))
        pairs = compare_all(times(moods, names, replicate, draw, in_turns=design == "turns"))
        shares[f"{design} false"] = fmean(p.outcome in ("faster", "slower") for p in pairs)
        shares[f"{design} ratio"] = fmean(covers(p.ratio, 1.0) for p in pairs)
        shares[f"{design} tie"] = fmean(p.outcome == "tie" for p in pairs)
        widths = [p.ratio.half_width for p in pairs if p.ratio and p.ratio.half_width]
        shares[f"{design} width"] = fmean(widths)
    return shares
