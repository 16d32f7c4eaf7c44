"""The command line: arguments to options, results to the terminal, errors to exit codes."""

import gc
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from orchestrator.cli import (
    backend,
    board,
    compare,
    completion,
    consoles,
    corpora,
    environments,
    fleet,
    models,
    options,
    recommend,
    record,
    report,
    run,
    runs,
    score,
    storage,
    suite,
    transcribe,
)
from orchestrator.cli.help import Command, Group
from orchestrator.errors import DISTRIBUTION, CleanroomError, UsageError, program, refused

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def _interrupt_said() -> Iterator[None]:
    """End at Ctrl-C with one line, which has what the command noted (`errors.interruptible`)."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        sys.stdout.flush()
        print(": ".join(("interrupted", *getattr(interrupt, "__notes__", ()))), file=sys.stderr)
        sys.exit(130)


class _Program(Group):
    """All commands; around what calls these two, typer would make of Ctrl-C an end in silence."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as typer has it
        """Read what stands before the command's name."""
        with _interrupt_said():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - the same
        """Run the command."""
        with _interrupt_said():
            return super().invoke(ctx)


app = typer.Typer(
    name=DISTRIBUTION,
    cls=_Program,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
    help="Compare local speech-to-text engines on this machine: speed, accuracy, memory use.",
    epilog=f"Start with: {program()} run --all",
)
_command = partial(app.command, cls=Command)
_command(epilog=run.EPILOG)(run.run)
_command(epilog=report.EPILOG)(report.report)
_command(epilog=compare.EPILOG)(compare.compare)
_command(epilog=runs.HISTORY_EPILOG)(runs.history)
_command(epilog=recommend.EPILOG)(recommend.recommend)
_command(epilog=score.EPILOG)(score.score)
_command(epilog=runs.REPRODUCE_EPILOG)(runs.reproduce)
_command(epilog=transcribe.EPILOG)(transcribe.transcribe)
_command(epilog=record.EPILOG)(record.record)
_command(epilog=runs.SHARE_EPILOG)(runs.share)
_command("import", epilog=runs.IMPORT_EPILOG)(runs.import_)
_command(epilog=corpora.CORPORA_EPILOG)(corpora.corpora)
_command(epilog=environments.BACKENDS_EPILOG)(environments.backends)
_command(epilog=environments.DOCTOR_EPILOG)(environments.doctor)
_command(epilog=storage.WHERE_EPILOG)(storage.where)
_command(epilog=storage.CLEAN_EPILOG)(storage.clean)
_command(epilog=completion.EPILOG)(completion.completion)
app.add_typer(backend.app, name="backend")
app.add_typer(board.app, name="board")
app.add_typer(environments.app, name="envs")
app.add_typer(models.app, name="models")
app.add_typer(corpora.app, name="speech")
app.add_typer(suite.app, name="suite")
app.add_typer(fleet.app, name="fleet")


def _show_version(asked: bool) -> None:  # noqa: FBT001 - as typer calls it
    if asked:
        from importlib.metadata import version

        print(f"{DISTRIBUTION} {version(DISTRIBUTION)}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    _envs: options.Envs = None,
    _: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Hold what stands before a command's name."""


def main() -> NoReturn:
    """Run the command line; every expected fault is a sentence, a fix and an exit code."""
    # What is imported stays: looking through it for garbage again and again is a sixth of a start.
    gc.set_threshold(50_000)
    consoles.prepare()
    completion.prepare()
    try:
        with _errors_shown(), _interrupt_said():
            _require_working_directory()
            _obey_signals()
            app()
    finally:
        consoles.finish()
        _ignore_signals()
    sys.exit(0)


def _obey_signals() -> None:
    """End in order at these signals, but for one that is ignored already (nohup, `&`)."""
    for number in _ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(*_: object) -> NoReturn:
    """Let what is being done end in order; whoever asks again changes nothing about it."""
    for number in _ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _still_ending)
    raise KeyboardInterrupt


def _still_ending(*_: object) -> None:
    with suppress(OSError):  # print is not made for being interrupted by itself
        os.write(2, b"still ending (Ctrl-\\ ends at once)\n")


def _ignore_signals() -> None:
    """Be interrupted no more: Python ends by the defaults, and one would change the exit code."""
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)


def _require_working_directory() -> None:
    try:
        Path.cwd()
    except FileNotFoundError as error:
        raise UsageError("the working directory was deleted", "cd to one that exists") from error


@contextmanager
def _errors_shown() -> Iterator[None]:
    try:
        yield
    except CleanroomError as error:
        _leave(error)
    except OSError as error:
        _leave(refused(error))


def _leave(error: CleanroomError) -> NoReturn:
    sys.stdout.flush()
    print(f"error: {error}", file=sys.stderr)
    if error.fix:
        print(f"  {error.fix}", file=sys.stderr)
    sys.exit(error.exit_code)
