"""The whole field: who ranks where, who may be called fastest, and whether that is sure enough."""

import math
from dataclasses import dataclass
from itertools import combinations, pairwise
from statistics import median

from orchestrator.analysis.scoring.intervals import CONFIDENCE, median_interval
from orchestrator.analysis.scoring.timing import Times
from orchestrator.analysis.scoring.verdict import REGION, Pair, compare, log_ratios, speed_ratio


@dataclass(frozen=True, slots=True)
class Headline:
    """Who is fastest here: the `leader`, where it is shown to be faster than every other."""

    leader: str
    pairs: tuple[Pair, ...]  # the leader against every other, nearest first
    confidence: float  # of each pair, so that all of them together have 95 %

    @property
    def claimed(self) -> bool:
        """Whether every other backend is shown to be slower."""
        return all(pair.outcome == "faster" for pair in self.pairs)

    @property
    def sentence(self) -> str:
        """The claim, or why there is none."""
        nearest = self.pairs[0]
        if self.claimed and nearest.ratio:
            limits = f"{nearest.ratio.low:.2f} to {nearest.ratio.high:.2f}"
            return f"fastest here: {self.leader} ({limits} times {nearest.second})"
        reason = next((pair.reason for pair in self.pairs if pair.reason), None)
        if reason:
            return f"fastest here: no claim; {reason}"
        level = [f"{p.second} ({p.outcome})" for p in self.pairs if p.outcome != "faster"]
        return f"fastest here: {self.leader}, but not shown faster than {', '.join(level)}"


def headline(
    times: Times, *, region: float = REGION, confidence: float = CONFIDENCE
) -> Headline | None:
    """Say who is fastest, sure of all comparisons at once; None under two backends.

    Source: Bonferroni: of k backends the leader meets k - 1, each at confidence 1 - .05/(k - 1),
    for which nine backends need 9 blocks. A false claim takes a leader that is shown faster than
    the truly fastest, and there are k - 1 such leaders.
    """
    if len(times) < 2:  # noqa: PLR2004 - said in the docstring
        return None
    leader, *others = ranking(times)
    each = 1 - (1 - confidence) / len(others)
    pairs = [compare(times, leader, other, region=region, confidence=each) for other in others]
    pairs.sort(key=lambda pair: pair.ratio.median if pair.ratio else math.inf)
    return Headline(leader, tuple(pairs), each)


def ranking(times: Times) -> list[str]:
    """Order backends by how many others are faster in the blocks they share, then by median.

    So a backend that ended early, on a machine still cool, has no advantage from those blocks; one
    without any comes last.
    """
    lost = dict.fromkeys(times, 0)
    for first, second in combinations(times, 2):
        logs = log_ratios(times[first], times[second])
        if logs and (middle := median(logs)):
            lost[second if middle > 0 else first] += 1
    measured = [name for name in times if times[name]]
    measured.sort(key=lambda name: (lost[name], median(times[name].values())))
    return measured + [name for name in times if not times[name]]


def widest_half_width(times: Times, confidence: float = CONFIDENCE) -> float | None:
    """Return what the stopping rule looks at: the widest half interval of pairs next in rank.

    A share (0.03 is 3 %); of a single backend its own median's; None where one has no interval.
    Give it the backends that are still running: one that failed would never become narrower.
    """
    ranked = [times[name] for name in ranking(times)]
    if len(ranked) == 1 and ranked[0]:
        return median_interval(list(ranked[0].values()), confidence).half_width
    ratios = [speed_ratio(first, second, confidence) for first, second in pairwise(ranked)]
    widths = [ratio.half_width if ratio else None for ratio in ratios]
    known = [width for width in widths if width is not None]
    return max(known) if known and len(known) == len(widths) else None
