"""How often a backend told the language of a clip rightly."""

from collections import Counter

from orchestrator.clips.languages import MULTIPLE, agree, code


class Detections:
    """How often a backend told the language of a clip; keeps counts only."""

    def __init__(self) -> None:
        self.right = 0
        self.silent = 0  # it did not say
        self.confusions: Counter[tuple[str, str]] = Counter()  # (spoken, told) where they differ

    def add(self, spoken: str, told: str | None) -> None:
        """Count one clip: what is known to be spoken, and what the backend told, if anything.

        Of several languages in one clip none is right or wrong.
        """
        if spoken == MULTIPLE:
            return
        if told is None:
            self.silent += 1
        elif agree(spoken, told):
            self.right += 1
        else:
            self.confusions[code(spoken), code(told)] += 1

    @property
    def wrong(self) -> int:
        """How many clips it took for another language."""
        return self.confusions.total()
