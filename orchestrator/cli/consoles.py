"""Where the command line writes: results to stdout, everything else to stderr.

What is written is often foreign: names of clips, transcripts, messages of engines, runs of other
people. None of it may act on the terminal, and no reader that leaves may end a run.
"""

import errno
import io
import os
import sys
from typing import IO, TYPE_CHECKING, Any, TextIO, cast

import typer

from orchestrator.errors import UsageError
from orchestrator.units import visible

if TYPE_CHECKING:
    from rich.console import Console

_FILE_WIDTH = 120
_ELSEWHERE = "redirect it to a file on a disk with room: COMMAND > FILE"


class Stream(io.TextIOWrapper):
    """stdout or stderr: what is written is made visible; after an error it goes nowhere.

    `lost` is that error.
    """

    lost: OSError | None = None

    def write(self, text: str) -> int:
        """Write a text that may hold anything."""
        return self.draw(visible(text))

    def draw(self, text: str) -> int:
        """Write a text whose escape sequences are ours: colours, and the cursor's way."""
        try:
            return super().write(text)
        except OSError as error:
            return self._lose(error)

    def flush(self) -> None:
        """Hand over what is written so far."""
        try:
            super().flush()
        except OSError as error:
            self._lose(error)

    def _lose(self, error: OSError) -> int:
        """Let everything from now on, and what waits in buffers, go to the null device."""
        self.lost = self.lost or error
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, self.fileno())
        os.close(null)
        return 0


class _Canvas:
    """A Stream as rich draws on it."""

    def __init__(self, stream: Stream) -> None:
        self.write, self.flush = stream.draw, stream.flush
        self.isatty, self.fileno, self.encoding = stream.isatty, stream.fileno, stream.encoding


def prepare() -> None:
    """Take over the standard streams; one that is closed (cron, `>&-`) becomes the null device."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    given: Any = sys  # a closed stream is None there, which its types do not say
    given.stdin = given.stdin or io.TextIOWrapper(io.FileIO(0), encoding="utf-8")
    given.stdout, given.stderr = _stream(given.stdout, 1), _stream(given.stderr, 2)


def _stream(old: TextIO | None, descriptor: int) -> Stream:
    buffer = old.buffer if old else io.BufferedWriter(io.FileIO(descriptor, "w"))
    encoding = old.encoding if old else "utf-8"
    line_by_line = descriptor == 2 or buffer.isatty()  # noqa: PLR2004 - stderr
    # A terminal of few letters shows what it has.
    stream = Stream(buffer, encoding, "replace", line_buffering=line_by_line)
    if old is None:
        stream.lost = OSError(errno.EBADF, "it is closed")
    return stream


def finish() -> None:
    """Hand over what is left; say so if stdout could not take it all, unless its reader left."""
    sys.stdout.flush()
    if lost := _refusal():
        print(f"error: stdout cannot be written: {lost}", file=sys.stderr)
        print(f"  {_ELSEWHERE}", file=sys.stderr)
    sys.stderr.flush()


def deliver(document: str) -> None:
    """Print what a command is run for; raise UsageError where it cannot be written."""
    print(document, end="", flush=True)
    if lost := _refusal():
        cast("Stream", sys.stdout).lost = None  # the error says it
        raise UsageError(f"stdout cannot be written: {lost}", _ELSEWHERE)


def _refusal() -> str:
    """Return why the system refuses stdout; empty if it does not, or if a reader has left."""
    lost = sys.stdout.lost if isinstance(sys.stdout, Stream) else None
    return "" if lost is None or isinstance(lost, BrokenPipeError) else lost.strerror or str(lost)


def confirm_deletion() -> None:
    """Ask whether to delete what was listed; end with exit code 1 if not.

    Raises UsageError where nobody can be asked.
    """
    from rich.prompt import Confirm

    if not sys.stdin.isatty():
        raise UsageError("nobody can be asked here", "add --yes to delete them")
    if not Confirm.ask("delete?", console=stderr(), default=False):
        raise typer.Exit(1)


def stdout() -> "Console":
    """Return the console for results."""
    return _console(sys.stdout, stderr=False)


def stderr() -> "Console":
    """Return the console for progress and notices."""
    return _console(sys.stderr, stderr=True)


def _console(stream: TextIO, *, stderr: bool) -> "Console":
    """Return a console as wide as its terminal; a file or a pipe has no width of its own."""
    from orchestrator.reports.terminal import SafeConsole

    file = cast("IO[str]", _Canvas(stream)) if isinstance(stream, Stream) else None
    return SafeConsole(file, stderr=stderr, width=None if stream.isatty() else _FILE_WIDTH)
