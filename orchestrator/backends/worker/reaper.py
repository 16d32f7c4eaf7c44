"""A process that outlives a killed orchestrator just long enough to end its runners.

Standard library only, started by path: it must come up in milliseconds and need nothing.
"""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path


class Reaper:
    """The orchestrator's side: tell the reaper which process groups live."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(__file__).resolve())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            bufsize=0,
        )

    @property
    def pid(self) -> int:
        """The reaper's own process."""
        return self._process.pid

    def watch(self, group: int) -> None:
        """End this process group should the orchestrator die."""
        self._tell(f"+{group}\n")

    def forget(self, group: int) -> None:
        """Leave this group alone: it has ended, and its number may be used again."""
        self._tell(f"-{group}\n")

    def close(self) -> None:
        """Let the reaper end; it ends whatever is still watched."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        # Somebody may have killed the reaper: a run goes on without its safety net.
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.write(line.encode())


def kill_group(group: int, number: signal.Signals = signal.SIGKILL) -> None:
    """Signal a whole group; one that is gone, or only zombies (EPERM on macOS), is no error."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def main() -> None:
    """Read `+group` and `-group` lines until stdin closes, then kill what is left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
    for group in groups:
        kill_group(group)


if __name__ == "__main__":
    main()
