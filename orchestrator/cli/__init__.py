"""The command line: arguments to options, results to the terminal, errors to exit codes."""

import errno
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

import typer

from orchestrator.cli import (
    compare,
    completion,
    consoles,
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
from orchestrator.errors import CleanroomError, UsageError

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_NO_ROOM = "free some space, or name another folder: --output DIR"
_NO_PERMISSION = "check its permissions, or name another place: --output"
_REFUSALS = {
    errno.ENOSPC: _NO_ROOM,
    errno.EDQUOT: _NO_ROOM,
    errno.EFBIG: _NO_ROOM,
    errno.EACCES: _NO_PERMISSION,
    errno.EPERM: _NO_PERMISSION,
    errno.EROFS: _NO_PERMISSION,
    errno.EMFILE: "allow more open files: ulimit -n 4096",
}
_ANY_REFUSAL = "this is what the system said: check that place, then run the command again"

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
    consoles.prepare()
    _obey_signals()
    completion.prepare()
    try:
        with _errors_shown():
            _require_working_directory()
            app()
    finally:
        consoles.finish()
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
        os.write(2, b"ending: finished rows are being summarised (Ctrl-\\ ends at once)\n")


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
        _leave(str(error), error.fix, error.exit_code)
    except OSError as error:
        what = error.strerror or str(error)
        place = f"{error.filename}: " if error.filename else ""
        _leave(
            f"{place}{what}", _REFUSALS.get(error.errno or 0, _ANY_REFUSAL), UsageError.exit_code
        )
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)


def _leave(what: str, fix: str, code: int) -> NoReturn:
    sys.stdout.flush()
    print(f"error: {what}", file=sys.stderr)
    if fix:
        print(f"  {fix}", file=sys.stderr)
    sys.exit(code)
