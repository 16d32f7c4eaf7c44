"""A corpus in numbers: its clips counted, what their texts bring, and what cannot be used."""

from collections import Counter

from orchestrator.clips.audio.clips import Clip, Utterance
from orchestrator.runs.schema import CorpusRecord, Fault, Term
from orchestrator.runs.terms import merged

_SHOWN_FAULTS = 50


class Tally:
    """Counts what is yielded of a corpus, one after the other; of its faults the first are kept."""

    def __init__(self, name: str, kind: str, revision: str | None = None) -> None:
        self._name, self._kind, self._revision = name, kind, revision
        self._languages: dict[str, None] = {}
        self._terms: dict[Term, None] = {}
        self._left_out: Counter[str] = Counter()
        self._faults: list[Fault] = []
        self._unusable = 0
        self._clips = 0

    def fault(self, fault: Fault) -> None:
        """Count what cannot be used."""
        self._unusable += 1
        if len(self._faults) < _SHOWN_FAULTS:
            self._faults.append(fault)

    def add(self, clip: Clip | Utterance) -> None:
        """Count a clip."""
        self._clips += 1
        self._languages |= {clip.language: None} if clip.language else {}
        self._terms |= dict.fromkeys(clip.terms)
        self._left_out.update(clip.left_out)

    @property
    def nothing(self) -> str:
        """Say that no clip can be used, and what is wrong with the first; empty where one can."""
        if self._clips:
            return ""
        first = f": {self._faults[0].where}: {self._faults[0].what}" if self._faults else ""
        return f"{self._name} has no clip that can be used{first}"

    @property
    def terms(self) -> tuple[Term, ...]:
        """The terms of all clips; raises ConfigError where they contradict each other."""
        return merged(self._terms, self._name)

    def record(self, *, seconds: float = 0.0, digest: str = "") -> CorpusRecord:
        """Return the corpus as it is stored."""
        return CorpusRecord(
            name=self._name,
            kind=self._kind,
            revision=self._revision,
            clips=self._clips,
            seconds=seconds,
            languages=tuple(self._languages),
            digest=digest,
            faults=tuple(self._faults),
            unusable=self._unusable,
            left_out=dict(self._left_out),
        )
