"""How differently backends hear the same audio: what can be said without a transcript to go by.

The rate of two is edits over the words of the longer text: the same both ways, 0 where they agree,
1 where they share nothing. Over the words of one of them, as in a word error rate, 20 words against
silence would be endless; over their mean 200 %, so that who fell silent outweighs who heard wrong.
"""

import heapq
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, combinations, count, pairwise
from statistics import fmean

import jiwer

from orchestrator.analysis.references import spoken
from orchestrator.analysis.scoring import text
from orchestrator.analysis.totals import Evidence, side_by_side
from orchestrator.runs.schema import (
    ClipRecord,
    Disagreement,
    Disputed,
    Measured,
    Passes,
    SegmentText,
    Settings,
)

_FEW_WORDS = 5  # as if so many more were agreed on: a lone "oh" is no better worth a look


def disagreements(
    measured: Mapping[str, Sequence[Measured]], evidence: Evidence, settings: Settings
) -> tuple[tuple[Disagreement, ...], tuple[Disputed, ...]]:
    """Compare the first transcripts of every two backends; name the places they dispute most.

    Nothing under two backends. The transcripts are read twice, a clip at a time: who is nearest to
    all others, by whose segments places are named, is known after the first time.
    """
    if len(measured) < 2:  # noqa: PLR2004 - it takes two
        return (), ()
    apart = Disagreements(list(measured))
    for clip, heard in _side_by_side(measured, evidence):
        texts = {b: None if p.failed is not None else p.text for b, p in heard.items()}
        apart.add(texts, spoken(clip, settings, next(iter(heard.values()))))
    medoid = apart.medoid()
    if medoid is None:
        return apart.pairs(), ()
    disputes = Disputes(medoid)
    for clip, heard in _side_by_side(measured, evidence):
        language = spoken(clip, settings, next(iter(heard.values())))
        disputes.add(clip.name, heard, language, clip.offset)
    return apart.pairs(), disputes.found()


def _side_by_side(
    measured: Mapping[str, Sequence[Measured]], evidence: Evidence
) -> Iterator[tuple[ClipRecord, dict[str, Passes]]]:
    for clip, passes in side_by_side([rows[0] for rows in measured.values()], evidence):
        yield clip, dict(zip(measured, passes, strict=True))


class Disagreements:
    """Edits between every two of `backends`, fed clip by clip; keeps two numbers a pair."""

    def __init__(self, backends: Sequence[str]) -> None:
        self._backends = tuple(backends)
        self._edits: Counter[frozenset[str]] = Counter()
        self._words: Counter[frozenset[str]] = Counter()

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

    def pairs(self) -> tuple[Disagreement, ...]:
        """Return every two of the backends with their rate."""
        return tuple(
            Disagreement(first=one, second=other, rate=self.rate(one, other))
            for one, other in combinations(self._backends, 2)
        )

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


class Disputes:
    """The `most` disputed segments of `backend`, fed clip by clip; `backend` best is the medoid."""

    def __init__(self, backend: str, most: int = 20) -> None:
        self._backend = backend
        self._most = most
        self._order = count(0, -1)  # of equals the first stays
        self._kept: list[tuple[float, int, Disputed]] = []

    def add(
        self, clip: str, given: Mapping[str, Passes], language: str = "en", offset: float = 0.0
    ) -> None:
        """Look for disputes in a clip; one that the backend failed at or did not get has none.

        Their times are those of the recording, in which the clip begins at `offset`.
        """
        heard = {name: passes for name, passes in given.items() if passes.failed is None}
        if self._backend not in heard or len(heard) == 1:
            return
        segments = _segments(heard[self._backend])
        others = {
            name: _cut(segments, other.text, language)
            for name, other in heard.items()
            if name != self._backend
        }
        for place, segment in enumerate(segments):
            theirs = {name: pieces[place] for name, pieces in others.items()}
            share, words = _share_disputed(segment.text, list(theirs.values()), language)
            if share:
                texts = {self._backend: segment.text.strip(), **theirs}
                start, end = (t if t is None else t + offset for t in (segment.start, segment.end))
                dispute = Disputed(clip=clip, start=start, end=end, share=share, heard=texts)
                self._keep(share * words / (words + _FEW_WORDS), dispute)

    def found(self) -> tuple[Disputed, ...]:
        """Return the disputes, the one most worth correcting first."""
        return tuple(dispute for _, _, dispute in sorted(self._kept, reverse=True))

    def _keep(self, weight: float, dispute: Disputed) -> None:
        heapq.heappush(self._kept, (weight, next(self._order), dispute))
        if len(self._kept) > self._most:
            heapq.heappop(self._kept)


def _segments(heard: Passes) -> Sequence[SegmentText]:
    whole = SegmentText(start=None, end=None, text=heard.text)  # for want of times
    timed = [one for one in heard.segments if one.start is not None and one.end is not None]
    return timed if timed and len(timed) == len(heard.segments) else [whole]


def _share_disputed(ours: str, theirs: Sequence[str], language: str) -> tuple[float, int]:
    """Return the share of words heard differently, averaged over the others, and how many words."""
    words = text.normalise(ours, language).split()
    pairs = [distance(words, text.normalise(other, language).split()) for other in theirs]
    shares = [edits / longer if longer else 0.0 for edits, longer in pairs]
    return fmean(shares), max(longer for _, longer in pairs)


def _cut(segments: Sequence[SegmentText], other: str, language: str) -> list[str]:
    """Cut another's text, as written, where the segments begin: by jiwer's alignment of words."""
    spans = text.tokens(other, language)
    said = [_keys(segment.text, text.tokens(segment.text, language)) for segment in segments]
    words = " ".join(key for keys in said for key in keys)
    chunks = jiwer.process_words(words, " ".join(_keys(other, spans))).alignments[0]
    ends = [chunk.ref_end_idx for chunk in chunks]
    cuts = [0]
    for begin in list(accumulate(map(len, said)))[:-1]:
        # The first chunk that reaches beyond: what was inserted before belongs to what it follows.
        here = bisect_right(ends, begin)
        chunk = chunks[here] if here < len(chunks) else None
        ahead = chunk.hyp_start_idx + begin - chunk.ref_start_idx if chunk else len(spans)
        cuts.append(min(ahead, chunk.hyp_end_idx if chunk else ahead))
    cuts.append(len(spans))
    return [other[spans[a][0] : spans[b - 1][1]] if a < b else "" for a, b in pairwise(cuts)]


def _keys(written: str, spans: Sequence[tuple[int, int]]) -> list[str]:
    """Return the words as they are aligned: letters and digits in one case, or the sign itself."""
    words = [written[start:end] for start, end in spans]
    return ["".join(filter(str.isalnum, word.casefold())) or word for word in words]
