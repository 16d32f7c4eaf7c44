"""`run --transcripts DIR`: every transcript of a run as files, a folder a backend."""

from collections.abc import Iterable
from pathlib import Path

from orchestrator.analysis.tally import Evidence, side_by_side
from orchestrator.runs.schema import Measured
from orchestrator.runs.transcripts import FileNames, Spoken, write


def export(rows: Iterable[Measured], evidence: Evidence, folder: Path) -> None:
    """Write the texts of each backend's first process; a clip it failed at has none.

    Raises UsageError where the folder cannot be written.
    """
    first: dict[str, Measured] = {}
    for row in rows:
        first.setdefault(row.backend, row)
    for name, row in first.items():
        names = FileNames()
        for clip, (passes,) in side_by_side([row], evidence):
            stem = names(clip.name)
            if passes.failed is None:
                spoken = Spoken(passes.text, passes.language, clip.seconds, passes.segments)
                write(folder / name, stem, spoken)
