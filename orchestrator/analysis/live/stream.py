"""The figures of one spoken clip, from what was shown and when its words were spoken. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from orchestrator.analysis.live.screen import Screen, Word
from orchestrator.analysis.scoring.matching import matched
from orchestrator.runs.schema import LivePass


@dataclass(frozen=True)
class Spoken:
    """A word as it was spoken, by its key; seconds of the clip."""

    key: str
    start: float
    end: float
    known: bool = False  # by its corpus, else by the engines' own times


@dataclass(frozen=True)
class Figures:
    """What one clip showed; lags in seconds, a word each, in the order of the final text."""

    first_word: float | None
    known: int  # of the next: by known times
    shown: tuple[float, ...]
    settled: tuple[float, ...]
    added: int
    removed: int
    revoked: int
    final: float
    behind: float  # seconds of the clip, when that was most
    unheard: float  # of them, when it had been spoken


def figures(
    live: LivePass, said: Sequence[Spoken], seconds: float, pace: float, language: str
) -> Figures | None:
    """Return the figures of a clip of so many `seconds`; None of one that failed.

    `said` are the words whose times are known. Only words of the final text have lags.
    """
    if live.ended is None or live.final is None:
        return None
    screen, promised = Screen(language), Screen(language)
    first = None
    for at, stands, text in _shown(live):
        screen.show(text, at)
        promised.show(stands, at)
        if first is None and screen.words:
            first = at
    timed = list(_timed(screen, said))
    begin = said[0].start / pace if said else 0.0
    return Figures(
        first_word=None if first is None else first - begin,
        known=sum(said.known for _, said in timed),
        shown=tuple(word.shown - said.end / pace for word, said in timed),
        settled=tuple(word.since - said.end / pace for word, said in timed),
        added=screen.added,
        removed=screen.removed,
        revoked=promised.removed,
        final=live.final - live.ended,
        behind=max(_backlogs(live, seconds, pace)),
        unheard=_unheard(live, seconds),
    )


@dataclass(frozen=True)
class Change:
    """What a reader sees from a moment on, and which words that were there it took back."""

    at: float
    stands: str
    may_change: str
    taken_back: tuple[str, ...]

    @property
    def text(self) -> str:
        """All that is shown."""
        return (self.stands + self.may_change).strip()


def changes(live: LivePass, language: str) -> Iterator[Change]:
    """Yield every change of what is shown of a clip, its final text last."""
    screen, before = Screen(language), Change(0.0, "", "", ())
    for at, stands, whole in _shown(live):
        screen.show(whole, at)
        change = Change(at, stands, whole[len(stands) :], tuple(screen.gone))
        if (change.text, change.stands) != (before.text, before.stands):
            yield change
        before = change


def _shown(live: LivePass) -> Iterator[tuple[float, str, str]]:
    """Yield each moment, what stands from then on, and all that is shown; the final text last."""
    stands = ""
    for partial in live.partials:
        stands += partial.stands
        yield partial.at, stands, stands + partial.may_change
    if live.final is not None:
        yield live.final, live.text, live.text


def _timed(screen: Screen, said: Sequence[Spoken]) -> Iterator[tuple[Word, Spoken]]:
    words = screen.words
    for i, j in matched([word.key for word in words], [word.key for word in said]):
        yield words[i], said[j]


def _backlogs(live: LivePass, seconds: float, pace: float) -> Iterator[float]:
    """Yield how much of the clip was unheard just before each partial, and when it had been spoken.

    In between it only grows.
    """
    heard = 0.0
    for partial in live.partials:
        if live.ended is not None and partial.at <= live.ended:
            yield min(partial.at * pace, seconds) - heard
        heard = max(heard, partial.heard)
    yield _unheard(live, seconds)


def _unheard(live: LivePass, seconds: float) -> float:
    ended = live.ended or 0.0
    return seconds - max((p.heard for p in live.partials if p.at <= ended), default=0.0)
