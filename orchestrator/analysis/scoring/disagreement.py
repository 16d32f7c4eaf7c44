"""How differently backends hear the same audio: what can be said without a transcript to go by.

The rate of two is edits over the words of the longer text: the same both ways, 0 where they agree,
1 where they share nothing. Over the words of one of them, as in a word error rate, 20 words against
silence would be endless; over their mean 200 %, so that who fell silent outweighs who heard wrong.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations

from orchestrator.analysis.scoring import text


class Disagreement:
    """Edits between every two of `backends`, fed clip by clip; keeps two numbers a pair."""

    def __init__(self, backends: Sequence[str]) -> None:
        self._backends = tuple(backends)
        pairs = [frozenset(pair) for pair in combinations(self._backends, 2)]
        self._edits = dict.fromkeys(pairs, 0)
        self._words = dict.fromkeys(pairs, 0)

    def add(self, heard: Mapping[str, str | None], language: str = "en") -> None:
        """Compare what each backend heard in a clip; None, a failure, has no words.

        A pair counts the clips that both took part in.
        """
        there = [backend for backend in self._backends if backend in heard]
        words = {b: text.normalise(heard[b] or "", language).split() for b in there}
        for one, other in combinations(there, 2):
            edits, longer = distance(words[one], words[other])
            self._edits[frozenset((one, other))] += edits
            self._words[frozenset((one, other))] += longer

    def rate(self, one: str, other: str) -> float | None:
        """Return the share of words the two hear differently; None where neither heard any."""
        pair = frozenset((one, other))
        return self._edits[pair] / self._words[pair] if self._words[pair] else None

    def means(self) -> dict[str, float | None]:
        """Return each backend's mean rate against all others; None where it has none."""
        found: dict[str, float | None] = {}
        for backend in self._backends:
            rates = [self.rate(backend, other) for other in self._backends if other != backend]
            known = [rate for rate in rates if rate is not None]
            found[backend] = sum(known) / len(known) if known else None
        return found

    def medoid(self) -> str | None:
        """Name the backend nearest to all others, of equals by the alphabet; None where none is.

        Nearest is not best: engines with the same weights make the same errors, and agree on them.
        """
        known = {backend: mean for backend, mean in self.means().items() if mean is not None}
        return min(sorted(known), key=known.__getitem__) if known else None


def distance(one: list[str], other: list[str]) -> tuple[int, int]:
    """Count the edits between two lists of words, compounds forgiven, and the longer's words."""
    return sum(text.edits(one, other)), max(len(one), len(other))
