"""One machine's run, followed to its end: clips sent, rows copied, losses waited for."""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from orchestrator.errors import CleanroomError, UsageError
from orchestrator.fleet.copies import Copy
from orchestrator.fleet.link import Link, Lost
from orchestrator.fleet.messages import (
    PIECE_BYTES,
    Answer,
    Begin,
    Files,
    Held,
    Inventory,
    Job,
    Lacking,
    News,
    Pull,
    Put,
    Refusal,
    State,
    Stop,
)

Told = Callable[[str], object]
"""Hears where a machine is."""
_POLL_SECONDS = 1.0
_AGAIN_SECONDS = 2.0
_STOPPING_SECONDS = 60.0  # for a machine to end in order
_NAMES_AT_ONCE = 1_000
_MOST_TRIES = 3  # to send a clip, or to copy a run: after that a disk changes under us
_A = TypeVar("_A", Held, State, News, Files)


@dataclass
class Follower:
    """Has a machine measure a job; `stopping` ends it in order."""

    link: Link
    machine: str
    job: Job
    copy: Copy
    clips: Mapping[str, Path]  # the files to be sent, by the names of their blobs
    told: Told
    stopping: asyncio.Event

    async def follow(self) -> State:
        """Return how the run ended; a machine that is lost is waited for."""
        begin = Begin(self.job, secrets.token_hex(4))
        while True:
            try:
                return await self._followed(begin)
            except Lost as error:
                self.told(f"lost: {error}; what it measured stays")
                if self.stopping.is_set():
                    return State(ended="interrupted", what="it was not there at the end")
                await asyncio.sleep(_AGAIN_SECONDS)
            except CleanroomError as error:
                return State(ended="refused", what=str(error), fix=error.fix)

    async def _followed(self, begin: Begin) -> State:
        if self.machine not in await self.link.present():
            raise Lost("it is not there")
        await self._send()
        state = await self._attended(begin)
        await self._complete()
        return state

    async def _attended(self, begin: Begin) -> State:
        """Wait for the end of the run, and copy meanwhile what is new."""
        run = asyncio.create_task(self.link.see_through(self.machine, begin))
        stopper = asyncio.create_task(self._stop_when_asked())
        try:
            while not run.done():
                await asyncio.wait({run}, timeout=_POLL_SECONDS)
                if stopper.done() and not run.done():
                    return stopper.result()
                with suppress(Lost):
                    await self._pull()
            return _expected(run.result(), State)
        finally:
            run.cancel()
            stopper.cancel()

    async def _stop_when_asked(self) -> State:
        """Have the machine end in order, once that is asked; return when it had time to.

        One that has not begun has ended at once: its turn would only have come.
        """
        await self.stopping.wait()
        state = _expected(await self.link.ask(self.machine, Stop(self.job.run)), State)
        if not state.ended:
            await asyncio.sleep(_STOPPING_SECONDS)
        return State(ended="interrupted", what=state.what or "it was stopped")

    async def _pull(self) -> None:
        """Copy what is new, and tell where the run is."""
        news = await self._copied(self.copy.wanted)
        if news.state.doing:
            rows = f"{self.copy.rows} rows" if self.copy.rows else ""
            block = f"block {news.state.block}" if news.state.block else ""
            self.told(", ".join(filter(None, (block, rows, news.state.doing))))

    async def _copied(self, wanted: Callable[[], Pull]) -> News:
        while True:
            asked = wanted()
            news = _expected(await self.link.ask(self.machine, asked), News)
            self.copy.take(asked, news)
            if not news.more:
                return news

    async def _complete(self) -> None:
        """Have every file here as it is there; raise Lost, and ConfigError for what is no run."""
        await self._pull()
        for _ in range(_MOST_TRIES):
            there = _expected(await self.link.ask(self.machine, Inventory(self.job.run)), Files)
            differing = self.copy.differing(there)
            if not differing:
                return
            self.copy.drop(differing)
            await self._copied(partial(self.copy.request, differing))
        raise Lost("its files change after its end")

    async def _send(self) -> None:
        """Send what the machine lacks of the clips, in pieces."""
        names = list(self.clips)
        for start in range(0, len(names), _NAMES_AT_ONCE):
            some = tuple(names[start : start + _NAMES_AT_ONCE])
            held = _expected(await self.link.ask(self.machine, Lacking(some)), Held)
            for number, (name, offset) in enumerate(held.bytes_of.items(), 1):
                self.told(f"receives file {number} of {len(held.bytes_of)}")
                await self._send_one(name, offset)

    async def _send_one(self, name: str, there: int) -> None:
        """Send a file, of which so much is there; what does not come to its hash comes again."""
        if name not in self.clips:
            raise UsageError(f"it lacks {name[:80]!r}, which nobody asked it for", "look at it")
        tries = 0
        while tries < _MOST_TRIES:
            data, last = _piece(self.clips[name], there)
            put = Put(name, there, data, last)
            held = _expected(await self.link.ask(self.machine, put), Held)
            if name not in held.bytes_of:
                return
            tries += held.bytes_of[name] <= there
            there = held.bytes_of[name]
        what = f"{self.clips[name]} is not what it was when it was listed"
        raise UsageError(what, "start the run again")


def _piece(path: Path, offset: int) -> tuple[bytes, bool]:
    """Return a piece of a file, and whether it is the last."""
    with path.open("rb") as file:
        file.seek(offset)
        data = file.read(PIECE_BYTES)
    return data, offset + len(data) >= path.stat().st_size


def _expected(answer: Answer, kind: type[_A]) -> _A:
    """Return an answer of the kind that was asked for; raise UsageError for a refusal."""
    if isinstance(answer, kind):
        return answer
    if isinstance(answer, Refusal):
        raise UsageError(answer.what, answer.fix)
    raise UsageError(f"it answers {type(answer).__name__}, which was not asked", "look at it")
