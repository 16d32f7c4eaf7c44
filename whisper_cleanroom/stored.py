"""A stored run, opened: its records, and every timed pass as one table."""

from collections.abc import Iterator
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.analysis.rescore import summary_of
from orchestrator.errors import UsageError, did_you_mean
from orchestrator.runs import stored
from orchestrator.runs.schema import (
    ClipRecord,
    ErrorDifference,
    Failed,
    Manifest,
    Measured,
    PairVerdict,
    Passes,
    Skipped,
    Summary,
)
from orchestrator.runs.stored import RunFiles

if TYPE_CHECKING:
    import pyarrow as pa  # type: ignore[import-untyped]


class Run:
    """A run on disk. Each file is read when it is first asked for, and checked.

    Everything but `manifest` may raise ConfigError, which names the file and the line that is
    damaged.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self._files = RunFiles(Path(path).absolute())
        self.manifest: Manifest = self._files.manifest()

    @property
    def path(self) -> Path:
        """The run's folder."""
        return self._files.path

    @property
    def id(self) -> str:
        """The run's name: when it began, UTC, and four random digits."""
        return self.manifest.run_id

    @cached_property
    def summary(self) -> Summary:
        """What was found; of a run that was cut off, made of the rows it has."""
        return summary_of(self.path)

    @cached_property
    def rows(self) -> tuple[Measured | Failed | Skipped, ...]:
        """Every process of a contender in a block, in the order in which they ended.

        A block that was disturbed was measured again: of its rows the last `attempt` counts.
        """
        return tuple(self._files.rows())

    @cached_property
    def clips(self) -> tuple[ClipRecord, ...]:
        """What was transcribed, in order."""
        return tuple(self._files.clips())

    @property
    def verdicts(self) -> tuple[PairVerdict, ...]:
        """How many times as fast, for each pair; none of a single contender.

        `outcome` is None where there are too few blocks for a verdict: fewer than six.
        """
        return self.summary.pairs

    @property
    def differences(self) -> tuple[ErrorDifference, ...]:
        """How many fewer errors in 100 words, for each pair; none without references."""
        return self.summary.differences

    def passes(self, row: Measured) -> Iterator[Passes]:
        """Yield what one process made of each clip: times, texts, segments; in order of `clips`."""
        return self._files.passes(row)

    def to_arrow(self) -> "pa.Table":
        """Return every timed pass that counts as a `pyarrow.Table`, a row each.

        Columns and types are the same for every run; names end in their units. A clip that an
        engine failed at is one row without `pass` and `seconds`. Its `to_pandas()`, and
        `polars.from_arrow`, make a frame of it; `pyarrow.concat_tables` joins several runs.
        """
        from orchestrator.reports.files import arrow  # noqa: PLC0415 - 0.2 s, for who wants it

        return arrow.table(stored.read(self.path))

    def to_parquet(self, path: str | PathLike[str]) -> None:
        """Write the same table as a Parquet file, whole or not at all.

        Raises UsageError where it cannot be written.
        """
        from orchestrator.reports.files import arrow  # noqa: PLC0415 - the same

        arrow.write(Path(path), [stored.read(self.path)])

    def __repr__(self) -> str:
        return f"<Run {self.id} of {len(self.manifest.contenders)} contenders in {self.path}>"


def open_run(path_or_id: str | PathLike[str], *, results: str | PathLike[str] = "results") -> Run:
    """Open a stored run: its folder, any file in it, or its id among `results`.

    Raises UsageError where there is none, ConfigError where its manifest is damaged.
    """
    named = Path(path_or_id)
    if named.exists() or len(named.parts) > 1:
        return Run(named)
    folder = Path(results)
    if not (folder / named).exists():
        known = [path.name for path in sorted(folder.glob("*/"))]
        near = did_you_mean(named.name, known)
        raise UsageError(
            f"there is no run {named}, neither here nor in {folder}",
            f"{near}name the folder of a run, or where runs are: results=...",
        )
    return Run(folder / named)
