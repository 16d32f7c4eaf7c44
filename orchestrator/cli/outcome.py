"""What `run` does once its options are read: measure, show what was found, leave."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from orchestrator.cli import consoles
from orchestrator.errors import CleanroomError, interruptible, program, quoted

if TYPE_CHECKING:
    from orchestrator.bench.events import Watcher
    from orchestrator.bench.selection import RunOptions
    from orchestrator.runs.schema import Summary


def measured(  # noqa: PLR0913 - each is a choice of how to show
    act: "Callable[[Watcher], tuple[Summary, Path]]",
    *,
    transcripts: Path | None,
    pairs: bool,
    page: bool,
    as_json: bool,
    yes: bool,
) -> NoReturn:
    """Run with live progress, write what was found, show it, leave with the run's exit code."""
    from orchestrator.analysis.summary import exit_code
    from orchestrator.reports.files import export_transcripts
    from orchestrator.reports.terminal import results
    from orchestrator.reports.terminal.progress import LiveWatcher
    from orchestrator.runs.folder import RunFolder
    from orchestrator.runs.schema.rows import counted
    from orchestrator.runs.transcripts import expect_writable

    if transcripts is not None:
        expect_writable(transcripts)
    with LiveWatcher(consoles.stderr(), yes=yes) as watcher:
        summary, folder = act(watcher)
    with interruptible(f"rows, logs and summary are in {folder}"):
        if transcripts is not None:
            export_transcripts(counted(RunFolder(folder).rows()), RunFolder(folder), transcripts)
        measured = any(line.seconds for line in summary.contenders)
        where = _page(folder) if page and measured else ""
    if as_json:
        print(summary.as_json(), end="")
    else:
        results.render(summary, consoles.stdout(), pairs=pairs)
    consoles.stderr().print(f"rows, logs and summary: {folder}", style="dim", soft_wrap=True)
    say_how_to_continue(summary, folder)
    if (disputed := folder / "disputed").exists():
        how = f"listen to {disputed}/*.flac, correct each .draft and rename it to .txt, then:"
        again = f"{program()} run --corpus {quoted(disputed)}"
        consoles.stderr().print(f"{how} {again}", soft_wrap=True)
    if where:
        consoles.stderr().print(where, style="dim", soft_wrap=True)
    raise typer.Exit(exit_code(summary))


def say_how_to_continue(summary: "Summary", folder: Path) -> None:
    """Name the command that goes on with a run, if Ctrl-C has ended it."""
    if summary.interrupted:
        again = f"to continue: {program()} run --resume {quoted(folder)}"
        consoles.stderr().print(again, soft_wrap=True)


def _page(folder: Path) -> str:
    """Make the run's page and say where; what was measured counts, whether there is one or not."""
    from orchestrator.reports.html import write

    try:
        return f"report: {write([folder]).resolve().as_uri()}"
    except CleanroomError as error:
        return f"no page: {error}"


def spoken(output: Path | None) -> Path:
    """Record what the run is about, beside the runs; return the clip."""
    from orchestrator.cli.record import clip
    from orchestrator.runs.folder import RECORDINGS

    return clip((output or Path("results")) / RECORDINGS, None, None, consoles.stderr())


def sustained(asked: "RunOptions", seconds: float) -> NoReturn:
    """Run one backend for so long, show its speed by minute, leave."""
    from orchestrator.bench import sustain
    from orchestrator.reports.terminal import results
    from orchestrator.reports.terminal.progress import LiveWatcher

    with LiveWatcher(consoles.stderr()) as watcher:
        curve, folder, interrupted = sustain.run(asked, seconds, watcher)
    results.throttle(curve, consoles.stdout())
    ended = "interrupted: the curve so far" if interrupted else "the curve"
    consoles.stderr().print(f"{ended}: {folder}", style="dim", soft_wrap=True)
    raise typer.Exit(130 if interrupted else 0)
