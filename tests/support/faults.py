"""The fake runner gone wrong, one way at a time: what each failure of a real engine looks like.

`FAULT@PHASE` names one. Phases `start` (before the pipe is claimed), `import` and `exit` are chosen
on the command line; `load`, `transcribe`, and of a stream `listen`, `hear` and `finish` there or by
`options.extra["fault"]`.
"""

import atexit
import contextlib
import ctypes
import fcntl
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from runners import protocol
from runners.protocol import Options, Segment
from runners.serve import Result, main
from runners.stream import Listener, Shown
from tests.support.fake_runner import FakeRunner

READY = protocol.Ready(protocol.VERSION, "fake", "1.0", "3.11.0", 0.1, 1)
LOADED = protocol.Loaded(1, 1.0, {})


class FaultyRunner(FakeRunner):
    """Does what it was told to do wrong, and the rest as it should."""

    def __init__(self) -> None:
        """Misbehave while importing, or plan to while leaving: `shutdown` flushes stdout last."""
        super().__init__()
        go_wrong("import", sys.argv[1:])
        if any(fault.endswith("@exit") for fault in sys.argv[1:]):
            sys.stdout = _LastWords()

    def load(self, model: Path, options: Options) -> dict[str, Any]:
        """Misbehave instead of loading, or before."""
        extra = dict(options.extra)
        self.faults = sys.argv[1:] + str(extra.pop("fault", "")).split()
        instead = go_wrong("load", self.faults)
        return instead or super().load(model, msgspec.structs.replace(options, extra=extra))

    def transcribe(self, audio: Any) -> Result:  # noqa: ANN401 - as in Runner
        """Misbehave instead of transcribing, or before."""
        if "scribble@transcribe" in self.faults:
            audio[:] = 0
            return Result("scribbled")
        return go_wrong("transcribe", self.faults) or super().transcribe(audio)

    def listen(self, audio: Any) -> Listener:  # noqa: ANN401 - as in Runner
        """Misbehave instead of listening, or while it does."""
        go_wrong("listen", self.faults)
        return FaultyListener(super().listen(audio), self.faults)


class FaultyListener:
    """Does what it was told to do wrong, and the rest as another listener does."""

    def __init__(self, listener: Listener, faults: list[str]) -> None:
        self.listener, self.faults = listener, faults
        self.resolved = listener.resolved

    def hear(self, samples: int) -> Shown | None:
        """Misbehave, then hear; one that is mute shows nothing of it."""
        go_wrong("hear", self.faults)
        shown = self.listener.hear(samples)
        return None if "mute@hear" in self.faults else shown

    def finish(self, samples: int) -> Result:
        """Misbehave, then finish."""
        return go_wrong("finish", self.faults) or self.listener.finish(samples)


class Unspeakable(Exception):
    """An error that fails once more when it is shown."""

    def __str__(self) -> str:
        """Raise."""
        raise TypeError("no words")


class _LastWords:
    def flush(self) -> None:
        go_wrong("exit", sys.argv[1:])


def go_wrong(phase: str, faults: list[str]) -> Any:  # noqa: ANN401 - what to answer, or None
    """Commit the faults of this phase; what one returns is the answer."""
    done = [FAULTS[f.split("@")[0]]() for f in faults if f.endswith(f"@{phase}")]
    return next((answer for answer in done if answer is not None), None)


def channel() -> int:
    """Find the writing end of the pipe, as a C library finds what it inherits; 1 until claimed."""
    for fd in range(3, 64):
        with contextlib.suppress(OSError):
            writing = fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY
            if writing and stat.S_ISFIFO(os.fstat(fd).st_mode):
                return fd
    return 1


def say(data: bytes) -> Callable[[], None]:
    """Return a fault that writes these bytes where only messages belong."""

    def write() -> None:
        fd, rest = channel(), memoryview(data)
        while rest:
            rest = rest[os.write(fd, rest) :]

    return write


def say_message(message: protocol.Reply) -> Callable[[], None]:
    """Return a fault that sends a message nobody asked for."""
    return say(protocol.encode(message))


def throw(error: BaseException) -> Callable[[], None]:
    """Return a fault that raises."""

    def fault() -> None:
        raise error

    return fault


def shell(script: str, *, new_session: bool = False, hold_pipe: bool = False) -> Callable[[], None]:
    """Return a fault that starts children; what they say goes where this process's stdout goes."""

    def run() -> None:
        held = [channel()] if hold_pipe else []
        command = ["/bin/sh", "-c", script]
        subprocess.run(command, check=True, pass_fds=held, start_new_session=new_session)

    return run


def leave_a_nameless_child() -> None:
    """Start a child of our own in another session, with nothing in its environment."""
    child = subprocess.Popen(["/bin/sleep", "3600"], env={}, start_new_session=True)
    os.write(1, b"child %d\n" % child.pid)


def print_everywhere() -> None:
    """Print in every way that Python and C know."""
    print("from print")  # noqa: T201
    sys.__stdout__.write("from sys.__stdout__\n")
    sys.__stdout__.flush()
    os.write(1, b"from fd 1\n")
    shell("echo from a shell")()
    libc = ctypes.CDLL(None)
    libc.puts(b"from puts")
    libc.printf(b"from printf\n")
    libc.fflush(None)


def print_at_exit() -> None:
    """Print when the interpreter ends, and leave something in C's own buffer till then."""
    atexit.register(print, "from atexit")
    ctypes.CDLL(None).printf(b"from the exit flush\n")


