"""Verdicts on pairs of backends: faster, slower, tie or undecided, by intervals alone.

A pair is judged on the blocks both finished: machine and moment are then the same for both. Ratios
within the region of practical equivalence (3 %) are a tie, whatever statistics could tell apart.
"""

import math
from collections.abc import Sequence
from itertools import combinations
from statistics import median
from typing import Literal

from orchestrator.analysis.scoring.intervals import CONFIDENCE, blocks_for, median_interval
from orchestrator.analysis.scoring.precision import to_decide
from orchestrator.analysis.scoring.timing import Blocks, Times
from orchestrator.runs.schema import PairVerdict
from orchestrator.runs.schema.rows import BlockSeconds

Outcome = Literal["faster", "slower", "tie", "undecided"]
REGION = 0.03


def compare(
    times: Times,
    first: str,
    second: str,
    *,
    region: float = REGION,
    confidence: float = CONFIDENCE,
) -> PairVerdict:
    """Judge one pair; swapping the two swaps faster and slower and inverts the ratio.

    The ratio is exp of the median of log ratios over common blocks, its limits are those of
    scipy.stats.quantile_test. Source: Kruschke, "Rejecting or accepting parameter values" (2018):
    an interval wholly outside the region decides, one wholly inside is a tie, any other leaves it
    open.
    """
    logs = log_ratios(times[first], times[second])
    interval = median_interval(logs, confidence) if logs else None
    outcome = placed(interval.low, interval.high, region) if interval else None
    open_ = outcome == "undecided"
    return PairVerdict(
        first=first,
        second=second,
        ratio=interval and interval.mapped(math.exp),
        outcome=outcome,
        reason=None if outcome else _why_none(len(logs), confidence),
        to_decide=to_decide(interval, region, confidence) if interval and open_ else None,
    )


def compare_all(times: Times, *, region: float = REGION) -> tuple[PairVerdict, ...]:
    """Judge every pair, each by itself, in the order in which `times` has the backends."""
    return tuple(compare(times, *pair, region=region) for pair in combinations(times, 2))


def log_ratios(first: Blocks, second: Blocks) -> Sequence[float]:
    """Return log(second's seconds / first's) of every block both finished."""
    return [log_ratio(first[block], second[block]) for block in first if block in second]


def log_ratio(first: float, second: float) -> float:
    """Return log(second's seconds / first's) within one block.

    Of two that took turns it is the median over the rounds that both were in: what slowed the
    machine for some seconds was in both sides of a round.
    """
    rounds = zip(_rounds(first), _rounds(second), strict=False)
    # A difference of logs changes nothing but its sign when the two are swapped; a quotient might.
    logs = [math.log(other) - math.log(one) for one, other in rounds]
    return median(logs) if logs else math.log(second) - math.log(first)


def _rounds(seconds: float) -> tuple[float, ...]:
    return seconds.rounds if isinstance(seconds, BlockSeconds) else ()


def placed(low: float | None, high: float | None, region: float) -> Outcome | None:
    """Place an interval of log ratios against the region, which is as wide on both sides."""
    if low is None or high is None:
        return None
    edge = math.log1p(region)
    if low > edge:
        return "faster"
    if high < -edge:
        return "slower"
    return "tie" if -edge <= low and high <= edge else "undecided"


def _why_none(blocks: int, confidence: float) -> str:
    if not blocks:
        return "there is no block in which both were measured"
    needed = blocks_for(confidence)
    return f"too few blocks for a verdict: {blocks}, and it takes {needed} (--blocks {needed})"
