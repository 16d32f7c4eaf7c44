"""Where the command line draws: results on stdout, everything else on stderr."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def stdout() -> "Console":
    """Return the console for results."""
    from rich.console import Console

    return Console(highlight=False)


def stderr() -> "Console":
    """Return the console for progress and notices."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)
