"""Accuracy over a corpus, fed clip by clip: 32 bytes a clip, no text is kept.

Two backends over the same clips differ more surely than either rate is known: what is hard to hear
is so for both.
"""

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from itertools import combinations
from math import ceil, log10
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from orchestrator.analysis.scoring import outputs, rates, text
from orchestrator.analysis.scoring.rates import FEWEST_CLUSTERS
from orchestrator.analysis.scoring.text import Normalizer, Score
from orchestrator.runs.schema import Accuracy, ErrorDifference, Formatting, Rate

Outcome = Literal["fewer", "more", "undecided"]
_ENOUGH = f"{FEWEST_CLUSTERS} speakers, recordings or clips"
_MOST_DECIMALS = 3


class Errors:
    """Counts of one backend: `score` over all clips, `faults` by kind, and each clip's errors."""

    def __init__(self, normalizer: Normalizer = "auto") -> None:
        self.normalizer: Normalizer = normalizer
        self.score = Score()
        self.faults: Counter[outputs.Fault] = Counter()
        self._clips = array("Q")
        self._clusters = array("Q")
        self._errors = array("q")
        self._words = array("q")

    def add(
        self,
        clip: str,
        reference: str,
        hypothesis: str | None,
        language: str = "en",
        cluster: str | None = None,
    ) -> Score:
        """Score a clip and keep its numbers.

        `hypothesis` is None where the backend failed: every word is then missing. `language` is
        that of the reference, whatever the backend took it for. `cluster` is the speaker or the
        recording, without which the clip stands for itself.
        """
        score = text.score(reference, hypothesis or "", language, self.normalizer)
        fault = outputs.fault(hypothesis, reference, language)
        self.score = text.total((self.score, score))
        if fault:
            self.faults[fault] += 1
        self._clips.append(number(clip))
        self._clusters.append(number(clip if cluster is None else cluster))
        self._errors.append(score.errors)
        self._words.append(score.words)
        return score

    def __len__(self) -> int:
        return len(self._clips)

    def wer(self) -> Rate | None:
        """Return the corpus's word error rate with its interval; None where nothing was said."""
        if not self.score.words:
            return None
        return rates.share(self.clusters, self.errors, self.words)

    def accuracy(self, languages: Sequence[str], formatting: Formatting | None) -> Accuracy | None:
        """Return what a summary says of it; None where nothing has a reference."""
        rate, counts = self.wer(), self.score
        if rate is None:
            return None
        return Accuracy(
            clips=len(self),
            words=counts.words,
            substitutions=counts.substitutions,
            insertions=counts.insertions,
            deletions=counts.deletions,
            characters=counts.characters,
            character_errors=counts.character_errors,
            wer=rate,
            cer=counts.cer,
            by_character=any(not text.is_spaced(language) for language in languages),
            empty=self.faults["empty"],
            failed=self.faults["failed"],
            looping=self.faults["looping"],
            formatting=formatting,
        )

    @property
    def clips(self) -> NDArray[np.uint64]:
        """Each clip's name as a number, in the order in which they were added."""
        return np.array(self._clips, np.uint64)

    @property
    def clusters(self) -> NDArray[np.uint64]:
        """Each clip's speaker or recording as a number."""
        return np.array(self._clusters, np.uint64)

    @property
    def errors(self) -> NDArray[np.int64]:
        """Each clip's errors."""
        return np.array(self._errors, np.int64)

    @property
    def words(self) -> NDArray[np.int64]:
        """Each reference's words."""
        return np.array(self._words, np.int64)


def number(name: str) -> int:
    """Return a name's hash of 64 bits: of 100,000 names two are alike once in 4 billion corpora."""
    return int.from_bytes(blake2b(name.encode(errors="surrogatepass"), digest_size=8).digest())


def compare(backends: Mapping[str, Errors], first: str, second: str) -> ErrorDifference | None:
    """Compare two over the clips both have; None where these have no words.

    Both are drawn anew together, by speaker or recording (`rates.estimate`). Source: Bisani and
    Ney, "Bootstrap estimates for confidence intervals in ASR performance evaluation" (2004).
    """
    one, other = backends[first], backends[second]
    common, here, there = np.intersect1d(one.clips, other.clips, return_indices=True)
    columns = (one.errors[here], one.words[here], other.errors[there], other.words[there])
    if not columns[1].sum():
        return None
    gap = rates.estimate(rates.gap, one.clusters[here], *columns, method="percentile")
    return judged(first, second, gap, len(common))


def compare_all(backends: Mapping[str, Errors]) -> tuple[ErrorDifference, ...]:
    """Compare every pair, each by itself, in the order in which `backends` has them."""
    found = (compare(backends, *pair) for pair in combinations(backends, 2))
    return tuple(difference for difference in found if difference)


def judged(
    first: str,
    second: str,
    gap: Rate,
    clips: int,
    does: str = "makes {} errors in 100 words than",
) -> ErrorDifference:
    """Return what it means that `first` makes so many errors a word fewer than `second`.

    `does` is what is counted, in words: it takes how many more or fewer.
    """
    fewer = 100 * gap.value
    low, high = (None if limit is None else 100 * limit for limit in (gap.low, gap.high))
    if low is None or high is None:
        outcome, doubt = None, f"; too few for a verdict: {gap.clusters}, and it takes {_ENOUGH}"
    else:
        outcome, doubt = _outcome(low, high), _limits(low, high)
    size, direction = _shown(fewer, low, high), "fewer" if fewer > 0 else "more"
    made = does.format(f"{size} {direction}")
    if not fewer:
        made = does.removesuffix("than").format("as many") + "as"
    return ErrorDifference(
        first=first,
        second=second,
        fewer=fewer,
        low=low,
        high=high,
        clips=clips,
        clusters=gap.clusters,
        outcome=outcome,
        sentence=f"{first} {made} {second}{doubt}",
    )


def _outcome(low: float, high: float) -> Outcome:
    """Place the interval: to decide anything it must be wholly on one side of 0."""
    if low > 0:
        return "fewer"
    return "more" if high < 0 else "undecided"


def _limits(low: float, high: float) -> str:
    if _outcome(low, high) == "undecided":
        return f": undecided ({_shown(low, low, high)} more to {_shown(high, low, high)} fewer)"
    nearest, farthest = (_shown(limit, low, high) for limit in sorted((low, high), key=abs))
    return f" ({nearest} to {farthest})"


def _shown(value: float, low: float | None, high: float | None) -> str:
    """Write a size with as many decimals as the interval's width gives sense to."""
    width = (high or 0) - (low or 0)
    decimals = ceil(-log10(width)) if width else 1
    return f"{abs(value):.{min(max(decimals, 1), _MOST_DECIMALS)}f}"
