"""What is under way: a run, downloads, a recording; lines where there is no terminal."""

import sys
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Self, TypeVar

from rich.console import Console
from rich.live import Live
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.prompt import Confirm
from rich.text import Text

from orchestrator import units
from orchestrator.bench.events import Announcement, Forecast, Watcher
from orchestrator.cache.progress import Advance
from orchestrator.models.plan import Planned
from orchestrator.reports.terminal import events
from orchestrator.reports.terminal.tables import say
from orchestrator.runs.schema import Row, Skipped
from orchestrator.runs.schema.plan import Profile

_T = TypeVar("_T")
_FLOOR, _LOUD = -60.0, -6.0  # dBFS: where the bar begins, and where it turns red
_WIDTH = 30
_LONG_SECONDS = 3600.0


class LiveLine:
    """Draws one line anew while it is entered; nothing where there is no terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        # No refresh thread: it would wake up beside the engine that is being timed.
        self._live = Live(console=console, auto_refresh=False, transient=True)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()


class LiveWatcher(LiveLine, Watcher):
    """Shows the plan, each backend's phase and every finished row; plain lines off a terminal."""

    def __init__(self, console: Console, *, yes: bool = True) -> None:
        super().__init__(console)
        self._yes = yes  # begin whatever it takes, without asking
        self._block = ""
        self._phases: dict[str, str] = {}
        self._said: dict[str, str] = {}
        self._expected = ""

    def planned(self, plan: Announcement) -> bool:
        """Print the plan line and what has to be fetched first; ask above an hour."""
        self._print(events.plan_line(plan))
        for notice in plan.notices:
            self.notice(notice)
        if plan.unusable:
            clips = units.count(plan.unusable, "clip")
            self.notice(f"{clips} of the corpus cannot be used; they are listed in the summary")
        for step in plan.steps:
            if what := events.needs(step):
                self._print(f"  {step.contender}: {what}", "dim")
        return self._agreed(plan.estimate_seconds or 0.0)

    def _agreed(self, seconds: float) -> bool:
        """Return whether to begin what takes so long, which a person at a terminal is asked."""
        console = self._console
        if (
            self._yes
            or seconds <= _LONG_SECONDS
            or not (console.is_terminal and sys.stdin.isatty())
        ):
            return True
        self._live.stop()
        question = f"this takes about {units.duration(seconds)}: begin? (--yes does not ask)"
        agreed = Confirm.ask(question, console=console, default=False)
        self._live.start()
        return agreed

    def block(self, number: int, plan: Profile) -> None:
        """Show which block of how many is under way; off a terminal as a line."""
        most = f"at most {plan.most}" if plan.least < plan.most else f"{plan.most}"
        line = f"block {number}" if plan.bounded_by_time else f"block {number} of {most}"
        if line != self._block and not self._console.is_terminal:
            self._print(line)
        self._block = line

    def phase(self, backend: str, phase: str, fraction: float | None = None) -> None:
        """Show what a backend is at; off a terminal as a line, one a tenth of what takes long."""
        if self._console.is_terminal:
            self._phases[backend] = _at(phase, fraction, 1)
            self._draw()
        elif (line := _at(phase, fraction, 10)) != self._said.get(backend):
            self._said[backend] = line
            self._print(f"{backend}: {line}")

    def row(self, row: Row) -> None:
        """Print a finished row as one line, but for skips, which the result groups by reason."""
        self._phases.pop(row.contender, None)
        if not isinstance(row, Skipped):
            self._print(*events.row_line(row))
        if self._console.is_terminal:
            self._draw()

    def forecast(self, found: Forecast) -> None:
        """Show what is decided by now and how much more is expected; off a terminal as a line."""
        line = events.forecast_line(found)
        if self._console.is_terminal:
            self._expected = f"  {line}"
            self._draw()
        else:
            self._print(line)

    def notice(self, message: str) -> None:
        """Print a sentence above the board."""
        self._print(message, "yellow")

    def each(self, coming: Generator[_T, None, None]) -> Iterator[_T]:
        """Yield what comes; progress is drawn only while that is waited for."""
        with closing(coming):
            while True:
                with self:
                    found = next(coming, None)
                if found is None:
                    return
                yield found

    def _print(self, line: str, style: str = "") -> None:
        say(self._console, line, style)

    def _draw(self) -> None:
        phases = [f"  {name}  {phase}" for name, phase in self._phases.items()]
        board = Text("\n".join(filter(None, [self._block, *phases, self._expected])))
        self._live.update(board, refresh=True)


def _at(phase: str, fraction: float | None, steps: int) -> str:
    """Return a phase and how much of it is done, in steps of so many percent."""
    return phase if fraction is None else f"{phase} {int(100 * fraction) // steps * steps} %"


class Bars:
    """Listens to several fetches at once; to be entered around them."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._tasks: dict[str, TaskID] = {}
        self._said: dict[str, str] = {}
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[doing]}", markup=False),
            console=console,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, planned: Planned, advance: Advance) -> None:
        """Take one report."""
        name = f"{planned.backend.name} {planned.name}"
        if self._console.is_terminal:
            self._draw(name, advance)
        elif self._said.get(name) != advance.doing:
            self._said[name] = advance.doing
            size = f", {units.size(advance.total)}" if advance.total else ""
            self._console.print(f"{name}: {advance.doing}{size}", soft_wrap=True)

    def _draw(self, name: str, advance: Advance) -> None:
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name, total=None, doing="")
        self._progress.update(
            self._tasks[name],
            completed=advance.done or 0,
            total=advance.total,
            doing=advance.doing,
        )


class Meter(LiveLine):
    """Draws one level_line with the seconds and the level; to be entered around the recording."""

    def __call__(self, seconds: float, level: float) -> None:
        """Show the level in dBFS at this second."""
        if self._console.is_terminal:
            self._live.update(level_line(seconds, level, self._console.width), refresh=True)


def level_line(seconds: float, level: float, columns: int) -> Text:
    """Return a line that fits: seconds, a bar, and the level in words for who sees no colour."""
    head, tail = f"{seconds:6.1f} s  ", "  silent" if level < _FLOOR else f"  {level:.0f} dBFS"
    width = max(min(_WIDTH, columns - len(head) - len(tail) - 1), 1)
    share = min(max(1 - level / _FLOOR, 0.0), 1.0)
    filled = round(width * share)
    style = "red" if level > _LOUD else "green"
    return Text.assemble(head, ("█" * filled, style), ("░" * (width - filled), "dim"), tail)
