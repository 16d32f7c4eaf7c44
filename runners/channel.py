"""The runner's end of the pipe: fd 0 and fd 1, claimed before a library can print or read."""

import fcntl
import io
import os
import select
import sys
import threading
from typing import NoReturn

from runners import protocol

_LOOK_AGAIN_MS = 500


class Channel:
    """The claimed ends of the pipe; everything a library prints goes to stderr instead."""

    def __init__(self, requests: int, replies: int) -> None:
        self._requests = requests
        self._replies = replies
        self._buffer = bytearray()

    @classmethod
    def claim(cls) -> "Channel":
        """Take fd 0 and fd 1 away from everything that is imported later."""
        requests = fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, 3)
        replies = fcntl.fcntl(1, fcntl.F_DUPFD_CLOEXEC, 3)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        os.dup2(2, 1)
        sys.stdin = io.open(0, closefd=False)  # noqa: SIM115, UP020 - lives as long as the process
        sys.stdout = io.TextIOWrapper(
            io.FileIO(1, "w", closefd=False),
            encoding="utf-8",
            errors="backslashreplace",
            write_through=True,
        )
        threading.Thread(target=_end_with_parent, args=(requests,), daemon=True).start()
        return cls(requests, replies)

    def receive(self) -> bytes:
        """Return the next line; end the process when the orchestrator has gone."""
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > protocol.MAX_LINE_BYTES:
                self._skip_line()
                raise protocol.ProtocolError("over-long-line", "a request is over the cap")
            self._fill()
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line

    def waiting(self) -> bool:
        """Tell whether more has come already."""
        return bool(self._buffer) or bool(select.select([self._requests], [], [], 0)[0])

    def _skip_line(self) -> None:
        """Drop the rest of an over-long request, so that the next one is read from its start."""
        while (end := self._buffer.find(b"\n")) < 0:
            self._buffer.clear()
            self._fill()
        del self._buffer[: end + 1]

    def _fill(self) -> None:
        chunk = os.read(self._requests, 1 << 16)
        if not chunk:
            os._exit(0)
        self._buffer += chunk

    def send(self, reply: protocol.Reply) -> None:
        """Write one line whole; end the process when nobody reads any more."""
        line, sent = protocol.encode(reply), 0
        try:
            while (sent := sent + os.write(self._replies, line[sent:])) < len(line):
                pass
        except BrokenPipeError:
            os._exit(0)

    def close(self) -> NoReturn:
        """Leave at once: library destructors and exit handlers can hang or crash."""
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def _end_with_parent(requests: int) -> None:
    """Wait for the writing end to close, whatever the main thread is doing.

    Requests must not wake this thread, so it asks for nothing but the hang-up. macOS watches no
    descriptor without an event, and after one request has passed it watches no more: ask again.
    """
    hung_up = select.poll()
    hung_up.register(requests, select.POLLHUP)
    while not hung_up.poll(_LOOK_AGAIN_MS):
        pass
    os._exit(0)
