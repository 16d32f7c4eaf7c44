"""Draws a sample of a corpus that has short and long clips in the corpus's own proportions."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from orchestrator.clips.audio.utterances import Fault, Utterance
from orchestrator.clips.corpora.corpus import Corpus
from orchestrator.errors import UsageError


def chosen(corpus: Corpus, limit: int | None, seed: int) -> Iterator[Utterance | Fault]:
    """Yield the whole corpus or a sample of `limit` clips, in the corpus's order, and every fault.

    Never the first clips: corpora are often sorted by length or by speaker. The same corpus, limit
    and seed give the same clips. Raises UsageError for a limit under 1.
    """
    if limit is None:
        yield from corpus.utterances()
        return
    if limit < 1:
        raise UsageError(f"a sample of {limit} clips is none", "give --limit 1 or more")
    corpus.progress(f"reading the lengths of {corpus.name}", None)
    drawn = stratified(corpus.lengths(), limit, seed)
    yield from corpus.utterances(set(drawn.tolist()))


def stratified(lengths: NDArray[np.float64], limit: int, seed: int) -> NDArray[np.intp]:
    """Return the indices of a sample, ascending: one of each of `limit` near-equal strata.

    The strata are cut from the clips in order of length, those of unknown length (NaN) last.
    """
    if limit >= len(lengths):
        return np.arange(len(lengths))
    strata = np.array_split(np.argsort(lengths, kind="stable"), limit)
    places = np.random.Generator(np.random.PCG64(seed)).random(limit)
    return np.sort([s[int(place * len(s))] for s, place in zip(strata, places, strict=True)])
