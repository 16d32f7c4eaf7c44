"""The places where backends disagree most: a short list to listen to and to correct by hand."""

import heapq
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, count, pairwise
from statistics import fmean
from typing import Protocol

import jiwer

from orchestrator.analysis.scoring import text
from orchestrator.analysis.scoring.disagreement import distance

_FEW_WORDS = 5  # as if so many more were agreed on: a lone "oh" is no better worth a look


class Segment(Protocol):
    """A stretch of a transcript; seconds from the clip's start, None where there are none."""

    @property
    def start(self) -> float | None: ...  # noqa: D102 - said above
    @property
    def end(self) -> float | None: ...  # noqa: D102
    @property
    def text(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Heard:
    """What a backend made of a clip: nothing, where it failed."""

    text: str
    segments: Sequence[Segment] = ()


@dataclass(frozen=True, slots=True)
class Dispute:
    """A place, in seconds of its clip (None: the whole clip), and what each backend has there."""

    clip: str
    start: float | None
    end: float | None
    share: float  # of the words, that the others hear differently, on average
    texts: dict[str, str]  # as written, by backend, the one gone by first


class Disputes:
    """The `most` disputed segments of `backend`, fed clip by clip; `backend` best is the medoid."""

    def __init__(self, backend: str, most: int = 20) -> None:
        self._backend = backend
        self._most = most
        self._order = count(0, -1)  # of equals the first stays
        self._kept: list[tuple[float, int, Dispute]] = []

    def add(self, clip: str, heard: Mapping[str, Heard], language: str = "en") -> None:
        """Look for disputes in a clip; one that the backend took no part in has none."""
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
            share, words = _disputed(segment.text, list(theirs.values()), language)
            if share:
                texts = {self._backend: segment.text.strip(), **theirs}
                dispute = Dispute(clip, segment.start, segment.end, share, texts)
                self._keep(share * words / (words + _FEW_WORDS), dispute)

    def found(self) -> list[Dispute]:
        """Return the disputes, the one most worth correcting first."""
        return [dispute for _, _, dispute in sorted(self._kept, reverse=True)]

    def _keep(self, weight: float, dispute: Dispute) -> None:
        heapq.heappush(self._kept, (weight, next(self._order), dispute))
        if len(self._kept) > self._most:
            heapq.heappop(self._kept)


@dataclass(frozen=True, slots=True)
class _Whole:
    """A clip as one segment, for want of times."""

    text: str
    start: None = None
    end: None = None


def _segments(heard: Heard) -> Sequence[Segment]:
    timed = [one for one in heard.segments if one.start is not None and one.end is not None]
    return timed if timed and len(timed) == len(heard.segments) else [_Whole(heard.text)]


def _disputed(ours: str, theirs: Sequence[str], language: str) -> tuple[float, int]:
    """Return the share of words heard differently, averaged over the others, and how many words."""
    words = text.normalise(ours, language).split()
    pairs = [distance(words, text.normalise(other, language).split()) for other in theirs]
    shares = [edits / longer if longer else 0.0 for edits, longer in pairs]
    return fmean(shares), max(longer for _, longer in pairs)


def _cut(segments: Sequence[Segment], other: str, language: str) -> list[str]:
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
