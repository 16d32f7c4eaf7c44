"""Captions: what is said, as an engine shows it; a block drawn anew, lines off a terminal."""

import time
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from orchestrator.bench.events import Viewer
from orchestrator.reports.terminal.progress import LiveWatcher, level_line
from orchestrator.reports.terminal.tables import say
from orchestrator.runs.schema import Shown

_DRAW_SECONDS = 0.1
_MAY_CHANGE = "dim italic"


class Captions(Viewer):
    """A context manager around streams; takes the place of a watcher's line while one is open.

    On a terminal what may still change is dim, and all of it gives way to the final text. Off a
    terminal what stands is printed as it comes, and at last what remains.
    """

    def __init__(self, console: Console, watcher: LiveWatcher) -> None:
        self._console, self._watcher = console, watcher
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._stood = self._may_change = ""
        self._heard = self._seconds = self._drawn = 0.0
        self._level: float | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def begin(self) -> None:
        """Begin with nothing on the screen."""
        self._watcher.__exit__()
        if self._console.is_terminal:
            self._live.start()

    def partial(self, shown: Shown) -> None:
        """Show what stands by now and what may change."""
        self._stood += shown.stands
        self._may_change, self._heard = shown.may_change, shown.heard
        if self._console.is_terminal:
            self._draw()
        elif line := shown.stands.strip():
            say(self._console, line)

    def moment(self, seconds: float, level: float | None) -> None:
        """Draw how much audio there is by now, ten times a second."""
        self._seconds, self._level = seconds, level
        if self._console.is_terminal and time.monotonic() - self._drawn > _DRAW_SECONDS:
            self._draw()

    def end(self, text: str) -> None:
        """Leave the final text: off a terminal as much of it as was not printed before."""
        self._live.stop()
        whole, stood = " ".join(text.split()), " ".join(self._stood.split())
        printed = not self._console.is_terminal and whole.startswith(stood)
        if rest := whole.removeprefix(stood).strip() if printed else whole:
            self._console.print(Text(rest), soft_wrap=not self._console.is_terminal)

    def _draw(self) -> None:
        """Draw the last lines that there is room for, and below them how far it is."""
        self._drawn = time.monotonic()
        width, rows = self._console.width, max(self._console.height - 2, 1)
        text = Text.assemble(self._stood.lstrip(), (self._may_change, _MAY_CHANGE))
        lines = text[-width * rows :].wrap(self._console, width)[-rows:]
        status = _status(self._seconds, self._seconds - self._heard, self._level, width)
        self._live.update(Text("\n").join([*lines, status]), refresh=True)


def _status(seconds: float, behind: float, level: float | None, columns: int) -> Text:
    """Return a line that fits: the seconds so far, the level, and how much the text lacks."""
    tail = Text(f"  text {behind:.1f} s behind", "dim")
    head = Text(f"{seconds:6.1f} s", "dim")
    if level is not None:
        head = level_line(seconds, level, columns - tail.cell_len)
    line = head + tail
    line.truncate(columns)
    return line
