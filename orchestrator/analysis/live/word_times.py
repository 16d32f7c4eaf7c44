"""When each word of a clip was spoken: as its corpus says, else as most engines time it. Pure."""

from collections.abc import Sequence
from statistics import median

from orchestrator.analysis.live.stream import Spoken
from orchestrator.analysis.scoring.matching import keys, matched, places
from orchestrator.runs.schema import LivePass, TimedWord


def spoken(
    known: Sequence[TimedWord], reference: str | None, heard: Sequence[LivePass], language: str
) -> list[Spoken]:
    """Return the words of a clip whose ends are `known`, or that the engines agree on."""
    agreed = _agreed(reference, heard, language)
    if not known:
        return agreed
    said = places(known, language)
    alike = matched([word.key for word in agreed], [place.key for place in said])
    others = {j: agreed[i] for i, j in alike}
    found = []
    for j, (key, start, end) in enumerate(said):
        other = others.get(j)
        if end is not None:
            begin = start if start is not None else other.start if other else end
            found.append(Spoken(key, begin, end, known=True))
        elif other:
            found.append(other if start is None else Spoken(key, start, other.end))
    return found


def _agreed(reference: str | None, heard: Sequence[LivePass], language: str) -> list[Spoken]:
    """Return the words of a clip with the median of their times, as far as any engine has them.

    Its words are those of the reference, without which they are those of the first engine that has
    times.
    """
    timed = [_words(live, language) for live in heard if live.words]
    if not timed:
        return []
    said = keys(reference, language) if reference is not None else [w.key for w in timed[0]]
    times: list[list[Spoken]] = [[] for _ in said]
    for words in timed:
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
