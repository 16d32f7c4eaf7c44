"""A runner's log: its end for the row of a failure, and a cap on its size."""

import threading
from contextlib import suppress
from pathlib import Path

MOST_BYTES = 64 << 20
_PERIOD_SECONDS = 1.0


class CappedLog:
    """Looks at a log while a process appends to it, and drops its middle; to be closed after it."""

    def __init__(self, path: Path, most: int = MOST_BYTES) -> None:
        self._path = path
        self._most = most
        self._dropped = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="log", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look once more, and no more."""
        self._over.set()
        self._thread.join()
        self._trim()

    def _watch(self) -> None:
        while not self._over.wait(_PERIOD_SECONDS):
            self._trim()

    def _trim(self) -> None:
        """Keep a quarter of the cap from either end; what is appended meanwhile is dropped too."""
        with suppress(OSError):
            if self._path.stat().st_size <= self._most:
                return
            kept = self._most // 4
            with self._path.open("r+b") as file:
                file.seek(-kept, 2)
                tail = file.read(kept)
                self._dropped += file.seek(0, 2) - 2 * kept
                file.seek(kept)
                file.write(f"\n[... {self._dropped:,} bytes dropped here ...]\n".encode() + tail)
                file.truncate()


def log_tail(log: Path, lines: int = 20) -> str:
    """Return the end of a log, for the row of a failure; empty when there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 20_000))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def quoted(log: Path, lines: int = 20) -> str:
    """Return the end of a log as advice of an error, for a log that will be gone; or empty."""
    tail = log_tail(log, lines)
    return f"the end of its log:\n{tail}" if tail else ""
