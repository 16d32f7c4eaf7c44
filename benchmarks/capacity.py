"""What 100,000 cells cost: rows on a real disk, the last as cheap as the first, in flat memory."""

import itertools
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from benchmarks.ratio import Ratio
from orchestrator.bench.order import cells
from orchestrator.runs.folder import RunFolder
from orchestrator.runs.schema import Failed

_ROWS = 100_000
_CHUNK = 5_000
_BACKENDS = 10


def rows_on_disk(folder: Path) -> Iterator[Ratio]:
    """Compare the second half of 100,000 planned and stored rows with the first."""
    names = [f"backend-{number}" for number in range(_BACKENDS)]
    planned = cells(names, _ROWS // _BACKENDS, seed=1)
    process = psutil.Process()
    seconds, resident = [], []
    with RunFolder(folder) as run:
        while chunk := list(itertools.islice(planned, _CHUNK)):
            started = time.perf_counter()
            for cell in chunk:
                run.append(_row(cell.contender, cell.block))
            seconds.append(time.perf_counter() - started)
            resident.append(process.memory_info().rss / 1e6)
        count = sum(1 for _ in run.rows())
    if count != _ROWS:
        raise RuntimeError(f"{count} of {_ROWS} rows came back")
    half = len(seconds) // 2
    name = f"{_ROWS:,} rows planned, written and flushed: the second half, against the first"
    yield Ratio(name, tuple(zip(seconds[half:], seconds[:half], strict=True)), 1.2)
    name = "the same, resident memory (kB instead of ms)"
    yield Ratio(name, tuple(zip(resident[half:], resident[:half], strict=True)), 1.05)


def _row(backend: str, block: int) -> Failed:
    return Failed(
        contender=backend,
        backend=backend,
        block=block,
        started_at="2026-11-22T12:00:00+00:00",
        kind="signal",
        reason="it crashed with SIGSEGV",
        fix="the log",
    )


def all_of() -> Iterator[Ratio]:
    """Run every benchmark of this file."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        yield from rows_on_disk(Path(folder) / "run")
