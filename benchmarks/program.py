"""A program that a benchmark runs besides what it measures."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def finished(command: Sequence[str | Path], **how: Any) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end; leave where it fails, since it has said why on stderr."""
    try:
        done = subprocess.run(command, encoding="utf-8", check=False, **how)
    except FileNotFoundError as error:
        sys.exit(f"{error.filename} does not exist")
    if done.returncode:
        sys.exit(done.returncode)
    return done
