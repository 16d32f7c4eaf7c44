"""One backend's times by clip: of every block, as arrays of numbers."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from orchestrator.analysis.scoring.honesty import Finding, texts_differ
from orchestrator.runs.schema import ClipRecord, Passes


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
    unsteady: Finding | None = None  # the first clip whose texts differ

    def add(self, clip: ClipRecord, passes: Sequence[Passes]) -> None:
        """Take in one clip, of every block."""
        texts = [text for p in passes for text in (p.text, *p.other_texts)]
        self.unsteady = self.unsteady or texts_differ(clip.name, texts)
        if any(p.failed is not None for p in passes):
            return
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
