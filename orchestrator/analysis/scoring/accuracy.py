"""One backend's accuracy over a corpus, fed clip by clip: 32 bytes a clip, no text is kept."""

from array import array
from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchestrator.analysis.scoring import outputs, rates, text
from orchestrator.analysis.scoring.text import Normalizer, Score
from orchestrator.runs.schema import Accuracy, Formatting, Rate


class Judged(NamedTuple):
    """What came of one clip: its counts, and what is wrong with the output as a whole."""

    score: Score
    fault: outputs.Fault | None


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
    ) -> Judged:
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
        self._clips.append(_number(clip))
        self._clusters.append(_number(clip if cluster is None else cluster))
        self._errors.append(score.errors)
        self._words.append(score.words)
        return Judged(score, fault)

    def __len__(self) -> int:
        return len(self._clips)

    def wer(self) -> Rate | None:
        """Return the corpus's word error rate with its interval; None where nothing was said."""
        if not self.score.words:
            return None
        found = rates.estimate(rates.rate, self.clusters, self.errors, self.words)
        low = None if found.low is None else max(0.0, found.low)
        return found.model_copy(update={"low": low})

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


def _number(name: str) -> int:
    """Return a name's hash of 64 bits: of 100,000 names two are alike once in 4 billion corpora."""
    return int.from_bytes(blake2b(name.encode(errors="surrogatepass"), digest_size=8).digest())
