"""Errors by group: what a corpus says of its clips, and how far the groups are apart."""

from array import array
from collections.abc import Collection, Iterable, Sequence
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchestrator.analysis.references import Referenced
from orchestrator.analysis.scoring import rates, text
from orchestrator.analysis.scoring.accuracy import Errors
from orchestrator.analysis.scoring.intervals import CONFIDENCE
from orchestrator.errors import UsageError, did_you_mean
from orchestrator.runs.schema.groups import Breakdown, Gap, GroupScore

_NONE = -1  # the group of a clip that is in none


def of(clip: Referenced) -> dict[str, str]:
    """Return what is known of a clip: the corpus's columns, its language, speaker and folder."""
    folder = clip.name.rpartition("/")[0]
    known = {"language": clip.language, "speaker": clip.speaker, "folder": folder}
    return {name: value for name, value in known.items() if value} | dict(clip.groups)


def require(by: Collection[str], clips: Iterable[Referenced]) -> None:
    """Raise UsageError for a column that no clip has, with those that there are."""
    if not by:
        return
    there = {name for clip in clips for name in of(clip)}
    for name in by:
        if name not in there:
            fix = f"{did_you_mean(name, there)}there are: {', '.join(sorted(there)) or 'none'}"
            raise UsageError(f"--by {name}: the corpus says nothing of that", fix)


class GroupErrors:
    """One contender's clips by group; they are added in the order in which `errors` has them."""

    def __init__(self, by: Sequence[str], errors: Errors) -> None:
        self._errors = errors
        self._names: dict[str, dict[str, int]] = {name: {} for name in by}
        self._groups = {name: array("q") for name in by}
        self._unspaced: set[tuple[str, int]] = set()

    def add(self, clip: Referenced, language: str) -> None:
        """Put a clip into its groups."""
        known = of(clip) if self._names else {}
        for by, names in self._names.items():
            value = known.get(by)
            number = _NONE if value is None else names.setdefault(value, len(names))
            self._groups[by].append(number)
            if number != _NONE and not text.is_spaced(language):
                self._unspaced.add((by, number))

    def breakdowns(self) -> tuple[Breakdown, ...]:
        """Return the errors of every group, the largest first, and how far they are apart."""
        errors = self._errors
        counts = _Counts(errors.clusters, errors.errors, errors.words)
        return tuple(self._by(by, names, counts) for by, names in self._names.items())

    def _by(self, by: str, names: dict[str, int], counts: "_Counts") -> Breakdown:
        which = np.array(self._groups[by], np.int64)
        scores = []
        for name, number in names.items():
            there = which == number
            if words := int(counts.words[there].sum()):
                score = GroupScore(
                    name=name,
                    clips=int(there.sum()),
                    words=words,
                    wer=rates.share(*(column[there] for column in counts)),
                    by_character=(by, number) in self._unspaced,
                )
                scores.append(score)
        return Breakdown(
            by=by,
            groups=tuple(sorted(scores, key=lambda score: (-score.words, score.name))),
            without=int((which == _NONE).sum()),
            gap=_gap(scores, {score.name: which == names[score.name] for score in scores}, counts),
        )


class _Counts(NamedTuple):
    """Each clip's speaker or recording, its errors and its words."""

    clusters: NDArray[np.uint64]
    errors: NDArray[np.int64]
    words: NDArray[np.int64]


def _gap(
    scores: Sequence[GroupScore], members: dict[str, NDArray[np.bool_]], counts: _Counts
) -> Gap | None:
    """Compare the best group with the worst, of those that have intervals and count words alike.

    Which two these are is seen in the data: the limits hold for all pairs at once (Bonferroni).
    """
    known = [score for score in scores if score.wer.low is not None]
    known.sort(key=lambda score: score.wer.value)
    if len(known) < 2 or len({score.by_character for score in known}) > 1:  # noqa: PLR2004 - a pair
        return None
    best, worst = (members[known[place].name] for place in (0, -1))
    found = rates.estimate(
        rates.gap,
        counts.clusters,
        *(counts.errors * best, counts.words * best),
        *(counts.errors * worst, counts.words * worst),
        method="percentile",
        confidence=1 - (1 - CONFIDENCE) / comb(len(known), 2),
    )
    if found.low is None or found.high is None:
        return None
    return Gap(
        best=known[0].name,
        worst=known[-1].name,
        more=100 * found.value,
        low=100 * found.low,
        high=100 * found.high,
        groups=len(known),
        outcome="more" if found.low > 0 else "undecided",
    )
