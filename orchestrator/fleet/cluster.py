"""Dask's scheduler and workers as a fleet has them: one slot a machine, and what idles is idle.

Dask carries requests to machines and brings them back after a loss; what it knows of tasks is only
that each is one whole run, on the machine that alone has its resource.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dask
from distributed import Scheduler, Worker
from distributed.security import Security

from orchestrator.errors import UsageError
from orchestrator.fleet import certificates, messages
from orchestrator.fleet.machine import Here
from orchestrator.fleet.messages import State
from orchestrator.fleet.names import Address, own_id, resource
from orchestrator.fleet.station import Station

Say = Callable[[str], object]
_AGAIN_SECONDS = 3.0  # until a machine tries to join again
_JOIN_SECONDS = 20.0
_NOWHERE = "127.0.0.1:0"
_FAILURES = (OSError, TimeoutError, RuntimeError)  # what Dask raises where it cannot begin
_LOOK_SECONDS = 0.5  # between two looks at a run under way
CONFIG: dict[str, Any] = {
    # A machine may crash as often as it does: its run goes on each time where it was.
    "distributed.scheduler.allowed-failures": 1_000_000,
    "distributed.scheduler.work-stealing": False,
    "distributed.scheduler.active-memory-manager.start": False,
    # Idle, a worker would use 4.6 % of a processor beside what is measured; so it is 0.3 %.
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "2s",
    "distributed.admin.tick.limit": "60s",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.admin.system-monitor.disk": False,
    "distributed.diagnostics.nvml": False,
    "distributed.comm.timeouts.connect": "10s",
    # Dask serves pages on what goes on, without TLS and to anyone: none of them, and here alone.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    # What a run takes is its own process's; of a worker's memory there is nothing to watch.
    **{
        f"distributed.worker.memory.{way}": False
        for way in ("target", "spill", "pause", "terminate")
    },
}
"""How Dask is set, before a scheduler, a worker or a client is made."""

stations: dict[str, Station] = {}
"""The machines of this process, by id: one, but for simulations."""


def configure() -> None:
    """Have Dask do no more than is needed, and say no more than what went wrong."""
    dask.config.set(CONFIG)
    for name in [*logging.root.manager.loggerDict]:  # what goes wrong is raised, and told by us
        if name.startswith("distributed"):
            logging.getLogger(name).setLevel(logging.CRITICAL)


def security(address: Address, place: Path | None) -> Security | None:
    """Return how both sides prove who they are; None on loopback without TLS.

    Raises UsageError where there are no certificates.
    """
    if not address.secured:
        return None
    own = certificates.identity(place)
    both = {"cert": str(own.certificate), "key": str(own.key)}
    roles = ("scheduler", "worker", "client")
    given = {f"tls_{role}_{kind}": path for role in roles for kind, path in both.items()}
    return Security(tls_ca_file=str(own.ca), require_encryption=True, **given)


async def schedule(address: Address, secured: Security | None, say: Say) -> None:
    """Be the fleet's scheduler until cancelled; raise UsageError where it cannot listen."""
    configure()
    try:
        # Of what Dask makes for itself it leaves a folder.
        with TemporaryDirectory() as folder, dask.config.set({"temporary-directory": folder}):
            scheduler = Scheduler(
                host=address.host,
                port=address.port,
                protocol=f"{address.scheme}://",
                security=secured,
                dashboard=False,
                dashboard_address=_NOWHERE,
            )
            async with scheduler:
                serve_no_pages(scheduler)
                say(scheduler.address)
                await scheduler.finished()
    except _FAILURES as error:
        raise UsageError(
            f"{address} cannot be listened on: {_cause(error)}",
            f"an address of this machine and a free port: {address.scheme}://127.0.0.1:8787",
        ) from error


async def join(address: Address, secured: Security | None, station: Station, say: Say) -> None:
    """Be a machine of the fleet until cancelled; when the scheduler is gone, try again and again.

    What is measured meanwhile goes on, and who asks for it again finds it.
    """
    configure()
    here = station.here
    said = ""
    with answering(station) as machine:
        while True:
            try:
                await _listened_at(address)
                async with _worker(address, secured, here, machine) as worker:
                    serve_no_pages(worker)
                    say(said := f"joined {address} as {here.name}")
                    await worker.finished()
                problem = f"{address} is gone: trying again"
            except _FAILURES as error:
                problem = f"{address} does not let this machine in: {_cause(error)}; trying again"
            if problem != said:
                say(said := problem)
            await asyncio.sleep(_AGAIN_SECONDS)


@contextmanager
def answering(station: Station) -> Iterator[str]:
    """Have this process answer for a machine, and give its id; at last end what it measures."""
    machine = own_id(station.here.folder)
    stations[machine] = station
    try:
        yield machine
    finally:
        station.close()
        del stations[machine]


def slot(machine: str) -> dict[str, float]:
    """Return the resources of a worker that is a machine: a run takes all of them."""
    return {resource(machine): 1}


def serve_no_pages(node: Scheduler | Worker) -> None:
    """Close the port of Dask's pages: it is there even where there are none, and has no TLS."""
    node.http_server.stop()


def _cause(error: BaseException) -> str:
    """Return what is at the bottom of it, in a line: Dask says "failed to start" of anything."""
    while error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, TimeoutError | asyncio.CancelledError):
        return "it does not answer"
    if isinstance(error, ConnectionRefusedError):
        return "nobody listens there"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error).strip().partition("\n")[0] or type(error).__name__


async def _listened_at(address: Address) -> None:
    """Raise OSError where nobody listens: a worker would wait for it without a word of why."""
    async with asyncio.timeout(_JOIN_SECONDS):
        _, writer = await asyncio.open_connection(address.host, address.port)
    writer.close()


def _worker(address: Address, secured: Security | None, here: Here, machine: str) -> Worker:
    return Worker(
        str(address),
        nthreads=1,
        resources=slot(machine),
        security=secured,
        protocol=f"{address.scheme}://",
        host="127.0.0.1" if not address.secured else None,
        dashboard=False,
        dashboard_address=_NOWHERE,
        local_directory=str(here.folder / "dask"),
        death_timeout=_JOIN_SECONDS,
    )


async def ask(machine: str, request: bytes) -> bytes:
    """Answer a request, on a worker; outside of tasks, so also while one runs."""
    return await asyncio.to_thread(stations[machine].answer, request)


async def see_through(machine: str, begin: bytes) -> bytes:
    """Be the task of a run, on a worker: begin it, or go on with it, and return how it ended.

    Each look is a question to a thread of this process: it touches no disk.
    """
    while True:
        reply = await ask(machine, begin)
        found = messages.answer(reply)
        if not isinstance(found, State) or found.ended:
            return reply
        await asyncio.sleep(_LOOK_SECONDS)
