"""One backend's clips, its blocks read side by side: numbers are kept, and the few texts shown."""

import heapq
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from statistics import median
from typing import Any, Protocol

from orchestrator.analysis.groups import GroupErrors
from orchestrator.analysis.references import Referenced, texts
from orchestrator.analysis.scoring.accuracy import Errors
from orchestrator.analysis.scoring.formatting import Peeled
from orchestrator.analysis.scoring.terms import Lexicon
from orchestrator.analysis.terms import TermErrors
from orchestrator.clips.languages import MULTIPLE, agree, code
from orchestrator.runs.schema import (
    ClipRecord,
    ClipScore,
    ClipWords,
    Languages,
    LivePass,
    Measured,
    Passes,
    Settings,
)

_LEAST_ENERGY_SECONDS = 20.0
SHOWN = 20
"""Of a corpus with more clips, transcripts are shown of so many: the worst."""
_lexicon = lru_cache(1)(Lexicon)  # one for all contenders of a run


class Evidence(Protocol):
    """What a run has on disk, read as a stream: the run folder."""

    def clips(self) -> Iterator[ClipRecord]:
        """Yield the clips in order."""

    def passes(self, row: Measured) -> Iterator[Passes]:
        """Yield a row's transcripts, in the order of the clips."""

    def word_times(self) -> Iterator[ClipWords]:
        """Yield the words of each clip whose times are known, in the order of the clips."""

    def accuracy(self, kind: str, contender: str) -> Iterator[Passes]:
        """Yield what a contender heard in passes for accuracy alone; nothing where it had none."""

    def live(self, row: Measured) -> Iterator[LivePass]:
        """Yield what a row of a live run showed of each clip, in their order."""


def side_by_side(
    rows: Sequence[Measured], evidence: Evidence
) -> Iterator[tuple[ClipRecord, list[Passes]]]:
    """Yield each clip with what every row made of it: as many files are open as there are rows."""
    files = [evidence.passes(row) for row in rows]
    for clip, *passes in zip(evidence.clips(), *files, strict=True):
        yield clip, passes


def _seconds() -> "array[float]":
    return array("d")


@dataclass
class Speed:
    """What times by clip tell, in seconds; clips that failed in any block are left out."""

    lengths: "array[float]" = field(default_factory=_seconds)
    clips: "array[float]" = field(default_factory=_seconds)  # over blocks, of the median pass
    blocks: "list[array[float]]" = field(default_factory=list)  # the same within each block
    fresh: "array[float]" = field(default_factory=_seconds)  # first passes of all clips but one
    again: "array[float]" = field(default_factory=_seconds)  # and the median of the later ones
    first_segments: "array[float]" = field(default_factory=_seconds)
    unsteady: tuple[str, list[str]] | None = None  # the first clip whose texts differ, and these
    past_end: tuple[str, float, float] | None = None  # a clip, its length, its texts' last time

    def add(self, clip: ClipRecord, passes: Sequence[Passes]) -> None:
        """Take in one clip, of every block."""
        texts = [text for p in passes for text in (p.text, *p.other_texts)]
        if self.unsteady is None and len(set(texts)) > 1:
            self.unsteady = clip.name, texts
        if any(p.failed is not None for p in passes):
            return
        times = (time for p in passes for s in p.segments for time in (s.start, s.end))
        last = max((time for time in times if time is not None), default=0.0)
        if last - clip.seconds > (self.past_end[2] - self.past_end[1] if self.past_end else 0):
            self.past_end = clip.name, clip.seconds, last
        first = not self.lengths
        self.lengths.append(clip.seconds)
        medians = [median(p.seconds) for p in passes]
        self.clips.append(median(medians))
        self.blocks = self.blocks or [_seconds() for _ in passes]
        for block, value in zip(self.blocks, medians, strict=True):
            block.append(value)
        for p in passes:
            if p.first_segment_seconds is not None:
                self.first_segments.append(p.first_segment_seconds)
            if not first and len(p.seconds) > 1:
                self.fresh.append(p.seconds[0])
                self.again.append(median(p.seconds[1:]))


