"""The process that measures for a fleet: a job in, a run in its folder, its states on stdout.

A process of its own, so that whatever connects the machines takes no part in what is measured. It
ends in order when its stdin does: when the one that started it stops it, or is gone.
"""

import json
import os
import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import msgspec

from orchestrator.backends import discover
from orchestrator.bench import run, selection
from orchestrator.bench.clip_list import Listing, Source
from orchestrator.bench.events import Announcement, Watcher
from orchestrator.bench.selection import RunOptions
from orchestrator.errors import CleanroomError, MachineBusy, refused
from orchestrator.fleet.blobs import Blobs
from orchestrator.fleet.machine import Here
from orchestrator.fleet.messages import Job, State
from orchestrator.runs import suite
from orchestrator.runs.schema import Contender, Row
from orchestrator.runs.schema.plan import Profile

_SUITE = "the suite that was sent"
BUSY = 75  # EX_TEMPFAIL of sysexits.h: ask again later


class Teller(Watcher):
    """Tells a run's events as lines, a State each."""

    def __init__(self, output: int) -> None:
        self._output = output
        self._said = State()
        self._block = ""

    def say(self, state: State) -> None:
        """Write a line, unless it was the last one."""
        if state != self._said:
            self._said = state
            os.write(self._output, msgspec.json.encode(state) + b"\n")

    def planned(self, plan: Announcement) -> bool:
        """Say that it begins."""
        del plan
        self.say(State(doing="prepares"))
        return True

    def block(self, number: int, plan: Profile) -> None:
        """Know which block the next lines are of."""
        self._block = f"{number} of {'at most ' * (plan.least < plan.most)}{plan.most}"

    def phase(self, backend: str, phase: str, fraction: float | None = None) -> None:
        """Say what a contender is at."""
        share = "" if fraction is None else f" {100 * fraction:.0f} %"
        self.say(State(doing=f"{backend}: {phase}{share}", block=self._block))

    def row(self, row: Row) -> None:
        """Say who is done."""
        self.say(State(doing=f"{row.contender}: {row.status}", block=self._block))

    def notice(self, message: str) -> None:
        """Keep a sentence in the log."""
        sys.stderr.write(f"{message}\n")


def options(here: Here, job: Job) -> RunOptions:
    """Return what a job asks of this machine, which uses its own number of threads.

    A backend that is not here is skipped with its reason, as one that cannot run here is.
    """
    asked, known = suite.checked(json.loads(job.suite), _SUITE), {b.name for b in discover()}
    here_ = ((e, tuple(name for name in e.backend if name in known)) for e in asked.contender)
    entries = tuple(entry.model_copy(update={"backend": own}) for entry, own in here_ if own)
    whole = asked.model_copy(update={"contender": entries})
    found = selection.options_of(whole, _SUITE, fail_fast=job.fail_fast)
    absent = tuple(
        Contender(name=name, backend=backend, model="")
        for name, backend in job.contenders.items()
        if backend not in known
    )
    found = replace(found, contenders=(*found.contenders, *absent))
    if not job.listing:
        return found
    blobs = Blobs(here.blobs)
    listing = Listing(Source(*job.source), blobs.path(job.listing), blobs.folder)
    return replace(found, listing=listing)


def measure(here: Here, job: Job, teller: Teller) -> int:
    """Measure, or go on; say how it ended, and return the exit code."""
    try:
        summary, _ = run.run_in(here.runs / job.run, options(here, job), teller)
    except MachineBusy as error:
        teller.say(State(what=str(error)))
        return BUSY
    except (CleanroomError, OSError) as error:
        fault = refused(error) if isinstance(error, OSError) else error
        teller.say(State(ended="refused", what=str(fault), fix=fault.fix))
        return fault.exit_code
    except KeyboardInterrupt:
        teller.say(State(ended="interrupted"))
        return 130
    teller.say(State(ended="interrupted" if summary.interrupted else "measured"))
    return 0


def _end_with(descriptor: int) -> None:
    """Interrupt the run when nobody is there any more to be told of it."""
    while os.read(descriptor, 4096):
        pass
    os.kill(os.getpid(), signal.SIGINT)


def _interrupt(*_: object) -> NoReturn:
    # A handler that does nothing: SIG_IGN would be inherited by every child started from here on.
    signal.signal(signal.SIGINT, lambda *_: None)
    raise KeyboardInterrupt


def _own(descriptor: int, instead: int) -> int:
    """Return a standard stream for us alone; what is started here has another in its place."""
    kept = os.dup(descriptor)
    os.dup2(instead, descriptor)
    return kept


def main() -> None:
    """Measure the job of this name in this folder."""
    here, name = Here(Path(sys.argv[1]), ""), sys.argv[2]
    signal.signal(signal.SIGINT, _interrupt)
    watched = _own(0, os.open(os.devnull, os.O_RDONLY))
    teller = Teller(_own(1, 2))  # whatever prints goes to the log
    threading.Thread(target=_end_with, args=(watched,), daemon=True).start()
    job = msgspec.json.decode((here.jobs / f"{name}.json").read_bytes(), type=Job)
    sys.exit(measure(here, job, teller))


if __name__ == "__main__":
    main()
