"""Lines over a runner's pipe: none is waited for beyond its deadline, or the runner's end."""

import math
import os
import select
import subprocess
import time

from runners import protocol

_EXIT_CHECK_MS = 100  # how late an exit may be noticed
_CHUNK = 1 << 16


class Ended(Exception):
    """No more lines will come; `partial` is what was left of the last one."""

    def __init__(self, partial: bytes) -> None:
        super().__init__("the runner's replies ended")
        self.partial = partial


class ReplyPipe:
    """Lines from a runner's stdout, requests to its stdin."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("the process must be started with both ends of its pipe")
        self._process = process
        self._requests = process.stdin.fileno()
        self._replies = process.stdout.fileno()
        os.set_blocking(self._replies, False)
        self._poll = select.poll()
        self._poll.register(self._replies, select.POLLIN)
        self._room = select.poll()
        self._room.register(self._requests, select.POLLOUT)
        self._buffer = bytearray()
        self._searched = 0

    def write(self, line: bytes) -> None:
        """Send one line whole; a runner that has gone is noticed by the next `read`."""
        sent = 0
        try:
            while (sent := sent + os.write(self._requests, line[sent:])) < len(line):
                pass
        except BrokenPipeError:
            return

    def has_room(self) -> bool:
        """Tell whether a short line can be written without waiting for the runner to read."""
        return bool(self._room.poll(0))

    def read(self, deadline: float) -> bytes:
        r"""Return the next line without its `\n`.

        `deadline` is a `time.monotonic()` value. Raises TimeoutError after it, Ended when the
        runner has exited or closed its end, ProtocolError for a line over the cap.
        """
        if not self._buffer:
            self._fill(deadline)
        while (end := self._buffer.find(b"\n", self._searched)) < 0:
            self._searched = len(self._buffer)
            if self._searched > protocol.MAX_LINE_BYTES:
                shown = bytes(self._buffer[:80])
                raise protocol.ProtocolError(
                    "over-long-line",
                    f"a line is over {protocol.MAX_LINE_BYTES:,} bytes: {shown!r}...",
                )
            if time.monotonic() > deadline:  # bytes may trickle for ever without ending a line
                raise TimeoutError
            self._fill(deadline)
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        self._searched = 0
        return line

    def _fill(self, deadline: float) -> None:
        """Wait for bytes, or for the exit of the process: a grandchild may hold the pipe."""
        exited = False
        while not self._poll.poll(0 if exited else min(_EXIT_CHECK_MS, _ms_until(deadline))):
            if exited:
                raise Ended(bytes(self._buffer))
            if time.monotonic() > deadline:
                raise TimeoutError
            exited = self._process.poll() is not None
        chunk = os.read(self._replies, _CHUNK)
        if not chunk:
            raise Ended(bytes(self._buffer))
        self._buffer += chunk


def _ms_until(deadline: float) -> int:
    return max(0, math.ceil((deadline - time.monotonic()) * 1000))
