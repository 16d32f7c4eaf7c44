"""Machines reached by plain ssh, without a scheduler: `fleet serve` on each, over its pipe."""

import asyncio
import re
import struct
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Sequence
from typing import BinaryIO, Self

import msgspec

from orchestrator.errors import UsageError
from orchestrator.fleet import messages
from orchestrator.fleet.link import Lost
from orchestrator.fleet.messages import Answer, Begin, Describe, Request, Standing, State
from orchestrator.fleet.names import name_like
from orchestrator.fleet.station import Station

_HOST = re.compile(r"[A-Za-z0-9_\[][\w.@:\[\]-]{0,252}", re.ASCII)  # never an option of ssh
_OPTIONS = ("-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "ServerAliveInterval=15")
_LENGTH = struct.Struct(">I")
_MOST_BYTES = 64 << 20
_ANSWER_SECONDS = 120.0
_LOOK_SECONDS = 1.0
_AGAIN_SECONDS = 5.0  # until a host that did not answer is tried again
_ENDING_SECONDS = 60.0


def serve(station: Station, source: BinaryIO, target: BinaryIO) -> None:
    """Answer requests until the pipe closes; then end in order what is under way."""
    try:
        while len(head := source.read(_LENGTH.size)) == _LENGTH.size:
            (length,) = _LENGTH.unpack(head)
            if length > _MOST_BYTES:
                break  # it is not one of ours that speaks
            answer = station.answer(source.read(length))
            target.write(_LENGTH.pack(len(answer)) + answer)
            target.flush()
    finally:
        station.close()


def hosts(text: str) -> list[str]:
    """Return the hosts of a comma list; raise UsageError for what is none."""
    found = [host.strip() for host in text.split(",") if host.strip()]
    if wrong := [host for host in found if not _HOST.fullmatch(host)]:
        raise UsageError(f"{wrong[0]!r} is no host of ssh", "such as m3-air or me@10.0.0.7")
    if not found:
        raise UsageError("--ssh names no host", "--ssh host1,host2")
    return list(dict.fromkeys(found))


class _Host:
    """A connection to one host, made when it is needed."""

    def __init__(self, name: str, command: Sequence[str]) -> None:
        self.name = name
        self.machine = ""  # its id, once it has said it
        called = name_like(name.rpartition("@")[2].strip("[]"))
        self._command = (*command, "--name", called)
        self._process: Process | None = None
        self._said: deque[str] = deque(maxlen=3)
        self._one_at_a_time = asyncio.Lock()
        self._not_before = 0.0

    async def connect(self) -> str:
        """Return the machine's id; raise Lost where it does not answer."""
        if self._process is None:
            now = asyncio.get_running_loop().time()
            if now < self._not_before:
                raise Lost(self._why("it does not answer"))
            self._not_before = now + _AGAIN_SECONDS
            standing = await self.ask(Describe(examine=False))
            if not isinstance(standing, Standing):
                raise Lost(f"{self.name} answers something else")
            self.machine = standing.id
        return self.machine

    async def ask(self, request: Request) -> Answer:
        """Return the answer to a request; raise Lost."""
        async with self._one_at_a_time:
            try:
                async with asyncio.timeout(_ANSWER_SECONDS):
                    return messages.answer(await self._asked(messages.encoded(request)))
            except (OSError, EOFError, TimeoutError, msgspec.DecodeError) as error:
                await self.close()
                raise Lost(self._why(type(error).__name__)) from error

    async def close(self) -> None:
        """Close the pipe: the machine ends in order what it measures, and the connection ends."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(_ENDING_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _asked(self, data: bytes) -> bytes:
        process = self._process or await self._started()
        if process.stdin is None or process.stdout is None:
            raise EOFError
        process.stdin.write(_LENGTH.pack(len(data)) + data)
        await process.stdin.drain()
        (length,) = _LENGTH.unpack(await process.stdout.readexactly(_LENGTH.size))
        if length > _MOST_BYTES:
            raise EOFError
        return await process.stdout.readexactly(length)

    async def _started(self) -> Process:
        command = ("ssh", *_OPTIONS, self.name, *self._command)
        process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True
        )
        self._process = process
        self._listening = asyncio.create_task(self._listen(process))
        return process

    async def _listen(self, process: Process) -> None:
        """Keep the last that ssh, or the program there, has said."""
        while process.stderr is not None and (line := await process.stderr.readline()):
            self._said.append(line.decode(errors="replace").strip())

    def _why(self, otherwise: str) -> str:
        return f"{self.name}: {' '.join(self._said) or otherwise}"


class SshLink:
    """A context manager around connections to hosts."""

    def __init__(self, names: Sequence[str], command: Sequence[str]) -> None:
        self._hosts = [_Host(name, command) for name in names]
        self.faults: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(host.close() for host in self._hosts))

    async def present(self) -> dict[str, str]:
        """Return the hosts that answer, by the id of their machine; `faults` says why others not.

        Of two names of one machine the first counts.
        """
        answers = await asyncio.gather(
            *(host.connect() for host in self._hosts), return_exceptions=True
        )
        found: dict[str, str] = {}
        self.faults = {}
        for host, answer in zip(self._hosts, answers, strict=True):
            if isinstance(answer, Lost):
                self.faults[host.name] = str(answer).removeprefix(f"{host.name}: ")
            elif isinstance(answer, BaseException):
                raise answer
            else:
                found.setdefault(answer, host.name)
        return found

    async def ask(self, machine: str, request: Request) -> Answer:
        """Return a machine's answer; raise Lost."""
        for host in self._hosts:
            if host.machine == machine:
                return await host.ask(request)
        raise Lost("it is not there")

    async def see_through(self, machine: str, begin: Begin) -> Answer:
        """Have a machine measure a run, and return its state when it has ended; raise Lost."""
        while True:
            found = await self.ask(machine, begin)
            if not isinstance(found, State) or found.ended:
                return found
            await asyncio.sleep(_LOOK_SECONDS)
