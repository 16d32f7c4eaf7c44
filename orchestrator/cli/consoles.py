"""Where the command line draws: results on stdout, everything else on stderr."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


_FILE_WIDTH = 120


def stdout() -> "Console":
    """Return the console for results."""
    return _console(stderr=False)


def stderr() -> "Console":
    """Return the console for progress and notices."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> "Console":
    """Return a console as wide as its terminal; a file or a pipe has no width of its own."""
    from rich.console import Console

    terminal = (sys.stderr if stderr else sys.stdout).isatty()
    return Console(stderr=stderr, highlight=False, width=None if terminal else _FILE_WIDTH)
