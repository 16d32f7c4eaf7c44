"""Runs the download process: its job in, progress out, ended when no byte comes."""

import errno
import math
import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from orchestrator import places
from orchestrator.cache.disk import megabytes
from orchestrator.cache.downloads import messages
from orchestrator.cache.downloads.messages import (
    ANSWER_VARIABLE,
    Failed,
    HubPart,
    Job,
    Listed,
    Moved,
    Part,
    Place,
)
from orchestrator.cache.store import Draft, size_on_disk
from orchestrator.errors import ModelError, UsageError
from orchestrator.host import children

_SILENCE = "WHISPER_CLEANROOM_STALL_SECONDS"
_START_SECONDS = 60.0  # to start Python and import the hub's client, on a busy machine
_TRIES = 2  # a connection that hangs is given up once and made anew
_KEPT = (
    *children.PROXIES,
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "WHISPER_CLEANROOM_CACHE",
    "XDG_CACHE_HOME",
)
_TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "HF_HOME")
_HUB = ("HF_ENDPOINT", "HF_HUB_DISABLE_IMPLICIT_TOKEN", "HF_HUB_OFFLINE")

Report = Callable[[int, int | None], None]


class _Silent(Exception):
    """No byte came for too long."""


def silence_seconds() -> float:
    """Return how long a download may bring nothing; raise UsageError for no such number."""
    return _seconds(_SILENCE, 180.0)


def answer_seconds() -> float:
    """Return how long a server may take to answer; raise UsageError for no such number."""
    return _seconds(ANSWER_VARIABLE, 20.0)


def _seconds(variable: str, usual: float) -> float:
    value = os.environ.get(variable) or str(usual)
    try:
        if 0 < (seconds := float(value)) < math.inf:
            return seconds
    except ValueError:
        pass
    raise UsageError(f"{variable} is no number of seconds: {value!r}", f"unset {variable}")


def run(job: Job, draft: Draft, report: Report) -> list[Listed]:
    """Have a job done; return what each part was. `report` gets the bytes here and the total.

    Raises ModelError in its words; OSError for a full disk, as the store expects it.
    """
    for _ in range(_TRIES):
        try:
            return _once(job, draft, report)
        except _Silent:
            continue
    here = size_on_disk(Path(job.folder)) if job.folder else 0
    raise ModelError(
        f"{_places(job)} sent no byte for {silence_seconds():g} s, twice",
        f"run the same again: it resumes from the {megabytes(here)} that are here",
    )


def ask(parts: Sequence[Part], patience: float | None = None) -> list[Listed | Failed]:
    """Look several parts up in one process; return an answer for each, in order.

    `patience` in seconds is as long as a download's where it is not given. Raises ModelError when
    that process itself fails.
    """
    job = Job(tuple(parts), None)
    patience = patience or silence_seconds()
    with tempfile.TemporaryFile() as complaints, _process(job, None, complaints) as process:
        try:
            found = [r for r in _replies(process, patience) if not isinstance(r, Moved)]
        except _Silent:
            raise ModelError(f"{_places(job)} did not answer for {patience:g} s") from None
        if len(found) < len(parts):
            raise ModelError(f"asking {_places(job)} ended: {_last(complaints)}")
        return found


def unreachable(url: str) -> str:
    """Return why a server does not answer, for a sentence in brackets; "" when it does."""
    patience = answer_seconds()
    try:
        # Longer than the client waits: only a name server that hangs is left to this process.
        (answer,) = ask([Place(url)], patience + 1)
    except ModelError as error:
        return str(error)
    if isinstance(answer, Listed):
        return ""
    return f"{answer.what}; {answer.fix}" if answer.fix else answer.what


def _once(job: Job, draft: Draft, report: Report) -> list[Listed]:
    with tempfile.TemporaryFile() as complaints, _process(job, draft, complaints) as process:
        listed: list[Listed] = []
        for reply in _replies(process, silence_seconds()):
            match reply:
                case Listed():
                    listed.append(reply)
                case Moved(here, total):
                    report(here, total)
                case Failed(what, _, no_room=True):
                    raise OSError(errno.ENOSPC, what, job.folder)
                case Failed(what, fix):
                    raise ModelError(what, fix)
        if process.wait() != 0:
            raise ModelError(f"the download from {_places(job)} ended: {_last(complaints)}")
        return listed


@contextmanager
def _process(
    job: Job, draft: Draft | None, complaints: BinaryIO
) -> "Iterator[subprocess.Popen[bytes]]":
    """Start it on a job, and end it whatever happens; only a job for the hub shows it the token."""
    hub = any(isinstance(part, HubPart) for part in job.parts)
    names = [*_KEPT, *_HUB, *(_TOKENS if hub else ())]
    # Xet keeps nothing of a file that was cut, and has hung for half an hour; the hub serves the
    # same files over HTTP, which can be resumed.
    ours = {"HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    ours[ANSWER_VARIABLE] = str(answer_seconds())
    process = subprocess.Popen(
        children.command(sys.executable, "orchestrator.cache.downloads"),
        cwd=places.ROOT,
        env=children.environment(*names, **ours),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=complaints,
        pass_fds=(draft.lock,) if draft else (),
    )
    try:
        with children.under_way(process):
            assert process.stdin is not None  # noqa: S101 - for the type checker: it is a pipe
            with suppress(BrokenPipeError):  # it ended already: what it left says why
                process.stdin.write(messages.encode(job))
                process.stdin.flush()
            yield process
    finally:
        process.kill()
        process.communicate()


def _replies(process: "subprocess.Popen[bytes]", patience: float) -> Iterator[messages.Reply]:
    """Yield its lines; raise _Silent when for `patience` seconds none says that more is here."""
    assert process.stdout is not None  # noqa: S101 - for the type checker: it is a pipe
    last: messages.Reply | None = None
    rest = b""
    deadline = time.monotonic() + max(patience, _START_SECONDS)
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while selector.select(max(deadline - time.monotonic(), 0)):
            data = os.read(process.stdout.fileno(), 1 << 16)
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            for reply in map(messages.decode, lines):
                if reply != last:  # the same count again is no byte
                    deadline, last = time.monotonic() + patience, reply
                yield reply
    raise _Silent


def _last(complaints: BinaryIO) -> str:
    complaints.seek(0)
    lines = complaints.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "without a message"


def _places(job: Job) -> str:
    names = (p.repository if isinstance(p, HubPart) else p.url for p in job.parts)
    return " and ".join(dict.fromkeys(names))
