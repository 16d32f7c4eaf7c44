"""Marks in a transcript, word by word as it is written, what differs from what was said."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Literal

import jiwer

from orchestrator.analysis.scoring import text
from orchestrator.analysis.scoring.text import Normalizer

Kind = Literal["same", "wrong", "missed", "invented"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of words; `at` is where it begins in the audio, in seconds, if a segment does."""

    kind: Kind
    said: str = ""  # as the reference has it; empty where it is the same or was invented
    heard: str = ""  # as the backend wrote it; empty where words were missed
    at: float | None = None


class Marker:
    """Marks transcripts of one language; texts are alike where the WER takes them for alike."""

    def __init__(self, language: str, normalizer: Normalizer = "auto") -> None:
        self.space = " " if text.is_spaced(language) else ""
        self._language = language
        self._normalizer = normalizer

    def marked(
        self, said: str | None, heard: str, starts: Mapping[int, float] | None = None
    ) -> Iterator[Piece]:
        """Yield the pieces of `heard`, in order; without `said` nothing is marked.

        `starts` is when a segment begins, by the number of its first word.
        """
        theirs = _Words(heard, self._language, self._normalizer)
        times = starts or {}
        if not theirs.keys and theirs.all:
            yield Piece("same", heard=theirs.all)  # such as "um" alone: nothing that counts
        if said is None:
            yield from _cut("same", "", theirs, (0, len(theirs.keys)), times)
            return
        ours = _Words(said, self._language, self._normalizer)
        for equal, chunks in groupby(_chunks(ours.keys, theirs.keys), lambda c: c.type == "equal"):
            region = list(chunks)
            if equal or self._alike(ours, theirs, region):
                span = (region[0].hyp_start_idx, region[-1].hyp_end_idx)
                yield from _cut("same", "", theirs, span, times)
                continue
            for chunk in region:
                words = ours.written(chunk.ref_start_idx, chunk.ref_end_idx)
                span = (chunk.hyp_start_idx, chunk.hyp_end_idx)
                yield from _cut(_KINDS[chunk.type], words, theirs, span, times)

    def _alike(
        self, ours: "_Words", theirs: "_Words", region: Sequence[jiwer.AlignmentChunk]
    ) -> bool:
        """Tell whether a stretch differs in writing alone: twenty dollars and $20, a compound."""
        if self._normalizer == "none":
            return False
        first, last = region[0], region[-1]
        texts = (
            ours.written(first.ref_start_idx, last.ref_end_idx),
            theirs.written(first.hyp_start_idx, last.hyp_end_idx),
        )
        said, heard = (_key(t, self._language, self._normalizer) for t in texts)
        return said == heard


_KINDS: dict[str, Kind] = {"substitute": "wrong", "delete": "missed", "insert": "invented"}


class _Words:
    """A text by the words that count, each with what is written up to the next: a dash, an um."""

    def __init__(self, written: str, language: str, normalizer: Normalizer) -> None:
        spans = text.tokens(written, language)
        keys = [_key(written[a:b], language, normalizer) for a, b in spans]
        kept = [number for number, key in enumerate(keys) if key]
        self.keys = [keys[number] for number in kept]
        self.all = written.strip()
        self._text = written
        self._spans = spans
        self._bounds = [0, *kept[1:], len(spans)]

    def written(self, start: int, end: int) -> str:
        """Return the words of a range as they are written."""
        if start >= end:
            return ""
        first, last = self._bounds[start], self._bounds[end] - 1
        return self._text[self._spans[first][0] : self._spans[last][1]]

    def number(self, token: int) -> int:
        """Return which word a written token is, or comes before."""
        return bisect_left(self._bounds, token)


def _chunks(said: list[str], heard: list[str]) -> list[jiwer.AlignmentChunk]:
    if said and heard:
        return jiwer.process_words(" ".join(said), " ".join(heard)).alignments[0]
    kind = "delete" if said else "insert"
    return [jiwer.AlignmentChunk(kind, 0, len(said), 0, len(heard))] if said or heard else []


def _cut(
    kind: Kind, said: str, words: _Words, span: tuple[int, int], starts: Mapping[int, float]
) -> Iterator[Piece]:
    """Yield a range in one piece, or in several where segments begin within what is the same."""
    begin, end = span
    times = {words.number(token): at for token, at in starts.items()}
    inside = sorted(number for number in times if begin <= number < end)
    if kind != "same":
        at = times[inside[0]] if inside else None
        yield Piece(kind, said, words.written(begin, end), at)
        return
    cuts = sorted({begin, *inside})
    for start, stop in zip(cuts, [*cuts[1:], end], strict=True):
        if start < stop:
            yield Piece("same", heard=words.written(start, stop), at=times.get(start))


@lru_cache(50_000)
def _key(word: str, language: str, normalizer: Normalizer) -> str:
    """Return what a word is compared by; words come again, and normalising is most of the work."""
    return "".join(text.normalise(word, language, normalizer).split())
