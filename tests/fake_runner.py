"""A complete runner without a library: the guide's example, and every way a runner can go wrong.

`options.extra["fault"]` (or the environment of the test) chooses the misbehaviour; without one it
"transcribes" by describing the samples it was handed.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from runners.serve import BadModel, Options, Result, Runner, Segment, Unsupported, main


class FakeRunner(Runner):
    """Loads any file, answers with the number of samples and their sum."""

    name = "fake"
    library = "msgspec"

    def __init__(self) -> None:
        """Import the library: here numpy."""
        import numpy as np

        self.numpy = np
        _misbehave(_fault_from_environment("import"))

    def load(self, model: Path, options: Options) -> dict[str, Any]:
        """Read the model's text, which becomes every transcript."""
        if options.words:
            raise Unsupported("this engine has no word timestamps")
        if not model.is_file():
            raise BadModel(f"{model} is no file")
        self.text = model.read_text()
        self.options = options
        allocated = options.extra.get("allocate_bytes", 0)
        self.ballast = self.numpy.ones(int(allocated or 0), self.numpy.uint8)
        return {"device": "cpu", "compute_type": "float32", "threads": options.threads}

    def transcribe(self, audio: Any) -> Result:
        """Touch every sample; sleep and misbehave as the options say."""
        total = float(audio.sum(dtype="float64"))
        time.sleep(float(self.options.extra.get("sleep_seconds") or 0))
        fault = str(self.options.extra.get("fault") or "")
        _misbehave(fault)
        end = float("nan") if fault == "nan" else len(audio) / 16000
        echo = f"{len(audio)} samples, sum {total:.3f}" if self.text == "{echo}" else self.text
        return Result(echo, self.options.language, [Segment(start=0.0, end=end, text=echo)])


def _fault_from_environment(phase: str) -> str:
    """Read `fault@phase` from the one variable that tests pass by way of the argument list."""
    wanted = [a.split("@", 1)[0] for a in sys.argv[1:] if a.endswith(f"@{phase}")]
    return wanted[0] if wanted else ""


def _misbehave(fault: str) -> None:
    FAULTS.get(fault, _nothing)()


def _nothing() -> None:
    """Do what a good runner does."""


def _raise() -> None:
    raise RuntimeError("the engine gave up")


def _print_noise() -> None:
    print("a library's banner on stdout")  # noqa: T201
    os.write(1, b"raw bytes on fd 1\n")
    subprocess.run(["/bin/echo", "a child's banner"], check=True)


def _exit_silently() -> None:
    os._exit(0)


def _exit_with_3() -> None:
    os._exit(3)


def _segfault() -> None:
    signal.signal(signal.SIGSEGV, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGSEGV)


def _be_killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _hang() -> None:
    time.sleep(3600)


def _hang_with_the_gil() -> None:
    ctypes.PyDLL(None).sleep(3600)


def _leave_a_grandchild() -> None:
    subprocess.Popen(["/bin/sleep", "3600"], pass_fds=_reply_fds())
    os._exit(0)


def _leave_a_grandchild_and_go_on() -> None:
    subprocess.Popen(["/bin/sleep", "3600"], pass_fds=_reply_fds())


def _reply_fds() -> list[int]:
    """Find the claimed pipe ends, as a C library that forks would by inheriting them."""
    return [fd for fd in range(3, 16) if _is_pipe(fd)]


def _is_pipe(fd: int) -> bool:
    try:
        return os.readlink(f"/proc/self/fd/{fd}").startswith("pipe:")
    except OSError:
        return False


def _write_raw(data: bytes, *, then_exit: bool) -> Callable[[], None]:
    """Answer with bytes that are no message, on the runner's own reply channel."""

    def write() -> None:
        channel = max(_reply_fds())
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(channel, rest) :]
        if then_exit:
            os._exit(0)

    return write


FAULTS: dict[str, Callable[[], None]] = {
    "raise": _raise,
    "noise": _print_noise,
    "exit-0": _exit_silently,
    "exit-3": _exit_with_3,
    "segfault": _segfault,
    "sigkill": _be_killed,
    "hang": _hang,
    "hang-gil": _hang_with_the_gil,
    "grandchild": _leave_a_grandchild,
    "grandchild-lives": _leave_a_grandchild_and_go_on,
    "half-line": _write_raw(b'{"type":"transcript","id":', then_exit=True),
    "garbage": _write_raw(b"this is no message\n", then_exit=False),
    "long-line": _write_raw(b"x" * (20 * 2**20) + b"\n", then_exit=False),
    "bad-utf8": _write_raw(b'{"type":"transcript","text":"\xff\xfe"}\n', then_exit=False),
    "raw-nan": _write_raw(b'{"type":"loaded","id":1,"seconds":NaN,"resolved":{}}\n', then_exit=False),
    "wrong-id": _write_raw(b'{"type":"loaded","id":77,"seconds":1.0,"resolved":{}}\n', then_exit=False),
}


if __name__ == "__main__":
    main(FakeRunner)
