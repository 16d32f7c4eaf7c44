"""Small questions to the operating system; None is its way of not knowing."""

import subprocess
from pathlib import Path


def read(path: Path) -> str | None:
    """Return the text of a small file such as those in /proc and /sys, without spaces around it."""
    try:
        return path.read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def output(*command: str) -> str | None:
    """Return what a command prints; `command` starts with an absolute path."""
    try:
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8", errors="replace", timeout=5, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


def sysctl(name: str) -> str | None:
    """Return a value of macOS's kernel state."""
    return output("/usr/sbin/sysctl", "-n", name)
