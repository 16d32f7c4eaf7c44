"""The command line: arguments to options, results to the terminal, errors to exit codes."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

from orchestrator.cli import environments, models, speech
from orchestrator.cli.corpora import corpora
from orchestrator.cli.doctor import doctor
from orchestrator.cli.reproduce import reproduce
from orchestrator.cli.run import EPILOG, run
from orchestrator.cli.score import score
from orchestrator.cli.transcribe import EPILOG as TRANSCRIBE
from orchestrator.cli.transcribe import transcribe
from orchestrator.errors import CleanroomError

app = typer.Typer(
    name="orchestrator",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
    help="Which local speech-to-text engine is fastest, most accurate and lightest here?",
    epilog="Start with: python -m orchestrator run --all",
)
app.command(epilog=EPILOG)(run)
app.command()(reproduce)
app.command()(score)
app.command(epilog=TRANSCRIBE)(transcribe)
app.command()(corpora)
app.command()(environments.backends)
app.command()(doctor)
app.add_typer(environments.app, name="envs")
app.add_typer(models.app, name="models")
app.add_typer(speech.app, name="speech")


def main() -> NoReturn:
    """Run the command line; every expected fault is a sentence, a fix and an exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    with _errors_told():
        app()
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
