"""Live progress on stderr: drawn between phases only, so that drawing is never measured."""

from typing import Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from orchestrator import units
from orchestrator.bench.events import Announcement, Step, Watcher
from orchestrator.runs.schema import Failed, Measured, Skipped


class LiveWatcher(Watcher):
    """Shows the plan, each backend's phase and every finished row; plain lines off a terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._phases: dict[str, str] = {}
        # No refresh thread: it would wake up beside the engine that is being timed.
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._said: dict[str, str] = {}

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def planned(self, plan: Announcement) -> None:
        """Print the plan line and what has to be fetched first."""
        self._print(_plan_line(plan))
        for notice in plan.notices:
            self.notice(notice)
        if plan.unusable:
            clips = units.count(plan.unusable, "clip")
            self.notice(f"{clips} of the corpus cannot be used; they are listed in the summary")
        for step in plan.steps:
            if what := _needs(step):
                self._print(f"  {step.backend}: {what}", "dim")

    def phase(self, backend: str, phase: str, fraction: float | None = None) -> None:
        """Show what a backend is at; off a terminal as a line, one a tenth of what takes long."""
        if self._console.is_terminal:
            self._phases[backend] = _at(phase, fraction, 1)
            self._live.update(self._board(), refresh=True)
        elif (line := _at(phase, fraction, 10)) != self._said.get(backend):
            self._said[backend] = line
            self._print(f"{backend}: {line}")

    def row(self, row: Measured | Failed | Skipped) -> None:
        """Print a finished row as one line, but for skips, which the result groups by reason."""
        self._phases.pop(row.backend, None)
        if not isinstance(row, Skipped):
            self._print(*_row_line(row))
        if self._console.is_terminal:
            self._live.update(self._board(), refresh=True)

    def notice(self, message: str) -> None:
        """Print a sentence above the board."""
        self._print(message, "yellow")

    def _print(self, line: str, style: str = "") -> None:
        self._console.print(Text(line, style=style), soft_wrap=True)

    def _board(self) -> Text:
        return Text("\n".join(f"  {name}  {phase}" for name, phase in self._phases.items()))


def _at(phase: str, fraction: float | None, steps: int) -> str:
    """Return a phase and how much of it is done, in steps of so many percent."""
    return phase if fraction is None else f"{phase} {int(100 * fraction) // steps * steps} %"


def _plan_line(plan: Announcement) -> str:
    if not plan.steps:
        return "plan: no backend can run"
    download = sum(step.package_bytes + step.model_bytes for step in plan.steps)
    fetch = f"up to {units.size(download)} to download first" if download else "nothing to download"
    about = (
        f"about {units.duration(plan.estimate_seconds)}"
        if plan.estimate_seconds is not None
        else "the first run of these here, so no estimate"
    )
    return (
        f"plan: {units.count(len(plan.steps), 'backend')}, {units.count(plan.clips, 'clip')} of"
        f" {plan.audio_seconds:.1f} s, {units.count(plan.blocks, 'block')}; {fetch}; {about}"
    )


def _needs(step: Step) -> str:
    """Say what a backend still lacks; empty when nothing."""
    parts = []
    if step.packages_missing:
        parts.append(f"{step.packages_missing} packages ({units.size(step.package_bytes)})")
    if step.model_bytes:
        parts.append(f"{step.model} from {step.source} ({units.size(step.model_bytes)})")
    if step.convert:
        parts.append(f"{step.model} to convert")
    return ", ".join(parts)


def _row_line(row: Measured | Failed) -> tuple[str, str]:
    """Return a finished row as a line and its style."""
    match row:
        case Measured():
            return f"block {row.block}  {row.backend}  {units.seconds(row.seconds)} s", ""
        case Failed():
            return f"failed   {row.backend}: {row.kind}: {row.reason}", "red"
