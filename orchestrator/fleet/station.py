"""A machine's side of a fleet: it answers requests, and measures one run at a time."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import assert_never

import msgspec

from orchestrator.errors import CleanroomError, UsageError, refused
from orchestrator.files import sha256_of
from orchestrator.fleet import messages
from orchestrator.fleet.blobs import Blobs
from orchestrator.fleet.machine import Here, require_same
from orchestrator.fleet.messages import (
    PIECE_BYTES,
    Answer,
    Begin,
    Describe,
    Files,
    Held,
    Inventory,
    Lacking,
    News,
    Piece,
    Pull,
    Put,
    Refusal,
    Request,
    State,
    Stop,
)
from orchestrator.fleet.names import is_file_of_a_run, is_run
from orchestrator.fleet.process import Process

_ROWS = "rows.jsonl"
_MOST_BYTES = 8 * PIECE_BYTES  # of one answer
_ENDING_SECONDS = 60.0


class Station:
    """Answers what a controller asks of this machine, from any thread."""

    def __init__(self, here: Here, process: type[Process] = Process) -> None:
        self.here = here
        self._measuring = process
        self._blobs = Blobs(here.blobs)
        self._process: Process | None = None
        self._lock = threading.Lock()

    def answer(self, data: bytes) -> bytes:
        """Return the answer to a request; whatever goes wrong is one."""
        try:
            found = self.reply(messages.request(data))
        except CleanroomError as error:
            found = Refusal(str(error), error.fix)
        except OSError as error:
            fault = refused(error)
            found = Refusal(str(fault), fault.fix)
        except msgspec.DecodeError as error:
            found = Refusal(f"no request of this version: {error}", "install the same version")
        return messages.encoded(found)

    def reply(self, asked: Request) -> Answer:
        """Do what is asked."""
        match asked:
            case Describe():
                return self.here.standing(self._measures, examine=asked.examine)
            case Lacking() | Put():
                return Held(self._lacking(asked))
            case Begin() | Stop():
                return self._begin(asked) if isinstance(asked, Begin) else self._stop(asked.run)
            case Pull():
                return self._news(asked)
            case Inventory():
                return Files(dict(_digests(self._folder(asked.run))))
            case _:
                assert_never(asked)

    def close(self) -> None:
        """End in order what is under way."""
        if self._process is not None and self._process.is_alive():
            self._process.stop()
            self._process.join(_ENDING_SECONDS)

    def _lacking(self, asked: Lacking | Put) -> dict[str, int]:
        if isinstance(asked, Lacking):
            return self._blobs.lacking(asked.blobs)
        return self._blobs.put(asked.blob, asked.offset, asked.data, last=asked.last)

    @property
    def _measures(self) -> str:
        process = self._process
        return f"run {process.job.run}" if process and not process.state.ended else ""

    def _begin(self, asked: Begin) -> State:
        """Begin a run, or go on with one; who asks again is told where it is.

        While another is measured it waits: then it is to be asked for again.
        """
        job = asked.job
        self._folder(job.run)
        with self._lock:
            process = self._process
            own = process is not None and process.job.run == job.run
            if process and own and (process.asked == asked.asked or not process.state.ended):
                return process.state
            if process and process.is_alive():
                return _waiting(process)
            require_same(job)
            self._process = self._measuring(self.here, job, asked.asked)
            self._process.start()
            return self._process.state

    def _stop(self, run: str) -> State:
        process = self._process
        if process is None or process.job.run != run:
            return State(ended="interrupted", what="it had not begun")
        process.stop()
        return process.state

    def _news(self, asked: Pull) -> News:
        folder, left = self._folder(asked.run), _MOST_BYTES
        pieces = []
        for piece in (*_documents(folder, asked.whole), *_lines(folder, asked.lines)):
            left -= len(piece.data)
            pieces.append(piece)
            if left < 0:
                break
        return News(self._state(asked.run), tuple(pieces), more=left < 0)

    def _state(self, run: str) -> State:
        """Say where a run is; of one that is not under way, what it waits for, if anything."""
        process = self._process
        if process is None:
            return State()
        if process.job.run == run:
            return process.state
        return _waiting(process) if process.is_alive() else State()

    def _folder(self, run: str) -> Path:
        if not is_run(run):
            raise UsageError(f"{run[:80]!r} is no id of a run")
        return self.here.runs / run


def _waiting(process: Process) -> State:
    return State(doing=f"waits: it measures run {process.job.run}")


def _documents(folder: Path, known: dict[str, int]) -> Iterator[Piece]:
    """Yield documents that are not as they were when they had this stamp."""
    for name, stamp in known.items():
        with suppress(FileNotFoundError):
            path = _file(folder, name)
            changed = path.stat().st_mtime_ns
            if changed != stamp:
                yield Piece(name, changed, path.read_bytes(), whole=True)


def _lines(folder: Path, known: dict[str, int]) -> Iterator[Piece]:
    """Yield what follows of files that grow; of rows only whole ones: a cut one may be mended."""
    for name, start in known.items():
        with suppress(FileNotFoundError), _file(folder, name).open("rb") as file:
            offset = start
            while True:
                file.seek(offset)
                data = file.read(PIECE_BYTES)
                if name == _ROWS:
                    data = data[: data.rfind(b"\n") + 1]
                if data or not offset:  # an empty file is one, too
                    yield Piece(name, offset, data, whole=False)
                if not data:
                    break
                offset += len(data)


def _file(folder: Path, name: str) -> Path:
    if not is_file_of_a_run(name):
        raise UsageError(f"{name[:80]!r} is no file of a run")
    return folder / name


def _digests(folder: Path) -> Iterator[tuple[str, tuple[int, str]]]:
    """Yield what is in each file of a run."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and is_file_of_a_run(name):
            yield name, (path.stat().st_size, sha256_of(path))
