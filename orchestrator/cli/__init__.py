"""The command line: arguments to options, results to the terminal, errors to exit codes."""

import io
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

from orchestrator.cli import (
    compare,
    completion,
    corpora,
    doctor,
    environments,
    history,
    models,
    recommend,
    record,
    report,
    reproduce,
    run,
    score,
    share,
    speech,
    transcribe,
)
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
app.command(epilog=run.EPILOG)(run.run)
app.command(epilog=report.EPILOG)(report.report)
app.command(epilog=compare.EPILOG)(compare.compare)
app.command(epilog=history.EPILOG)(history.history)
app.command(epilog=recommend.EPILOG)(recommend.recommend)
app.command(epilog=score.EPILOG)(score.score)
app.command(epilog=reproduce.EPILOG)(reproduce.reproduce)
app.command(epilog=transcribe.EPILOG)(transcribe.transcribe)
app.command(epilog=record.EPILOG)(record.record)
app.command(epilog=share.SHARE_EPILOG)(share.share)
app.command("import", epilog=share.IMPORT_EPILOG)(share.import_)
app.command(epilog=corpora.EPILOG)(corpora.corpora)
app.command(epilog=environments.EPILOG)(environments.backends)
app.command(epilog=doctor.EPILOG)(doctor.doctor)
app.command(epilog=completion.EPILOG)(completion.completion)
app.add_typer(environments.app, name="envs")
app.add_typer(models.app, name="models")
app.add_typer(speech.app, name="speech")


def main() -> NoReturn:
    """Run the command line; every expected fault is a sentence, a fix and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal of few letters shows what it has
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    completion.prepare()
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
