"""How well contenders hear the terms of a run: over all clips, term by term, and in pairs."""

import math
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrator.analysis.scoring import accuracy, rates
from orchestrator.analysis.scoring.accuracy import Errors
from orchestrator.analysis.scoring.terms import Lexicon
from orchestrator.runs.schema import Rate
from orchestrator.runs.schema.terms import ScoreOfTerm, TermDifference, TermScore, TermsHeard

_Counts = NDArray[np.int64]


class TermErrors:
    """Counts of one contender: five numbers a clip, and four more a term that is in it.

    Clips are added in the order in which `errors` has them, which knows their speakers.
    """

    def __init__(self, lexicon: Lexicon, errors: Errors) -> None:
        self._lexicon = lexicon
        self._errors = errors
        self._clips = [array("q") for _ in range(5)]  # said, heard, found; others: words, errors
        self._terms = [array("q") for _ in range(5)]  # clip, term; said, heard, found

    def add(self, reference: str, hypothesis: str | None, language: str) -> None:
        """Look for the terms in a clip; a failure, a `hypothesis` of None, has none."""
        clip = len(self._clips[0])
        heard = self._lexicon.heard(reference, hypothesis or "", language)
        counts: tuple[Counter[int], ...] = (heard.said, heard.heard, heard.found)
        totals = (*(each.total() for each in counts), heard.words, heard.errors)
        _append(self._clips, *totals)
        for term in sorted(heard.said | heard.heard):
            _append(self._terms, clip, term, *(each[term] for each in counts))

    def scores(self) -> TermsHeard | None:
        """Return what a summary says of it; None where no clip has a reference."""
        if not self._clips[0]:
            return None
        *counts, words, errors = self.counts
        return TermsHeard(
            total=TermScore(**_score(self.clusters, *counts)),
            others=_share(self.clusters, errors, words, most=math.inf),
            terms=tuple(self._by_term(self.clusters)),
        )

    def _by_term(self, clusters: NDArray[np.uint64]) -> Iterator[ScoreOfTerm]:
        clip, term, *counts = (np.array(column, np.int64) for column in self._terms)
        order = np.argsort(term, kind="stable")
        for places in np.split(order, np.flatnonzero(np.diff(term[order])) + 1):
            if len(places):
                name = self._lexicon.terms[term[places[0]]].name
                own = _score(clusters[clip[places]], *(column[places] for column in counts))
                yield ScoreOfTerm(term=name, **own)

    @property
    def clusters(self) -> NDArray[np.uint64]:
        """Each clip's speaker or recording as a number."""
        return self._errors.clusters

    @property
    def counts(self) -> list[_Counts]:
        """Each clip's terms said, heard and found, other words and errors in these."""
        return [np.array(column, np.int64) for column in self._clips]


def compare_all(contenders: Mapping[str, TermErrors]) -> tuple[TermDifference, ...]:
    """Compare every pair over the same clips, in the order in which `contenders` has them."""
    found = (
        _compare(first, second, contenders[first], contenders[second])
        for first, second in combinations(contenders, 2)
    )
    return tuple(difference for difference in found if difference)


def _compare(first: str, second: str, one: TermErrors, other: TermErrors) -> TermDifference | None:
    said, heard, found, words, errors = one.counts
    _, its_heard, its_found, _, its_errors = other.counts
    if not said.sum():
        return None
    missed = _gap(one.clusters, said - found, said, said - its_found)
    others = _gap(one.clusters, errors, words, its_errors) if words.sum() else None
    return TermDifference(
        missed=accuracy.judged(first, second, missed, len(said), "misses {} of 100 terms than"),
        others=others
        and accuracy.judged(
            first, second, others, len(said), "makes {} errors in 100 other words than"
        ),
        inserted=(int((heard - found).sum()), int((its_heard - its_found).sum())),
    )


def _gap(clusters: NDArray[np.uint64], own: _Counts, all_: _Counts, its: _Counts) -> Rate:
    return rates.estimate(rates.gap, clusters, own, all_, its, all_, method="percentile")


def _append(columns: list["array[int]"], *values: int) -> None:
    for column, value in zip(columns, values, strict=True):
        column.append(value)


def _score(
    clusters: NDArray[np.uint64], said: _Counts, heard: _Counts, found: _Counts
) -> dict[str, Any]:
    return {
        "said": int(said.sum()),
        "heard": int(heard.sum()),
        "found": int(found.sum()),
        "inserted": int((heard - found).sum()),
        "recall": _share(clusters, found, said),
        "precision": _share(clusters, found, heard),
        "f": _share(clusters, 2 * found, said + heard),
    }


def _share(
    clusters: NDArray[np.uint64], some: _Counts, every: _Counts, most: float = 1.0
) -> Rate | None:
    """Return a share with its interval by speaker or recording; None of nothing."""
    return rates.share(clusters, some, every, most) if every.sum() else None
