"""200 simulated machines and 100,000 rows through a scheduler: rows a second, flat memory.

A machine here is a worker of Dask's with a folder and an id of its own, as `fleet join` makes it;
only what measures is simulated: a thread that writes rows. Everything else is what users run.
"""

import asyncio
import multiprocessing
import os
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from benchmarks.ratio import Ratio
from orchestrator.fleet import cluster, controller, machine, record
from orchestrator.fleet.dask_link import DaskLink
from orchestrator.fleet.machine import Here
from orchestrator.fleet.messages import State
from orchestrator.fleet.names import Address
from orchestrator.fleet.process import Process
from orchestrator.fleet.station import Station
from orchestrator.runs.schema import Failed
from orchestrator.runs.schema.fleet import FleetRun

_MACHINES = 200
_PROCESSES = 4
_ROWS = 100_000
_BATCHES = 20  # that a machine writes its rows in
_PAUSE = 1.0
_LOOK = 0.5


class Simulated(Process):
    """Writes rows of failures, and has no runner and no lock."""

    def run(self) -> None:
        """Write a batch of rows a second."""
        folder = self._here.runs / self.job.run
        folder.mkdir(parents=True)
        count = _ROWS // _MACHINES // _BATCHES
        with (folder / "rows.jsonl").open("ab") as rows:
            for batch in range(_BATCHES):
                lines = (_row(batch * count + number) for number in range(1, count + 1))
                rows.writelines(lines)
                rows.flush()
                self.state = State(doing="measures", block=f"{batch + 1} of {_BATCHES}")
                time.sleep(_PAUSE)
        self.state = State(ended="measured")


def _row(block: int) -> bytes:
    row = Failed(
        contender="simulated",
        backend="simulated",
        block=block,
        started_at="2026-11-22T12:00:00+00:00",
        kind="signal",
        reason="it crashed with SIGSEGV",
        fix="the log",
        log_tail="a line of a log\n" * 20,
    )
    return row.model_dump_json().encode() + b"\n"


def _scheduler(address: str) -> None:
    asyncio.run(cluster.schedule(Address.of(address), None, str))


def _machines(address: str, folder: Path, numbers: range) -> None:
    """Be many machines."""

    async def joined() -> None:
        stations = [
            Station(Here(folder / f"m{number}", f"m{number}"), Simulated) for number in numbers
        ]
        await asyncio.gather(
            *(cluster.join(Address.of(address), None, station, str) for station in stations)
        )

    asyncio.run(joined())


def simulated(folder: Path) -> Iterator[Ratio]:
    """Have all of them write their rows, and copy these here as they come."""
    address = f"tcp://127.0.0.1:{_free_port()}"
    context = multiprocessing.get_context("spawn")
    each = _MACHINES // _PROCESSES
    made = [context.Process(target=_scheduler, args=(address,))]
    made += [
        context.Process(target=_machines, args=(address, folder, range(start, start + each)))
        for start in range(0, _MACHINES, each)
    ]
    for process in made:
        process.start()
    try:
        _wait_for(address)
        seconds, resident = asyncio.run(_followed(address, folder / "copies"))
    finally:
        for process in made:
            process.kill()
            process.join()
    rows = sum(path.read_bytes().count(b"\n") for path in folder.glob("copies/*/rows.jsonl"))
    if rows != _ROWS:
        raise RuntimeError(f"{rows} of {_ROWS} rows came")
    name = f"{_ROWS:,} rows of {_MACHINES} machines through a scheduler"
    least = _BATCHES * _PAUSE
    yield Ratio(
        f"{name}, {_ROWS / seconds:,.0f} a second, against as they are written",
        ((seconds, least),),
        float("inf"),
    )
    half = len(resident) // 2
    pairs = zip(resident[-half:], resident[:half], strict=True)
    yield Ratio("the same, the controller's resident memory (kB instead of ms)", tuple(pairs), 1.05)


async def _followed(address: str, folder: Path) -> tuple[float, list[float]]:
    """Return the seconds that it took, and the memory of this process meanwhile, in MB."""
    async with _link(address) as link:
        while len(await link.present()) < _MACHINES:  # noqa: ASYNC110 - only asking tells
            await asyncio.sleep(1)
        run = FleetRun(
            id="size",
            version=machine.version(),
            code=machine.code(),
            suite="{}",
            source=("bundled", "bundled", None),
            digest="",
        )
        run = await controller.enlisted(run, link, (), lambda *_: None)
        record.write(folder, run)
        working = controller.Controller(link, folder, run, lambda *_: None)
        resident: list[float] = []
        watching = asyncio.create_task(_watch(resident))
        started = time.perf_counter()
        ended = await working.measure()
        seconds = time.perf_counter() - started
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
    if {member.state for member in ended.members} != {"measured"}:
        raise RuntimeError([member for member in ended.members if member.state != "measured"][:3])
    return seconds, resident


def _link(address: str) -> DaskLink:
    return DaskLink(Address.of(address), None)


async def _watch(resident: list[float]) -> None:
    process = psutil.Process(os.getpid())
    await asyncio.sleep(_LOOK * 4)  # every machine has been spoken to
    while True:
        resident.append(process.memory_info().rss / 1e6)
        await asyncio.sleep(_LOOK)


def _wait_for(address: str) -> None:
    at = Address.of(address)
    while True:
        with suppress(OSError), socket.create_connection((at.host, at.port)):
            return
        time.sleep(0.2)


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def all_of() -> Iterator[Ratio]:
    """Run every benchmark of this file."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        yield from simulated(Path(folder))
