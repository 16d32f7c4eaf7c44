"""A declared load: a command that keeps the machine busy while engines are measured beside it."""

import os
import shlex
import subprocess
import time
from pathlib import Path
from typing import Self

from orchestrator.backends.worker.launch import MARK
from orchestrator.backends.worker.log import CappedLog
from orchestrator.backends.worker.machine import Machine
from orchestrator.backends.worker.sweep import end_group
from orchestrator.errors import UsageError

_SETTLE_SECONDS = 1.0


class DeclaredLoad:
    """A context manager around the command; no shell, its output goes into a log of its own.

    Raises UsageError for a command that cannot start or ends at once.
    """

    def __init__(self, command: str, log: Path, machine: Machine) -> None:
        self._command = command
        self._log = log
        self._machine = machine
        self._mark = str(log.resolve())

    def __enter__(self) -> Self:
        fix = "give a command that runs until it is stopped, such as --load 'yes'"
        try:
            arguments = shlex.split(self._command)
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(
                    arguments,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=log,
                    env=os.environ | {MARK: self._mark},
                    start_new_session=True,
                )
        except (OSError, ValueError, IndexError) as error:
            raise UsageError(f"--load {self._command!r} cannot be started: {error}", fix) from error
        self._capped = CappedLog(self._log)
        self._machine.reaper.watch(self._process.pid)
        time.sleep(_SETTLE_SECONDS)
        if not self.running:
            self._capped.close()
            raise UsageError(f"--load {self._command!r} ended at once (its log: {self._log})", fix)
        return self

    def __exit__(self, *_: object) -> None:
        end_group(self._process, self._mark)
        self._capped.close()
        self._machine.reaper.forget(self._process.pid)

    @property
    def running(self) -> bool:
        """Whether the load still is one."""
        return self._process.poll() is None
