"""What a reader sees of a growing text: when each word came, and which were taken back. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import kaldialign  # type: ignore[import-untyped]

from orchestrator.analysis.scoring.matching import keys

_NOTHING = ""  # stands in an alignment where a word has no counterpart; no word is empty


@dataclass
class Word:
    """A word on the screen: `first` is when each spelling of it was first shown."""

    key: str
    since: float  # it has not changed since then
    first: dict[str, float] = field(default_factory=dict)
    visible: bool = True

    @property
    def shown(self) -> float:
        """When it was first shown as it is now."""
        return self.first[self.key]


class Screen:
    """Follows a text as it changes; counts words that were `added` and `removed`.

    `gone` are those that the last change removed, by their keys. A word that becomes another is
    both. One that vanishes and comes back in its place is the same.
    """

    def __init__(self, language: str) -> None:
        self.added = 0
        self.removed = 0
        self.gone: list[str] = []
        self._language = language
        self._words: list[Word] = []

    @property
    def words(self) -> list[Word]:
        """The words that are shown now."""
        return [word for word in self._words if word.visible]

    def show(self, shown: str, at: float) -> None:
        """Take in what is shown from now on."""
        before = self._words
        self._words, self.gone, place = [], [], 0
        visible = [word for word in before if word.visible]
        for word, key in _aligned(visible, keys(shown, self._language)):
            if word is None:
                gone = _gap(before, place)
                back = next((i for i, hidden in enumerate(gone) if key in hidden.first), None)
                if back is None:
                    found = Word(key, at)
                else:
                    self._words += gone[:back]
                    found, place = gone[back], place + back + 1
                self._put(found, key, at)
                continue
            while before[place] is not word:  # hidden ones, whose place is before it
                self._words.append(before[place])
                place += 1
            place += 1
            if key == word.key:
                self._words.append(word)
                continue
            self.removed += 1
            self.gone.append(word.key)
            if key:
                self._put(word, key, at)
            else:
                word.visible = False
                self._words.append(word)
        self._words += before[place:]

    def _put(self, word: Word, key: str, at: float) -> None:
        """Show a word in this spelling from now on."""
        self.added += 1
        word.key, word.since, word.visible = key, at, True
        word.first.setdefault(key, at)
        self._words.append(word)


def _gap(words: Sequence[Word], place: int) -> list[Word]:
    """Return the hidden words from a place on, up to the next that is shown."""
    end = place
    while end < len(words) and not words[end].visible:
        end += 1
    return list(words[place:end])


def _aligned(before: Sequence[Word], now: Sequence[str]) -> Iterator[tuple[Word | None, str]]:
    """Pair the words of two texts in order; what has no counterpart is None, or empty."""
    same = 0
    while same < min(len(before), len(now)) and before[same].key == now[same]:
        same += 1
    yield from zip(before[:same], now[:same], strict=True)
    rest = iter(before[same:])
    old = [word.key for word in before[same:]]
    for was, key in kaldialign.align(old, list(now[same:]), _NOTHING):
        yield (next(rest) if was else None), key
