"""Word error rates by the level of a noise, and the level at which they double. Pure."""

from collections.abc import Mapping, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from orchestrator.analysis.references import texts
from orchestrator.analysis.scoring.accuracy import Errors
from orchestrator.analysis.scoring.rates import FEWEST_CLUSTERS
from orchestrator.analysis.totals import Evidence
from orchestrator.runs.run_files import NOISE_PASSES
from orchestrator.runs.schema import (
    Doubling,
    ListeningCondition,
    NoiseCurve,
    NoisePoint,
    Rate,
    Settings,
)

_RESAMPLES = 2_000
_BATCH = 100  # resamples in memory at a time
_LIMITS = (0.025, 0.975)
Numbers = NDArray[np.float64]


def curves(
    clean: Mapping[str, Errors], evidence: Evidence, settings: Settings
) -> dict[str, tuple[NoiseCurve, ...]]:
    """Return the curves of each contender that heard clips in noise; `clean` is without it."""
    if settings.noise is None:
        return {}
    conditions = list(settings.noise.each())
    found = {}
    for name, errors in clean.items():
        under = _under(conditions, evidence, settings, name)
        if (rate := errors.wer()) and all(len(own) == len(errors) for own in under.values()):
            kinds = groupby(conditions, key=lambda condition: condition.kind)
            found[name] = tuple(
                _curve(kind, rate, errors, {each.level: under[each] for each in own})
                for kind, own in kinds
            )
    return found


def _under(
    conditions: Sequence[ListeningCondition], evidence: Evidence, settings: Settings, contender: str
) -> dict[ListeningCondition, Errors]:
    """Score what a contender heard under each condition."""
    found = {condition: Errors(settings.normalizer) for condition in conditions}
    lines = evidence.accuracy(NOISE_PASSES, contender)
    for clip in evidence.clips():
        if clip.reference is None:
            continue
        for condition, passes in zip(conditions, lines, strict=False):
            said, heard, language = texts(clip, passes, settings)
            if said is not None:
                found[condition].add(clip.name, said, heard, language, clip.speaker)
    return found


def _curve(kind: str, rate: Rate, clean: Errors, by_level: Mapping[float, Errors]) -> NoiseCurve:
    points = tuple(
        NoisePoint(level=level, wer=own.wer() or rate, failed=own.faults["failed"])
        for level, own in by_level.items()
    )
    columns = [clean.errors, *(own.errors for own in by_level.values())]
    doubles = doubling(list(by_level), columns, clean.words, clean.clusters)
    return NoiseCurve(kind=kind, clean=rate, points=points, doubles=doubles)


def doubling(
    levels: Sequence[float],
    errors: Sequence[NDArray[np.int64]],
    words: NDArray[np.int64],
    clusters: NDArray[np.uint64],
) -> Doubling | None:
    """Return where errors double: `errors` are each clip's, without noise and at each level.

    Between two levels the rate is taken to grow evenly. The interval draws speakers or recordings
    anew, the same for all levels; under ten of them there is none.
    """
    totals = np.array([[column.sum() for column in errors]], np.float64)
    if not totals[0, 0] or not words.sum():
        return None
    crossed = float(_crossings(totals)[0])
    if np.isinf(crossed):
        return Doubling(level=None, beyond="easiest" if crossed < 0 else "hardest")
    _, which = np.unique(clusters, return_inverse=True)
    sums = np.array([np.bincount(which, weights=column) for column in errors])
    low, high = None, None
    if (count := sums.shape[1]) >= FEWEST_CLUSTERS:
        ends = np.quantile(_resampled(sums, count), _LIMITS, method="inverted_cdf")
        low, high = (None if np.isinf(end) else _level(float(end), levels) for end in ends)
    return Doubling(level=_level(crossed, levels), low=low, high=high)


def _resampled(sums: Numbers, clusters: int) -> Numbers:
    """Return where errors double in samples of as many clusters, drawn with replacement."""
    random = np.random.default_rng(0)
    even = np.full(clusters, 1 / clusters)
    drawn = (
        random.multinomial(clusters, even, size=_BATCH) @ sums.T
        for _ in range(_RESAMPLES // _BATCH)
    )
    return np.concatenate([_crossings(each) for each in drawn])


def _crossings(errors: Numbers) -> Numbers:
    """Return where the errors of each row are first twice those of its first column.

    That is a place among the other columns: 0 is the easiest level, before it -inf, beyond the
    hardest inf. Words are the same at every level, so that errors double where rates do.
    """
    target, under = 2 * errors[:, :1], errors[:, 1:]
    above = under >= target
    first = above.argmax(axis=1)
    rows = np.arange(len(errors))
    before, after = under[rows, np.maximum(first - 1, 0)], under[rows, first]
    step = np.where(after > before, after - before, 1.0)
    found = first - 1 + (target[:, 0] - before) / step
    found = np.where(first == 0, -np.inf, found)
    return np.where(above.any(axis=1), found, np.inf)


def _level(place: float, levels: Sequence[float]) -> float:
    return float(np.interp(place, np.arange(len(levels)), levels))
