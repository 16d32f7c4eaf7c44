"""How a controller reaches machines; through Dask: `Fleet`. The other way is `ssh`."""

from collections.abc import Mapping
from typing import Protocol

from orchestrator.fleet.messages import Answer, Begin, Request


class Lost(Exception):
    """A machine, or what leads to it, does not answer now; it may come back."""


class Link(Protocol):
    """What leads to machines, by their ids."""

    @property
    def faults(self) -> Mapping[str, str]:
        """Why others that were named are not there, by their names."""

    async def present(self) -> Mapping[str, str]:
        """Return the machines that are there; raise Lost where not even that can be asked."""

    async def ask(self, machine: str, request: Request) -> Answer:
        """Return a machine's answer; raise Lost where it does not come."""

    async def see_through(self, machine: str, begin: Begin) -> Answer:
        """Have a machine measure a run, and return its state when it has ended; raise Lost."""
