"""Rows to numbers by block: the last attempt at a block is the one that counts."""

from collections.abc import Iterable, Mapping, Sequence

from orchestrator.runs.schema.rows import Failed, Measured, Skipped


def counted(rows: Iterable[Measured | Failed | Skipped]) -> list[Measured]:
    """Return the measured rows that count: of a block that was run again, the last attempt's."""
    rows = list(rows)
    latest: dict[int, int] = {}
    for row in rows:
        if not isinstance(row, Skipped):
            latest[row.block] = max(latest.get(row.block, 1), row.attempt)
    return [r for r in rows if isinstance(r, Measured) and r.attempt == latest[r.block]]


def block_times(rows: Iterable[Measured | Failed | Skipped]) -> dict[str, dict[int, float]]:
    """Return each backend's seconds by block: the sum over clips of the median pass."""
    times: dict[str, dict[int, float]] = {}
    for row in counted(rows):
        times.setdefault(row.contender, {})[row.block] = row.seconds
    return times


def comparable_times(rows: Mapping[str, Sequence[Measured]]) -> dict[str, dict[int, float]]:
    """Return the seconds by block of those that did all the work: none of their clips failed."""
    return {
        name: {row.block: row.seconds for row in own}
        for name, own in rows.items()
        if not any(row.failed_clips for row in own)
    }
