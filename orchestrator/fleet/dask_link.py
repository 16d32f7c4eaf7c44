"""Machines reached through Dask's scheduler: each run is one task, bound to the machine's resource.

What is asked besides goes past the tasks, so that a machine answers while it measures.
"""

import asyncio
import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Self

import msgspec
from distributed import CancelledError, Client, Future
from distributed.scheduler import KilledWorker
from distributed.security import Security

from orchestrator import units
from orchestrator.errors import UsageError, program
from orchestrator.fleet import cluster, messages
from orchestrator.fleet.link import Lost
from orchestrator.fleet.messages import Answer, Begin, Request
from orchestrator.fleet.names import Address, machine_of

_ANSWER_SECONDS = 60.0
_LOSSES = (OSError, TimeoutError, KeyError, CancelledError, KilledWorker, msgspec.DecodeError)
_MOST_WORDS = 200  # characters
_KNOWN_SECONDS = 1.0  # that it is not asked again who is there


class DaskLink:
    """A context manager around a client; where the scheduler comes back, it connects anew."""

    def __init__(self, address: Address, secured: Security | None) -> None:
        self._address = address
        self._secured = secured
        self.faults: dict[str, str] = {}  # of machines: what they say is not known here
        self._client: Client | None = None
        self._connecting = asyncio.Lock()
        self._known: tuple[float, dict[str, str]] = (0.0, {})
        self._numbers = itertools.count()

    async def __aenter__(self) -> Self:
        cluster.configure()
        try:
            await self._connected()
        except Lost as error:
            raise UsageError(
                f"no scheduler of a fleet lets us in at {self._address}: {error}",
                f"start it: {program()} fleet up; with its certificates here: --certificates DIR",
            ) from error
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._close()

    async def present(self) -> dict[str, str]:
        """Return the addresses of machines that are there, by id; of two with one id the last."""
        asked, found = self._known
        if time.monotonic() - asked > _KNOWN_SECONDS:
            client = await self._connected()
            with _losses():
                known = await asyncio.wait_for(
                    client.scheduler.identity(n_workers=-1), _ANSWER_SECONDS
                )
            workers = known["workers"].items()
            machines = {machine_of(worker.get("resources")): at for at, worker in workers}
            found = {machine: at for machine, at in machines.items() if machine}
            self._known = time.monotonic(), found
        return found

    async def ask(self, machine: str, request: Request) -> Answer:
        """Return a machine's answer; raise Lost."""
        client, present = await self._connected(), await self.present()
        if machine not in present:
            raise Lost("it is not there")
        data, worker = messages.encoded(request), present[machine]
        with _losses():
            found = await asyncio.wait_for(
                client.run(cluster.ask, machine, data, workers=[worker]), _ANSWER_SECONDS
            )
            return messages.answer(found[worker])

    async def see_through(self, machine: str, begin: Begin) -> Answer:
        """Submit the run as a task, and wait for its end."""
        client = await self._connected()
        with _losses():
            future: Future = client.submit(
                cluster.see_through,
                machine,
                messages.encoded(begin),
                key=f"{begin.job.run}-{begin.asked}-{next(self._numbers)}",
                resources=cluster.slot(machine),
                pure=False,
                retries=0,
            )
            try:
                return messages.answer(await future)
            finally:
                future.release()

    async def _connected(self) -> Client:
        async with self._connecting:
            if self._client is None or self._client.status != "running":
                await self._close()
                with _losses():
                    self._client = await Client(
                        str(self._address),
                        security=self._secured,
                        asynchronous=True,
                        set_as_default=False,
                        timeout=10,
                    )
            return self._client

    async def _close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(Exception):  # it is given up, whatever it says
                await client.close()


@contextmanager
def _losses() -> Iterator[None]:
    """Raise Lost for whatever says that the other side is gone, for now or for good."""
    try:
        yield
    except _LOSSES as error:
        raise Lost(_why(error)) from error


def _why(error: Exception) -> str:
    """Return Dask's message in a line; a future that is cancelled says that of itself only."""
    if isinstance(error, CancelledError):
        return "the connection to the scheduler broke"
    line = str(error).strip().partition("\n")[0]
    return units.shortened(line, _MOST_WORDS) or type(error).__name__
