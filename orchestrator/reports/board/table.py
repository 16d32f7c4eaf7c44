"""A board as a Parquet file: a line each contender of each run, with every report's columns."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]
from pyarrow import parquet

from orchestrator.reports.board.lines import OF_CONTENDER, OF_RUN, Line
from orchestrator.reports.files.arrow import field
from orchestrator.runs.folder import replacing
from orchestrator.runs.schema import Scalar

_LINES = 5_000  # held at a time, whatever the number of runs


def _fields() -> Iterator[pa.Field]:
    yield from map(field, OF_RUN)
    for column in OF_CONTENDER:
        yield field(column)
        if column.interval:
            yield from (pa.field(f"{column.key}_{end}", pa.float64()) for end in ("low", "high"))


SCHEMA = pa.schema(list(_fields()))


@contextmanager
def writing(path: Path) -> Iterator[Callable[[Iterable[Line]], None]]:
    """Give what takes lines into the file, which is there at the end, whole or not at all.

    Raises UsageError where it cannot be written.
    """
    waiting: list[dict[str, Scalar]] = []
    with (
        replacing(path, "--parquet FILE") as file,
        parquet.ParquetWriter(file, SCHEMA, compression="zstd") as writer,
    ):

        def flush() -> None:
            writer.write_table(pa.Table.from_pylist(waiting, SCHEMA))
            waiting.clear()

        def keep(found: Iterable[Line]) -> None:
            waiting.extend(map(_record, found))
            if len(waiting) >= _LINES:
                flush()

        yield keep
        flush()


def _record(line: Line) -> dict[str, Scalar]:
    """Return a line in the types of its columns."""
    record = {known.key: known.value(line.run) for known in OF_RUN}
    for column in OF_CONTENDER:
        plain = column.plain(line.contender)
        if column.unit is None and plain[column.key] is not None:
            plain[column.key] = str(plain[column.key])
        record |= plain
    return record
