"""All backends together: who ranks where, who may be called fastest, and what noise allows."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

from orchestrator.analysis.scoring.intervals import CONFIDENCE
from orchestrator.analysis.scoring.pairs import REGION, compare, compare_all, log_ratios
from orchestrator.analysis.scoring.timing import Times
from orchestrator.runs.schema import ContenderSummary, PairVerdict, Settings, Status, Verdict
from orchestrator.runs.schema.plan import fewest_among

_ORDER: tuple[Status, ...] = ("measured", "failed", "skipped")


@dataclass(frozen=True, slots=True)
class Headline:
    """Who is fastest here: the `leader`, where it is shown to be faster than every other."""

    leader: str
    pairs: tuple[PairVerdict, ...]  # the leader against every other, nearest first

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


def headline(times: Times, *, region: float = REGION) -> Headline | None:
    """Say who is fastest, sure of all comparisons at once; None under two backends.

    Source: Bonferroni: of k backends the leader meets k - 1, each at confidence 1 - .05/(k - 1),
    for which nine backends need 9 blocks. A false claim takes a leader that is shown faster than
    the truly fastest, and there are k - 1 such leaders.
    """
    if len(times) < 2:  # noqa: PLR2004 - said in the docstring
        return None
    leader, *others = ranking(times)
    each = 1 - (1 - CONFIDENCE) / len(others)
    pairs = [compare(times, leader, other, region=region, confidence=each) for other in others]
    pairs.sort(key=lambda pair: pair.ratio.median if pair.ratio else math.inf)
    return Headline(leader, tuple(pairs))


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


def verdict(times: Times, settings: Settings) -> Verdict | None:
    """Judge every pair, and say who is fastest; None under two backends.

    A run planned for medians only has too few blocks for any claim.
    """
    claim = headline(times, region=settings.region)
    if claim is None:
        return None
    sentence = claim.sentence
    if not settings.plan.ranks:
        needed = fewest_among(len(times))
        sentence = f"no ranking: too few blocks ({needed} are needed, as in --profile full)"
    return Verdict(headline=sentence, pairs=compare_all(times, region=settings.region))


def ordered(lines: Iterable[ContenderSummary], ranked: Collection[str]) -> list[ContenderSummary]:
    """Sort lines by status and time, each backend's together: where the first of them stands.

    Who is not `ranked` comes after those who are.
    """
    groups: dict[tuple[Status, str], list[ContenderSummary]] = {}
    by_time = sorted(lines, key=lambda line: line.seconds.median if line.seconds else 0.0)
    by_time.sort(key=lambda line: line.contender not in ranked)
    for line in sorted(by_time, key=lambda line: _ORDER.index(line.status)):
        groups.setdefault((line.status, line.backend), []).append(line)
    return [line for group in groups.values() for line in group]


def front(lines: Sequence[ContenderSummary]) -> tuple[str, ...]:
    """Name the backends that no other beats in both speed and accuracy, of two or more."""
    points = {
        line.contender: (line.seconds.median if line.seconds else None, line.wer)
        for line in lines
        if line.status == "measured" and not (line.accuracy and line.accuracy.failed)
    }
    return pareto(points) if len(points) > 1 else ()


# Ten lines of our own: the library `paretoset` brings numba, llvmlite and pandas with it, 150 MB
# and 2.7 s of import, to compare what is never more than a few dozen backends.
def pareto(points: Mapping[str, tuple[float | None, float | None]]) -> tuple[str, ...]:
    """Name the points that no other beats, the lowest first value first.

    A point has two costs, such as seconds and WER (or 1/RTFx and WER): less is better in both. One
    beats another by being no worse in both and better in one, so equals stand together. A point
    with a cost that is None, which was not measured, neither stands nor beats.
    """
    known = {
        name: (cost, other)
        for name, (cost, other) in points.items()
        if cost is not None and other is not None
    }
    standing = [name for name in known if not any(_beats(p, known[name]) for p in known.values())]
    return tuple(sorted(standing, key=lambda name: known[name]))


def _beats(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one != other and one[0] <= other[0] and one[1] <= other[1]
