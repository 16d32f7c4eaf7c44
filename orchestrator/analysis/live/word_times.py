"""When each word of a clip was spoken: the median of the engines that give times of words. Pure."""

from collections.abc import Sequence
from statistics import median

from orchestrator.analysis.live.screen import keys
from orchestrator.analysis.live.stream import Spoken, matched
from orchestrator.runs.schema import LivePass


def spoken(reference: str | None, heard: Sequence[LivePass], language: str) -> list[Spoken]:
    """Return the words of a clip with their times, as far as any engine knows them.

    Its words are those of the reference, without which they are those of the first engine that has
    times.
    """
    known = [_words(live, language) for live in heard if live.words]
    if not known:
        return []
    said = keys(reference, language) if reference is not None else [w.key for w in known[0]]
    times: list[list[Spoken]] = [[] for _ in said]
    for words in known:
        for i, j in matched([word.key for word in words], said):
            times[j].append(words[i])
    return [
        Spoken(key, median(w.start for w in found), median(w.end for w in found))
        for key, found in zip(said, times, strict=True)
        if found
    ]


def _words(live: LivePass, language: str) -> list[Spoken]:
    return [
        Spoken(key, word.start, word.end)
        for word in live.words or ()
        if word.start is not None and word.end is not None
        for key in keys(word.text, language)
    ]
