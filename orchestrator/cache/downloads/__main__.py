"""The download process: a job on stdin, progress on stdout, no secret but the hub's token.

A process of its own because the hub's client takes 0.6 s and 50 MB to import, because a connection
that hangs can be ended with it, and because no other process needs the token.
"""

import os
import sys
import threading
import time
from pathlib import Path

import msgspec

from orchestrator.cache.downloads import messages
from orchestrator.cache.downloads.listing import Remote, look_up
from orchestrator.cache.downloads.messages import Failed, Job, Moved, Part, Reply
from orchestrator.cache.downloads.resume import Tally, have, missing_room, tidy
from orchestrator.errors import NO_ROOM, ModelError

_REPORT_EVERY_SECONDS = 0.1


def main() -> int:
    """Do one job; return the exit code."""
    job = msgspec.json.decode(sys.stdin.buffer.readline(), type=Job)
    _say(Moved(0, None))  # from here on, silence means a connection that hangs
    threading.Thread(target=_end_with_the_orchestrator, daemon=True).start()
    try:
        _work(job)
    except ModelError as error:
        _say(Failed(str(error), error.fix))
    except OSError as error:
        what = f"{error.filename or job.folder}: {error.strerror or error}"
        _say(Failed(what, no_room=error.errno in NO_ROOM))
    else:
        return 0
    return 1


def _work(job: Job) -> None:
    if job.folder is None:
        for part in job.parts:
            _say(_answer(part))
        return
    remotes: list[Remote] = []
    for part in job.parts:
        listed, found = look_up(part)
        remotes += found
        _say(listed)
    folder = Path(job.folder)
    tidy(folder, remotes)
    if (short := missing_room(folder, remotes, job.held)) > 0:
        _say(Failed(f"{short} bytes too few are free", no_room=True))
        raise SystemExit(1)
    sizes = [remote.known.size for remote in remotes]
    total = sum(size for size in sizes if size is not None) if None not in sizes else None
    tally = Tally(total, _Reporter())
    for remote in remotes:
        have(remote, folder, job.held, tally)


def _answer(part: Part) -> Reply:
    """Look one part up; a failure is its answer alone."""
    try:
        return look_up(part)[0]
    except ModelError as error:
        return Failed(str(error), error.fix)


class _Reporter:
    """Reports how far it is, ten times a second at most."""

    def __init__(self) -> None:
        self._last = 0.0

    def __call__(self, here: int, total: int | None) -> None:
        now = time.monotonic()
        if now - self._last >= _REPORT_EVERY_SECONDS or here == total:
            self._last = now
            _say(Moved(here, total))


def _say(reply: Reply) -> None:
    sys.stdout.buffer.write(messages.encode(reply))
    sys.stdout.buffer.flush()


def _end_with_the_orchestrator() -> None:
    """End when stdin does: an orphan would only hold the lock of the entry."""
    while os.read(sys.stdin.fileno(), 1 << 10):
        pass
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
