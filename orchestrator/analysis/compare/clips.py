"""The clips that two runs have in common, and what a backend did with them in either run."""

from collections.abc import Iterable
from statistics import median

from orchestrator.analysis.references import texts
from orchestrator.analysis.scoring import accuracy
from orchestrator.analysis.scoring.accuracy import Errors
from orchestrator.analysis.scoring.timing import Times
from orchestrator.analysis.totals import side_by_side
from orchestrator.runs.schema import ClipRecord, ErrorDifference, Measured, Passes, Settings
from orchestrator.runs.schema.rows import BlockSeconds
from orchestrator.runs.stored import Run


class Common:
    """The clips of the same name and audio in two runs; of each only a number is kept."""

    def __init__(self, old: Run, new: Run) -> None:
        self._old = {_key(clip) for clip in old.folder.clips()}
        self._new = {_key(clip) for clip in new.folder.clips()}
        self._both = self._old & self._new

    def __len__(self) -> int:
        return len(self._both)

    def __contains__(self, clip: ClipRecord) -> bool:
        return _key(clip) in self._both

    @property
    def same(self) -> bool:
        """Whether neither run has another clip."""
        return self._old == self._new


class Heard:
    """What one run's backend made of the common clips: its errors, its texts, what failed."""

    def __init__(self, run: Run, row: Measured, common: Common) -> None:
        self.errors = Errors()
        self.failed = 0
        self.texts: dict[int, int] = {}
        for clip, (passes,) in side_by_side([row], run.folder):
            if clip in common:
                self._add(clip, passes, run.manifest.settings)

    def _add(self, clip: ClipRecord, passes: Passes, settings: Settings) -> None:
        self.failed += passes.failed is not None
        self.texts[_key(clip)] = hash(passes.text)
        said, heard, language = texts(clip, passes, settings, self.errors.normalizer)
        if clip.reference is not None and said is not None:
            # With a corrected reference it is another clip: errors must be of the same words.
            name = "\0".join((clip.name, clip.sha256, clip.reference, *clip.alternatives))
            self.errors.add(name, said, heard, language, clip.speaker)

    def differing(self, other: "Heard") -> int:
        """Count the clips with another text than the other's."""
        return sum(other.texts[clip] != text for clip, text in self.texts.items())


def difference(old: Heard, new: Heard) -> ErrorDifference | None:
    """Return how many errors in 100 words the new run makes fewer; None without references."""
    return accuracy.compare({"now": new.errors, "then": old.errors}, "now", "then")


def times(run: Run, backends: Iterable[str], common: Common) -> Times:
    """Return seconds by block over the common clips, each clip's median pass.

    A backend with a clip that failed is not among them: its times are of less work.
    """
    rows = {name: run.rows[name] for name in backends}
    return {
        name: {row.block: _seconds(run, row, common) for row in own}
        for name, own in rows.items()
        if not any(row.failed_clips for row in own)
    }


def _seconds(run: Run, row: Measured, common: Common) -> float:
    if common.same:
        return row.time
    read = side_by_side([row], run.folder)
    times = [passes.seconds for clip, (passes,) in read if clip in common]
    rounds = zip(*times, strict=True) if row.round_seconds else ()
    return BlockSeconds(sum(map(median, times)), tuple(map(sum, rounds)))


def _key(clip: ClipRecord) -> int:
    return hash((clip.name, clip.sha256))
