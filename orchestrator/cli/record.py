"""`record` and `run --record`: a clip from the microphone, with what was said beside it."""

import select
import sys
import time
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli import consoles
from orchestrator.errors import UsageError, program

if TYPE_CHECKING:
    from rich.console import Console

    from orchestrator.clips.audio.microphone import Source

EPILOG = (
    "Examples:  record  |  record --seconds 20 --output talk.flac  |  record --list  |"
    "  run --all --record"
)


def record(
    *,
    seconds: Annotated[
        float | None, typer.Option(metavar="N", min=1, help="Stop after so many [at Enter].")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "--out", metavar="FILE", help="A .flac [recording-TIME.flac]."),
    ] = None,
    device: Annotated[
        str | None, typer.Option(metavar="NAME", help="Number or part of a name, see --list.")
    ] = None,
    listing: Annotated[bool, typer.Option("--list", help="List the microphones.")] = False,
) -> None:
    """Record a clip from the microphone: mono, 16 kHz, FLAC.

    Enter starts and stops, Ctrl-C leaves nothing. Afterwards you may type what was said: it is
    written into a .txt beside it, which is what a run counts errors against.
    """
    if listing:
        _list()
        return
    console = consoles.stderr()
    path = _target(output or Path(_name()))
    print(_recorded(path, seconds, device, console, None))
    console.print(f"  {program()} run --all {path}", style="dim", soft_wrap=True)


def clip(
    folder: Path,
    seconds: float | None,
    device: str | None,
    console: "Console",
    source: "Source | None" = None,
) -> Path:
    """Record into a folder, which is made, and return the file; the reference is asked for too.

    `source` takes the place of a microphone. Raises UsageError or AudioError saying what to do
    where nothing can be recorded; nothing is left behind then, or when interrupted.
    """
    from orchestrator.runs.folder import unless_empty

    with unless_empty(folder):
        return _recorded(_target(folder / _name()), seconds, device, console, source)


def _recorded(
    path: Path,
    seconds: float | None,
    device: str | None,
    console: "Console",
    source: "Source | None",
) -> Path:
    from rich.text import Text

    from orchestrator.clips.audio import microphone
    from orchestrator.reports.terminal.progress import Meter

    asked = sys.stdin.isatty()
    if seconds is None and not asked:
        raise UsageError(
            "nobody can press Enter here", "say how long: record --seconds N; then run that file"
        )
    heard = source or microphone.Microphone(microphone.choose(microphone.devices(), device))
    console.print(Text(f"microphone: {heard.name}"), soft_wrap=True)
    if seconds is None:
        console.print("Enter starts; then Enter stops, Ctrl-C leaves nothing ", end="")
        sys.stdin.readline()

    def enough(so_far: float) -> bool:
        return so_far >= seconds if seconds is not None else _enter_pressed()

    with heard, Meter(console) as meter:
        taken = microphone.record(heard, enough, meter)
    microphone.expect_sound(taken, heard.name)
    microphone.save(taken, path)
    console.print(Text(f"recorded {taken.seconds:.1f} s: {path}"), soft_wrap=True)
    for fault in microphone.faults(taken):
        console.print(Text(f"warning  {fault}", "yellow"), soft_wrap=True)
    if asked:
        _ask_for_reference(path, console)
    return path


def _list() -> None:
    from orchestrator.clips.audio import microphone
    from orchestrator.reports.terminal.tables import add, show, titled

    found = microphone.devices()
    if not found:
        microphone.choose(found, None)
    table = titled("number", "microphone", "samples/s", "")
    for each in found:
        default = "default" if each.default else ""
        add(table, str(each.number), each.name, f"{each.rate:,}", default)
    show(table, consoles.stdout())


def _name() -> str:
    return time.strftime("recording-%Y%m%d-%H%M%S.flac")


def _target(path: Path) -> Path:
    """Return the path, its folder made; raise UsageError where no recording can be put there."""
    if path.suffix.lower() != ".flac":
        raise UsageError(f"{path} is no .flac", f"--output {path.with_suffix('.flac')}")
    if path.exists():
        raise UsageError(f"{path} is there already", "give another name, or remove it")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=path.parent).close()
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"{path} cannot be written: {reason}", "--output FILE") from error
    return path


def _enter_pressed() -> bool:
    """Tell whether Enter was pressed since, and take it off the terminal."""
    ready, _, _ = select.select([sys.stdin], [], [], 0)
    return bool(ready) and sys.stdin.readline() is not None


def _ask_for_reference(path: Path, console: "Console") -> None:
    """Write what was said into the .txt beside the clip; Enter leaves it unsaid."""
    text = path.with_suffix(".txt")
    if text.exists():
        console.print(f"what was said is in {text} already", soft_wrap=True)
        return
    console.print("What was said? (Enter: do not say) ", end="")
    if said := sys.stdin.readline().strip():
        text.write_text(f"{said}\n", "utf-8")
