"""One backend's clips, its blocks read side by side: numbers are kept, and the few texts shown."""

import heapq
from collections.abc import Iterator, Sequence
from typing import Protocol

from orchestrator.analysis.scoring.accuracy import Accuracy
from orchestrator.analysis.scoring.detections import Detections
from orchestrator.analysis.scoring.formatting import Formatting
from orchestrator.analysis.speeds import Speed
from orchestrator.runs.schema import ClipRecord, ClipScore, Measured, Passes, Settings

SHOWN = 20
"""Of a corpus with more clips, transcripts are shown of so many: the worst."""


class Evidence(Protocol):
    """What a run has on disk, read as a stream: the run folder."""

    def clips(self) -> Iterator[ClipRecord]:
        """Yield the clips in order."""

    def passes(self, row: Measured) -> Iterator[Passes]:
        """Yield a row's transcripts, in the order of the clips."""


def side_by_side(
    rows: Sequence[Measured], evidence: Evidence
) -> Iterator[tuple[ClipRecord, list[Passes]]]:
    """Yield each clip with what every row made of it: as many files are open as there are rows."""
    files = [evidence.passes(row) for row in rows]
    for clip, *passes in zip(evidence.clips(), *files, strict=True):
        yield clip, passes


def spoken(clip: ClipRecord, settings: Settings, passes: Passes) -> str:
    """Return the language a clip is scored in: known, asked for, or as detected."""
    asked = settings.language if settings.language != "auto" else None
    return clip.language or asked or passes.language or "en"


class Tally:
    """What one backend made of all clips: its speed, its accuracy, and the texts that are shown."""

    def __init__(self, settings: Settings) -> None:
        self.speed = Speed()
        self.accuracy = Accuracy(settings.normalizer)
        self.formatting = Formatting()
        self.languages = Detections()
        self._settings = settings
        self._detects = settings.language in (None, "auto")
        self._worst: list[tuple[float, int, ClipScore]] = []

    @classmethod
    def of(cls, rows: Sequence[Measured], evidence: Evidence, settings: Settings) -> "Tally":
        """Read one backend's rows; the texts scored are those of the first, which was timed."""
        tally = cls(settings)
        for number, (clip, passes) in enumerate(side_by_side(rows, evidence)):
            tally.speed.add(clip, passes)
            tally._add(number, clip, passes[0])
        return tally

    @property
    def transcripts(self) -> tuple[ClipScore, ...]:
        """The clips with most errors, in the order of the corpus."""
        return tuple(shown for _, _, shown in sorted(self._worst, key=lambda w: -w[1]))

    def _add(self, number: int, clip: ClipRecord, passes: Passes) -> None:
        score = None
        heard = None if passes.failed is not None else passes.text
        if clip.reference is not None:
            language = spoken(clip, self._settings, passes)
            score = self.accuracy.add(
                clip.name, clip.reference, heard, language, clip.speaker
            ).score
            self.formatting.add(clip.reference, heard, language)
        if clip.language is not None and self._detects and passes.failed is None:
            self.languages.add(clip.language, passes.language)
        wer = score.wer if score else None
        shown = ClipScore(clip=clip.name, text=passes.text, wer=wer, failed=passes.failed)
        # Of equals the first stay: their number counts against them.
        keep = heapq.heappush if len(self._worst) < SHOWN else heapq.heappushpop
        keep(self._worst, (score.errors if score else 0, -number, shown))
