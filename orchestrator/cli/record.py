"""`record` and `run --record`: a clip from the microphone, with what was said beside it; live."""

import select
import sys
import time
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli import captions, consoles, options, values
from orchestrator.errors import UsageError, interruptible, program, quoted, unwritable

if TYPE_CHECKING:
    from rich.console import Console

    from orchestrator.bench.transcribe import Wish
    from orchestrator.clips.audio.microphone import Source

EPILOG = (
    "Examples:  record  |  record --seconds 20 --output talk.flac  |  record --list  |"
    "  run --all --record  |  record --live -b whisper-cpp"
)


def record(  # noqa: PLR0913 - each is one option of the command
    *,
    seconds: Annotated[
        float | None, typer.Option(metavar="N", min=1, help="Stop after N seconds [at Enter].")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "--out", metavar="FILE", help="FLAC file to write [recording-TIME.flac]."
        ),
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Microphone to use, by number or part of its name (see --list)."
        ),
    ] = None,
    listing: Annotated[bool, typer.Option("--list", help="List the microphones and exit.")] = False,
    live: Annotated[
        bool,
        typer.Option(
            "--live", help="Show live captions while you speak; --output keeps the recording."
        ),
    ] = False,
    backend: options.BackendName = None,
    _envs: options.EnvsOfRun = None,
    model: Annotated[str | None, options.ModelName] = None,
    weights: options.Weights = "auto",
    language: options.Language = None,
    threads: options.Threads = None,
) -> None:
    """Record a clip from the microphone: mono, 16 kHz, FLAC.

    Enter starts and stops; Ctrl-C discards the recording. Afterwards you may type what was said: it
    is saved in a .txt next to the recording, as the ground truth for a run.

    With --live, a backend transcribes while you speak; text that may still change is dim. Enter
    ends it, and the latency of words is shown.
    """
    if listing:
        _list()
        return
    engine = backend or model or language or threads
    values.refuse(("-b, -m, --language and --threads need --live", engine and not live))
    if live:
        from orchestrator.bench.transcribe import Wish
        from orchestrator.cli.transcribe import choose, decoding

        chosen = choose(backend, model)
        asked = decoding(chosen, language, threads)
        wish = Wish(chosen.backend, chosen.model, asked, weights=weights)
        shown(wish, seconds, output and _target(output), device)
        return
    console = consoles.stderr()
    path = _target(output or Path(_name()))
    print(_recorded(path, seconds, device, console, None))
    console.print(f"  {program()} run --all {quoted(path)}", style="dim", soft_wrap=True)


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


def shown(
    wish: "Wish",
    seconds: float | None,
    output: Path | None,
    device: str | None,
    source: "Source | None" = None,
) -> None:
    """Show what is said while it is; keep it where an output is given. See `clip`."""
    from orchestrator.clips.audio import microphone
    from orchestrator.reports.terminal.tables import say

    heard = _source(seconds, device, source)
    enough = _enter_pressed if seconds is None else _never
    recording = captions.of_microphone(wish, heard, seconds, enough)
    if output is not None:
        microphone.save(recording, output)
        say(consoles.stderr(), f"recorded {recording.seconds:.1f} s: {output}")


def _source(seconds: float | None, device: str | None, source: "Source | None") -> "Source":
    """Return what is recorded from; raise where nothing is, or where nobody could end it."""
    from orchestrator.clips.audio import microphone

    if seconds is None and not sys.stdin.isatty():
        raise UsageError(
            "nobody can press Enter here", "say how long: record --seconds N; then run that file"
        )
    return source or microphone.Microphone(microphone.choose(microphone.devices(), device))


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
    heard = _source(seconds, device, source)
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
        with interruptible(f"{path} is kept, without a text"):
            _ask_for_reference(path, console)
    return path


def _list() -> None:
    from orchestrator.clips.audio import microphone
    from orchestrator.reports.terminal import tables

    found = microphone.devices()
    if not found:
        microphone.choose(found, None)
    titles = ("number", "microphone", "samples/s", "")
    rows = ((str(m.number), m.name, f"{m.rate:,}", "default" if m.default else "") for m in found)
    tables.show(consoles.stdout(), titles, rows)


def _name() -> str:
    return time.strftime("recording-%Y%m%d-%H%M%S.flac")


def _target(path: Path) -> Path:
    """Return the path, its folder made; raise UsageError where no recording can be put there."""
    if path.suffix.lower() != ".flac":
        raise UsageError(f"{path} is no .flac", f"--output {path.with_suffix('.flac')}")
    if path.exists():
        raise UsageError(f"{path} is there already", "give another name, or remove it")
    with unwritable(path, "--output FILE"):
        path.parent.mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=path.parent).close()
    return path


def _enter_pressed() -> bool:
    """Tell whether Enter was pressed since, and take it off the terminal."""
    ready, _, _ = select.select([sys.stdin], [], [], 0)
    return bool(ready) and sys.stdin.readline() is not None


def _never() -> bool:
    return False


def _ask_for_reference(path: Path, console: "Console") -> None:
    """Write what was said into the .txt beside the clip; Enter leaves it unsaid."""
    text = path.with_suffix(".txt")
    if text.exists():
        console.print(f"what was said is in {text} already", soft_wrap=True)
        return
    console.print("What was said? (Enter: do not say) ", end="")
    if said := sys.stdin.readline().strip():
        text.write_text(f"{said}\n", "utf-8")
