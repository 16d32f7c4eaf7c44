"""Times and memory of one backend in two runs: from their blocks to faster, slower, tie, undecided.

Blocks of two runs are no pairs: block 3 of one shares no moment with block 3 of the other. So how
many times the one sample is the other is read off ranks of all differences, exactly.

Where another backend ran in both runs with nothing changed, it is a control: its times show what
the machine did. Within each block a backend's time is then taken relative to the controls' (their
geometric mean), which also leaves out the drift within either run, and the two runs' relative times
are compared. That costs the controls' own noise, and assumes that the machine slows all alike.
"""

import math
from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cache
from statistics import fmean, median

import numpy as np

from orchestrator.analysis.scoring import pairs
from orchestrator.analysis.scoring.intervals import CONFIDENCE, Interval
from orchestrator.analysis.scoring.pairs import log_ratio
from orchestrator.analysis.scoring.timing import Times
from orchestrator.runs.schema import Measured
from orchestrator.runs.schema.rows import alone

_FAILED = "clips failed: the times are not of the same work"
_MOST_EXACT = 2_500  # products of sizes: beyond 50 blocks each the normal distribution is as good
_AMOUNTS = {"faster": "more", "slower": "less"}


@dataclass(frozen=True, slots=True)
class Measure:
    """A quantity in both runs, by its medians; `outcome` is None where `reason` says why.

    `ratio` is what is judged; `as_measured` is what the medians show, if it was judged beside
    `controls`.
    """

    old: float | None
    new: float | None
    ratio: Interval | None
    outcome: str | None
    reason: str | None = None
    controls: tuple[str, ...] = ()
    as_measured: Interval | None = None


def speed(
    backend: str, runs: tuple[Times, Times], region: float, controls: Collection[str] = ()
) -> Measure:
    """Judge how many times as fast the new run is; `runs` are all backends' seconds, old and new.

    A backend that is not in both has failed at clips: its seconds are of less work.
    """
    old, new = runs
    if backend not in old or backend not in new:
        return Measure(None, None, None, None, _FAILED)
    then, now = list(old[backend].values()), list(new[backend].values())
    plain = ratio(then, now)
    used = tuple(name for name in sorted(controls) if name in old and name in new)
    before, after = (_beside(backend, used, run) for run in runs)
    if backend in used or not before or not after:
        return _judged((then, now), plain, region)
    judged = _judged((then, now), shift(after, before), region)
    return replace(judged, controls=used, as_measured=plain)


def paired(backend: str, runs: tuple[Times, Times], region: float) -> Measure:
    """Judge two contenders of one run, both under one name, block by block as its verdict does."""
    old, new = (run.get(backend) for run in runs)
    if not old or not new:
        return Measure(None, None, None, None, _FAILED)
    found = pairs.compare({"old": old, "new": new}, "new", "old", region=region)
    times = Interval(found.ratio.median, found.ratio.low, found.ratio.high) if found.ratio else None
    then, now = (median(blocks.values()) for blocks in (old, new))
    return Measure(then, now, times, found.outcome, found.reason)


def memory(old: Sequence[Measured], new: Sequence[Measured], region: float) -> Measure:
    """Judge how many times the peak memory the new run takes."""
    then, now = (
        [float(b) for row in alone(rows) if (b := row.resources.peak_memory_bytes) is not None]
        for rows in (old, new)
    )
    judged = _judged((then, now), ratio(now, then), region)
    return replace(judged, outcome=judged.outcome and _AMOUNTS.get(judged.outcome, judged.outcome))


def _beside(backend: str, controls: Sequence[str], run: Times) -> list[float]:
    """Return for each block that all finished the log of how fast a backend is to the controls."""
    if not controls:
        return []
    blocks = set.intersection(*(set(run[name]) for name in (backend, *controls)))
    return [
        fmean(log_ratio(run[backend][block], run[name][block]) for name in controls)
        for block in sorted(blocks)
    ]


def _judged(
    samples: tuple[Sequence[float], Sequence[float]], found: Interval | None, region: float
) -> Measure:
    """Place a ratio, or say why it has no place."""
    old, new = (median(values) if values else None for values in samples)
    if found is None:
        return Measure(old, new, None, None, "not measured in both runs")
    low, high = (None if limit is None else math.log(limit) for limit in (found.low, found.high))
    if outcome := pairs.placed(low, high, region):
        return Measure(old, new, found, outcome)
    there, needed = " and ".join(str(len(values)) for values in samples), blocks_for()
    reason = f"too few blocks for a verdict: {there}, and it takes {needed} (--blocks {needed})"
    return Measure(old, new, found, None, reason)


def ratio(first: Sequence[float], second: Sequence[float]) -> Interval | None:
    """Return how many times `second` the `first` is; None for one that is empty or not above 0.

    Source: as `shift`, on logs.
    """
    if not first or not second or min(*first, *second) <= 0:
        return None
    return shift([math.log(x) for x in first], [math.log(x) for x in second])


def shift(first: Sequence[float], second: Sequence[float]) -> Interval:
    """Return by how much the logs of `first` lie above those of `second`, as a ratio.

    Source: Hodges and Lehmann, "Estimates of location based on rank tests" (1963), the median of
    all differences; limits by Moses (Hollander and Wolfe, "Nonparametric Statistical Methods",
    4.3): exact whatever the distribution, if both have the same but for the shift.
    """
    apart = np.sort(np.subtract.outer(first, second), axis=None)
    outside = outside_of(len(first), len(second))
    low, high = (math.exp(apart[i]) if outside else None for i in (outside - 1, -outside))
    return Interval(math.exp(float(np.median(apart))), low, high)


@cache
def blocks_for() -> int:
    """Return of how many blocks two equally long runs must be for any interval: 4 at 95 %."""
    return next(n for n in range(1, 50) if outside_of(n, n))


@cache
def outside_of(first: int, second: int) -> int:
    """Return which of the sorted differences, counted from either end, is the limit; 0 for none.

    Source: scipy.stats.mannwhitneyu; the limits are the differences at which it turns from a shift
    that is significant to one that is not.
    """
    if 2 / math.comb(first + second, first) > 1 - CONFIDENCE:
        return 0  # even the most extreme order of all values is not so rare
    from scipy import stats  # noqa: PLC0415 - a second, when needed

    pairs = first * second

    def chance(pairs_won: int) -> float:
        """Return how likely the first sample wins so few comparisons, by an example of it."""
        beats_all, beats = divmod(pairs_won, second)
        values = [second] * beats_all + [beats - 0.5] * (beats_all < first)
        values += [-1] * (first - len(values))
        method = "exact" if pairs <= _MOST_EXACT else "asymptotic"
        found = stats.mannwhitneyu(values, range(second), alternative="less", method=method)
        return float(found.pvalue)

    return bisect_right(range(pairs // 2), (1 - CONFIDENCE) / 2, key=chance)