def segfault() -> None:
    """Read address 0."""
    ctypes.string_at(0)


def hang() -> None:
    """Sleep as a deadlocked library does."""
    time.sleep(3600)


def hang_with_the_gil() -> None:
    """Sleep inside C, holding the interpreter; a signal would end one sleep."""
    while True:
        ctypes.PyDLL(None).sleep(3600)


def ignore_sigterm_and_hang() -> None:
    """Refuse to end politely, in any way."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    hang_with_the_gil()


def spin() -> None:
    """Keep a thread at work from here on, as a thread pool does that waits for more."""

    def wait() -> None:
        while True:
            pass

    threading.Thread(target=wait, daemon=True).start()


def close_the_pipe_and_live() -> None:
    """Close stdout and stay."""
    os.close(channel())
    hang()


def chatter() -> None:
    """Fill the log with 80 MB: its beginning and its end are what one would look for."""
    os.write(2, b"the first line\n")
    for _ in range(80):
        os.write(2, b"x" * 999_999 + b"\n")
    os.write(2, b"the last line\n")


def report_progress() -> None:
    """Take a little over three seconds, with word of it eight times."""
    for eighth in range(1, 9):
        time.sleep(0.4)
        say_message(protocol.Progress(2, f"eighth {eighth}", eighth / 8))()


def show_surroundings() -> dict[str, str | bool]:
    """Answer `load` with the environment, the working directory and whether it is empty."""
    empty = not list(Path.cwd().iterdir())
    return {**os.environ, "(cwd)": str(Path.cwd()), "(cwd is empty)": empty}


def flood() -> None:
    """Send partials without end, as a loop does that lost its condition."""
    while True:
        say_message(protocol.Partial(2, "x", "", 0))()


def not_numbers() -> Result:
    """Answer as a library does that has lost the times."""
    lost = Segment(start=float("nan"), end=float("inf"), text="lost")
    return Result("lost", segments=[lost], first_segment_seconds=float("-inf"))


def foreign_types() -> Result:
    """Answer with what only looks like JSON."""
    return Result("text", language=Path("en"))  # type: ignore[arg-type]


SLEEPER = "sleep 3600 & echo child $!"

FAULTS: dict[str, Callable[[], Any]] = {
    "print": print_everywhere,
    "print-at-exit": print_at_exit,
    "read-stdin": shell("cat"),
    "raise": throw(RuntimeError("the engine gave up")),
    "raise-at-length": throw(RuntimeError("x" * 20_000_000)),
    "system-exit": throw(SystemExit(0)),
    "unspeakable": throw(Unspeakable()),
    "interrupt": throw(KeyboardInterrupt()),
    "exit-0": lambda: os._exit(0),
    "exit-3": lambda: os._exit(3),
    "segfault": segfault,
    "sigkill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "hang": hang,
    "nap": lambda: time.sleep(0.3),
    "hang-gil": hang_with_the_gil,
    "spin": spin,
    "stubborn": ignore_sigterm_and_hang,
    "close-pipe": close_the_pipe_and_live,
    "chatter": chatter,
    "progress": report_progress,
    "surroundings": show_surroundings,
    "nan": not_numbers,
    "foreign": foreign_types,
    "scribble": lambda: None,  # on the samples: see transcribe
    "mute": lambda: None,  # see hear
    "long-text": lambda: Result("x" * protocol.MAX_LINE_BYTES),
    "child": shell(SLEEPER),
    "child-new-session": shell(SLEEPER, new_session=True),
    "child-stubborn": shell("trap '' TERM; env -i sleep 3600 & echo child $!"),
    "child-nameless": leave_a_nameless_child,
    "child-holds-pipe": shell(SLEEPER, hold_pipe=True),
    # Bytes that are no message.
    "banner": say(b"a banner before anything \xff\n{not even json\n"),
    "banner-unended": say(b"a banner without its line end: "),
    "deep": say(b'{"a":' + b"[" * 100_000 + b"\n"),
    "half-line": say(b'{"type":"loaded","id":1'),
    "long-line": say(b"x" * (20 * 2**20) + b"\n"),
    "bad-utf8": say(b'{"type":"failed","id":1,"kind":"error","message":"\xff\xfe"}\n'),
    "bare-nan": say(b'{"type":"loaded","id":1,"seconds":NaN,"resolved":{}}\n'),
    # Partials.
    "flood": flood,
    "long-partial": say_message(protocol.Partial(2, "", "x" * 2**17, 0)),
    "foresight": say_message(protocol.Partial(2, "", "what is still to come", 10**9)),
    "other-partial": say_message(protocol.Partial(77, "", "", 0)),
    # Messages that were not due.
    "loaded": say_message(LOADED),
    "loaded-77": say_message(msgspec.structs.replace(LOADED, id=77)),
    "bye": say_message(protocol.Bye(None)),
    "refused": say_message(protocol.Failed(-1, "bad-request", "what was that?")),
    "ready-3": say(b'{"type":"ready","protocol":3,"backend":{"new":"shape"}}\n'),
    "ready-shim": say_message(msgspec.structs.replace(READY, build="shim")),
    "ready-other": say_message(msgspec.structs.replace(READY, backend="other")),
    "ready-short": say(b'{"type":"ready","protocol":1}\n'),
}


if __name__ == "__main__":
    go_wrong("start", sys.argv[1:])
    main(FaultyRunner)
