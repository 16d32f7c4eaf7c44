"""A microphone's tone recorded in a terminal, where keys are pressed when something is shown."""

import os
import pty
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from fake_envs import ROOT


def recorded(
    folder: Path, environment: Mapping[str, str], keys: Iterable[tuple[bytes, bytes]], *options: str
) -> tuple[int, str]:
    """Press each key once its prompt is shown; return the exit code and what was shown."""
    ours, theirs = pty.openpty()
    microphone = str(ROOT / "tests" / "support" / "microphones.py")
    child = subprocess.Popen(
        [sys.executable, microphone, str(folder), *options],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**environment, "TERM": "xterm", "COLUMNS": "60"},
        start_new_session=True,
    )
    os.close(theirs)
    shown = b""
    for prompt, key in keys:
        while prompt not in shown:
            shown += os.read(ours, 4096)
        os.write(ours, key)
    while piece := _read(ours):
        shown += piece
    os.close(ours)
    return child.wait(), shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # Linux: the other side is closed
        return b""
