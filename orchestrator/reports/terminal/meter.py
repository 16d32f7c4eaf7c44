"""The level while recording: a bar in a terminal, nothing in a file."""

from typing import Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

_FLOOR, _LOUD = -60.0, -6.0  # dBFS: where the bar begins, and where it turns red
_WIDTH = 30


class Meter:
    """Draws one line with the seconds and the level; to be entered around the recording."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=True)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def __call__(self, seconds: float, level: float) -> None:
        """Show the level in dBFS at this second."""
        if self._console.is_terminal:
            self._live.update(line(seconds, level, self._console.width), refresh=True)


def line(seconds: float, level: float, columns: int) -> Text:
    """Return one line that fits: seconds, a bar, and the level in words for who sees no colour."""
    head, tail = f"{seconds:6.1f} s  ", "  silent" if level < _FLOOR else f"  {level:.0f} dBFS"
    width = max(min(_WIDTH, columns - len(head) - len(tail) - 1), 1)
    share = min(max(1 - level / _FLOOR, 0.0), 1.0)
    filled = round(width * share)
    style = "red" if level > _LOUD else "green"
    return Text.assemble(head, ("█" * filled, style), ("░" * (width - filled), "dim"), tail)