class Detections:
    """How often a backend detected the language of a clip rightly; keeps counts only."""

    def __init__(self) -> None:
        self.right = 0
        self.silent = 0  # it did not say
        self.confusions: Counter[tuple[str, str]] = Counter()  # (spoken, detected) that differ

    def add(self, spoken: str, detected: str | None) -> None:
        """Count one clip: what is known to be spoken, and what the backend detected, if anything.

        Of several languages in one clip none is right or wrong.
        """
        if spoken == MULTIPLE:
            return
        if detected is None:
            self.silent += 1
        elif agree(spoken, detected):
            self.right += 1
        else:
            self.confusions[code(spoken), code(detected)] += 1

    @property
    def wrong(self) -> int:
        """How many clips it took for another language."""
        return self.confusions.total()

    def languages(self, rows: Iterable[Measured]) -> Languages | None:
        """Return how often it was right, and what it cost; None where it was given the language."""
        if not self.right + self.wrong + self.silent:
            return None
        costs = [
            median(row.detection.detecting_seconds) - median(row.detection.told_seconds)
            for row in rows
            if row.detection
        ]
        return Languages(
            right=self.right,
            wrong=self.wrong,
            silent=self.silent,
            seconds=median(costs) if costs else None,
        )


class Totals:
    """What one backend made of all clips: its speed, its accuracy, and the texts that are shown."""

    def __init__(self, settings: Settings) -> None:
        self.speed = Speed()
        self.errors = Errors(settings.normalizer)
        self.terms = TermErrors(_lexicon(settings.terms), self.errors) if settings.terms else None
        self.groups = GroupErrors(settings.by, self.errors)
        self.detections = Detections()
        self._peeled = Peeled()
        self._settings = settings
        self._detects = settings.language in (None, "auto")
        self._worst: list[tuple[float, int, ClipScore]] = []

    @classmethod
    def of(cls, rows: Sequence[Measured], evidence: Evidence, settings: Settings) -> "Totals":
        """Read one backend's rows; the texts scored are those of the first, which was timed."""
        totals = cls(settings)
        for number, (clip, passes) in enumerate(side_by_side(rows, evidence)):
            totals.speed.add(clip, passes)
            totals.add(number, clip, passes[0])
        return totals

    @property
    def transcripts(self) -> tuple[ClipScore, ...]:
        """The clips with most errors, in the order of the corpus."""
        return tuple(shown for _, _, shown in sorted(self._worst, key=lambda w: -w[1]))

    def accuracy(self, languages: Sequence[str]) -> dict[str, Any]:
        """Return a summary's fields on accuracy, over a corpus in these languages."""
        found = self.errors.accuracy(languages, self._peeled.formatting())
        return {
            "wer": found.wer.value if found else None,
            "cer": found.cer if found else None,
            "accuracy": found,
            "groups": self.groups.breakdowns(),
            "terms": self.terms.scores() if self.terms else None,
        }

    def add(self, number: int, clip: Referenced, passes: Passes) -> None:
        """Take in the text of one clip, which is the `number`th."""
        score = None
        said, heard, language = texts(clip, passes, self._settings)
        if said is not None:
            score = self.errors.add(clip.name, said, heard, language, clip.speaker)
            self._peeled.add(said, heard, language)
            self.groups.add(clip, language)
            if self.terms:
                self.terms.add(said, heard, language)
        if clip.language is not None and self._detects and passes.failed is None:
            self.detections.add(clip.language, passes.language)
        wer = score.wer if score else None
        shown = ClipScore(clip=clip.name, text=passes.text, wer=wer, failed=passes.failed)
        # Of equals the first stay: their number counts against them.
        keep = heapq.heappush if len(self._worst) < SHOWN else heapq.heappushpop
        keep(self._worst, (score.errors if score else 0, -number, shown))


def joules_an_hour(metered: Collection[tuple[float, float, float]]) -> float | None:
    """Return energy by audio, of joules counted within seconds, for so many seconds of audio.

    None where it was counted for under 20 s: counters are coarse.
    """
    if sum(seconds for _, seconds, _ in metered) < _LEAST_ENERGY_SECONDS:
        return None
    return 3600 * sum(joules for joules, _, _ in metered) / sum(audio for *_, audio in metered)
