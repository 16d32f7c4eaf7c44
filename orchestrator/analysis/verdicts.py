"""From times by block to what may be said of them: the verdict, or a certificate of noise."""

from itertools import combinations
from math import exp, log, log1p

from orchestrator.analysis.scoring.headline import headline
from orchestrator.analysis.scoring.intervals import Interval
from orchestrator.analysis.scoring.timing import Times
from orchestrator.analysis.scoring.verdict import Pair, blocks_needed, compare, compare_all
from orchestrator.runs.schema import Estimate, NoiseCertificate, PairVerdict, Settings, Verdict


def estimate(interval: Interval) -> Estimate:
    """Return an interval as it is stored."""
    return Estimate(median=interval.median, low=interval.low, high=interval.high, n=interval.n)


def verdict(times: Times, settings: Settings) -> Verdict | None:
    """Judge every pair, and say who is fastest; None under two backends.

    A run planned for medians only makes no claims, however its blocks turned out.
    """
    claim = headline(times, region=settings.region)
    if claim is None:
        return None
    pairs = [_stored(pair, times, settings) for pair in compare_all(times, region=settings.region)]
    sentence = claim.sentence
    if not settings.plan.ranks:
        sentence = "no ranking: this profile gives medians only; for verdicts: --profile full"
    return Verdict(headline=sentence, pairs=tuple(pairs))


def noise(times: Times, region: float) -> NoiseCertificate | None:
    """Return the smallest difference resolvable now, from one backend against itself.

    A backend that differs by the region and the widest half-interval seen between equals would
    have an interval that just leaves the region.
    """
    pairs = [compare(times, a, b, region=region) for a, b in combinations(times, 2)]
    if not pairs:
        return None
    limits = [x for p in pairs if p.ratio for x in (p.ratio.low, p.ratio.high) if x is not None]
    widest = max((abs(log(limit)) for limit in limits), default=None)
    return NoiseCertificate(
        resolves=None if widest is None else exp(log1p(region) + widest) - 1,
        pairs=len(pairs),
        false_verdicts=sum(p.outcome in ("faster", "slower") for p in pairs),
    )


def _stored(pair: Pair, times: Times, settings: Settings) -> PairVerdict:
    open_ = pair.outcome == "undecided"
    more = blocks_needed(times, pair.first, pair.second, region=settings.region) if open_ else None
    return PairVerdict(
        first=pair.first,
        second=pair.second,
        ratio=pair.ratio and estimate(pair.ratio),
        outcome=pair.outcome if settings.plan.ranks else None,
        reason=pair.reason,
        more_blocks=more,
    )
