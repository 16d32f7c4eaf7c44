"""Calls that measure: a suite, what a run lacks, a run once more; Ctrl-C ends each in order."""

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from os import PathLike
from pathlib import Path
from typing import NoReturn

from orchestrator.bench import run as bench
from orchestrator.bench.events import Event, Listener, Watcher
from orchestrator.errors import UsageError, refused
from orchestrator.runs import quantities, stored
from orchestrator.runs.schema import Summary
from whisper_cleanroom.stored import Run, open_run
from whisper_cleanroom.suite import Suite


class Interrupted(KeyboardInterrupt):
    """A run that Ctrl-C ended; `run` has the rows that were finished."""

    def __init__(self, run: Run) -> None:
        super().__init__(f"interrupted: finished rows are in {run.path}")
        self.run = run


class _Raised(Exception):
    """What the caller's function raised, on its way through code that knows faults of its own."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


def run(
    suite: Suite,
    *,
    on_event: Callable[[Event], object] | None = None,
    output: str | PathLike[str] = "results",
    fail_fast: bool = False,
) -> Run:
    """Measure a suite, store the run in a folder under `output`, and return it, opened.

    `on_event` is called with every event, in order, by the calling thread, between timed passes
    and never within one: the run goes on when it returns. What it raises ends the run and comes out
    here; KeyboardInterrupt ends it as Ctrl-C does. A contender that fails is a row like the others,
    and with `fail_fast` the last one.

    Raises UsageError, ConfigError and AudioError before anything is done, NothingToMeasure where
    nobody can take part, and MachineBusy where another run measures, in this process too. Each has
    the command line's message, and what mends it as `fix`.

    Ctrl-C ends the runners and raises Interrupted, which has the finished rows; before anything is
    stored it stays a KeyboardInterrupt. No process is left behind either way, and further Ctrl-C is
    ignored meanwhile. In a thread, where no signal arrives, raise KeyboardInterrupt in `on_event`.
    """
    options = suite.options(Path(output), fail_fast=fail_fast)
    return _measured(partial(bench.run, options), on_event)


def resume(
    run: Run | str | PathLike[str], *, on_event: Callable[[Event], object] | None = None
) -> Run:
    """Go on with a stored run that was cut off, in its folder, and return it, opened anew.

    What is measured already is not repeated. `run` is what `open_run` takes, or has returned.
    Raises as `run` does, and UsageError where the rest cannot be measured as it was planned.
    """
    return _measured(partial(bench.resume, _opened(run).path), on_event)


def reproduce(
    run: Run | str | PathLike[str],
    *,
    on_event: Callable[[Event], object] | None = None,
    output: str | PathLike[str] = "results",
    only: Sequence[str] = (),
    decide: float | str | None = None,
) -> Run:
    """Measure a stored run again exactly as it was, as a run of its own, and return that.

    With `only` its other contenders are left out; with `decide`, a share or "5%", there are as many
    blocks as such a difference takes. Raises as `run` does, and UsageError with every
    difference where it cannot be the same.
    """
    earlier, share = stored.read(_opened(run).path), None
    if decide is not None:
        try:
            share = quantities.share(decide)
        except ValueError as error:
            raise UsageError(str(error)) from error
    again = partial(bench.reproduce, earlier, Path(output), only=only, decide=share)
    return _measured(again, on_event)


def _opened(run: Run | str | PathLike[str]) -> Run:
    return run if isinstance(run, Run) else open_run(run)


def _measured(
    act: Callable[[Watcher], tuple[Summary, Path]], on_event: Callable[[Event], object] | None
) -> Run:
    watcher = Listener(_marked(on_event)) if on_event else Watcher()
    with _interrupted_once():
        try:
            summary, folder = act(watcher)
        except _Raised as raised:
            raise raised.error from None
        except OSError as error:
            raise refused(error) from error
    done = Run(folder)
    if summary.interrupted:
        raise Interrupted(done)
    return done


def _marked(hear: Callable[[Event], object]) -> Callable[[Event], None]:
    """Return a function whose exceptions are taken for nobody else's."""

    def marked(event: Event) -> None:
        try:
            hear(event)
        except Exception as error:
            raise _Raised(error) from error

    return marked


@contextmanager
def _interrupted_once() -> Iterator[None]:
    """Let nobody who presses Ctrl-C again interrupt the ending of what is under way.

    A handler of the caller's own stays. Outside the main thread none can be set, or is called.
    """
    mine = threading.current_thread() is threading.main_thread()
    if not mine or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _interrupt(*_: object) -> NoReturn:
    # A handler that does nothing: SIG_IGN would be inherited by every child started from here on.
    signal.signal(signal.SIGINT, lambda *_: None)
    raise KeyboardInterrupt
