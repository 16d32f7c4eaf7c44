"""Estimators for times, over blocks: passes of one process are alike, and only processes count.

Pooling the passes would make every interval too narrow (80 % coverage instead of 95), so they are
first reduced to one value a block.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist, median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrator.analysis.scoring.intervals import CONFIDENCE, median_interval
from orchestrator.runs.schema import Costs, Estimate, Measured

Blocks = Mapping[int, float]
"""One backend's seconds by block number (BlockSeconds where there were rounds of turns).

A block it did not finish is absent.
"""
Times = Mapping[str, Blocks]

_MODIFIED_Z = 3.5
_NORMAL_DEVIATION = NormalDist().inv_cdf(0.75)  # half of its values are nearer to its median
_OUTLIER_SHARE = 0.05  # on a quiet machine tiny deviations have a high z (hyperfine, issue 580)
_FEWEST_FOR_AN_OUTLIER = 4  # of three, the one apart is as likely the usual one
_FEWEST_DURATIONS = 3  # two points are on a line whatever was measured
_FEWEST_FOR_A_TREND = 5  # under this no order of the blocks is unlikely enough
_MOST_CLIPS = 1_000  # Theil and Sen look at every pair of clips: of these, half a million


@dataclass(frozen=True, slots=True)
class Drift:
    """How all backends together grew slower (`change` above 0) or faster over blocks."""

    p_value: float
    change: float  # from the first block to the last, as a share

    @property
    def certain(self) -> bool:
        """Whether so steady a trend is unlikely (5 %) to be chance."""
        return self.p_value < 1 - CONFIDENCE


def rtfx(blocks: Iterable[tuple[float, float]]) -> Estimate:
    """Return seconds of audio a second: all audio by all time in each block, then the median.

    `blocks` hold seconds of audio and of work. Never a mean of the clips' ratios, which short clips
    would rule. Source: as median_interval.
    """
    return median_interval([audio / seconds for audio, seconds in blocks])


def process_seconds(row: Measured) -> float:
    """Return how long a process ran: until it was ready, its warm-up, and its timed passes."""
    warm_up = sum(sum(one.seconds) for one in row.warm_up)
    ready = row.spawn_seconds + row.import_seconds + row.load_seconds
    return ready + warm_up + row.passes * row.seconds


def costs(durations: Sequence[float], blocks: Sequence[Sequence[float]]) -> Costs | None:
    """Separate fixed and marginal cost; None under 3 durations or for a cost below zero.

    `durations` are the clips' seconds of audio; `blocks` hold, block by block, their seconds of
    work in the same order. Source: Theil (1950) and Sen (1968) within each block, then
    scipy.stats.quantile_test over blocks. Sen's own interval takes clips for independent: those of
    one process share its luck, and it misses the more often the more clips there are: instead of
    one time in 20 one in four with 10 clips (docs/records/simulation.md).
    """
    if len(set(durations)) < _FEWEST_DURATIONS:
        return None
    # Of a large corpus, evenly many of each length.
    chosen = np.argsort(durations, kind="stable")[:: math.ceil(len(durations) / _MOST_CLIPS)]
    lengths = np.asarray(durations)[chosen]
    fits = [_line(lengths, np.asarray(block)[chosen]) for block in blocks]
    found = Costs(
        fixed=median_interval([intercept for intercept, _ in fits]),
        a_minute=median_interval([slope for _, slope in fits]).mapped(lambda x: 60 * x),
    )
    # Nothing costs less than nothing: such times are noise, or lie on no line.
    return found if min(found.fixed.median, found.a_minute.median) >= 0 else None


def drift(times: Times) -> Drift | None:
    """Look for a trend over blocks in all backends at once; None under 5 blocks.

    Each backend counts relative to its own median, so that its absence does not shift a block.
    Source: scipy.stats.kendalltau of the blocks' medians against their numbers, and Theil's and
    Sen's slope for the size.
    """
    relative: dict[int, list[float]] = {}
    for blocks in times.values():
        own = median(blocks.values()) if blocks else math.nan
        for block, seconds in blocks.items():
            relative.setdefault(block, []).append(seconds / own)
    numbers = sorted(relative)
    if len(numbers) < _FEWEST_FOR_A_TREND:
        return None
    levels = [median(relative[block]) for block in numbers]
    if min(levels) == max(levels):
        return Drift(p_value=1.0, change=0.0)
    from scipy import stats  # noqa: PLC0415 - a second, when needed

    trend = stats.kendalltau(numbers, levels)
    _, slope = _line(np.asarray(numbers), np.asarray(levels))
    change = slope * (numbers[-1] - numbers[0])
    return Drift(p_value=float(trend.pvalue), change=change)


def _line(x: NDArray[Any], y: NDArray[Any]) -> tuple[float, float]:
    """Return intercept and slope: medians of all pairs' slopes, and of what the slope leaves.

    No odd value moves them. As scipy.stats.theilslopes(y, x, method="joint"), whose import takes
    longer than the summary of a run of three blocks.
    """
    along = np.subtract.outer(x, x)
    rising = along > 0
    slope = float(np.median(np.subtract.outer(y, y)[rising] / along[rising]))
    return float(np.median(y - slope * x)), slope


def outliers(values: Sequence[float]) -> tuple[int, ...]:
    """Return the indices of values far from the median: to be shown, never to be dropped.

    Source: more than 3.5 median absolute deviations, scaled to a normal distribution's (Iglewicz
    and Hoaglin, "How to Detect and Handle Outliers", 1993), and more than 5 % from the median.
    """
    if len(values) < _FEWEST_FOR_AN_OUTLIER:
        return ()
    middle = median(values)
    spread = median(abs(value - middle) for value in values) / _NORMAL_DEVIATION
    limit = max(_MODIFIED_Z * spread, _OUTLIER_SHARE * abs(middle))
    return tuple(i for i, value in enumerate(values) if abs(value - middle) > limit)
