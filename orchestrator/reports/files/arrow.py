"""Passes as an Arrow table or a Parquet file: the same columns and types for every run."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]
from pyarrow import parquet

from orchestrator.reports.passes import COLUMNS_OF_PASSES, Pass, passes
from orchestrator.reports.quantities import Quantity
from orchestrator.runs.folder import replacing
from orchestrator.runs.stored import Run

_LINES = 50_000  # at once: that many texts are held, whatever the length of a run
_TYPES = {bool: pa.bool_(), int: pa.int64(), float: pa.float64()}


def field(quantity: Quantity) -> pa.Field:
    """Return a column's name and type, which do not depend on what is in it."""
    kind = _TYPES[quantity.unit.kind] if quantity.unit else pa.string()
    return pa.field(quantity.key, kind, metadata={"title": quantity.head})


SCHEMA = pa.schema([field(column) for column in COLUMNS_OF_PASSES])


def table(run: Run) -> pa.Table:
    """Return a run's passes; raise ConfigError where a file of it is damaged."""
    return pa.Table.from_batches(_batches(run), SCHEMA)


def write(path: Path, runs: Iterable[Run]) -> None:
    """Write the passes of runs as one Parquet file, whole or not at all.

    Raises UsageError where it cannot be written, ConfigError where a file of a run is damaged.
    """
    with (
        replacing(path, "--parquet FILE") as file,
        parquet.ParquetWriter(file, SCHEMA, compression="zstd") as writer,
    ):
        for run in runs:
            for batch in _batches(run):
                writer.write_batch(batch)


def _batches(run: Run) -> Iterator[pa.RecordBatch]:
    lines = passes(run)
    while chunk := list(islice(lines, _LINES)):
        yield _batch(chunk)


def _batch(lines: list[Pass]) -> pa.RecordBatch:
    columns = zip(COLUMNS_OF_PASSES, SCHEMA.types, strict=True)
    arrays = [pa.array(map(column.value, lines), kind) for column, kind in columns]
    return pa.record_batch(arrays, schema=SCHEMA)
