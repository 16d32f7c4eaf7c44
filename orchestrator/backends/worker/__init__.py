"""Worker: one runner process over its pipe; the only place that starts runners."""

import itertools
import shutil
import subprocess
import time
from pathlib import Path
from typing import Self

import msgspec

from orchestrator.backends.worker.conversation import Conversation
from orchestrator.backends.worker.launch import Deadlines, Launch, launch_of, runner_environment
from orchestrator.backends.worker.log import CappedLog, log_tail, quoted
from orchestrator.backends.worker.machine import DeclaredLoad, Machine, require_program
from orchestrator.backends.worker.stream import Arrival, Stream
from orchestrator.backends.worker.termination import end_group, family_of, names_of_living
from orchestrator.errors import RunnerFailed, program
from runners import protocol

__all__ = [
    "Arrival",
    "Deadlines",
    "DeclaredLoad",
    "Launch",
    "Machine",
    "Stream",
    "Worker",
    "launch_of",
    "log_tail",
    "quoted",
    "require_program",
]


class Worker:
    """A context manager around one runner; every failure is a RunnerFailed with its kind.

    `ready` is the runner's first message; `spawn_seconds` the time from starting the process to
    that message, less the import of the library. A process that is spawned before it is entered
    imports while others are waited for: its start is no figure then.
    """

    ready: protocol.Ready
    spawn_seconds: float

    def __init__(self, launch: Launch, machine: Machine) -> None:
        self._launch = launch
        self._machine = machine
        self._ids = itertools.count(1)
        self._first_seconds = 0.0
        self._runs = False

    def __enter__(self) -> Self:
        if not self._runs:
            self.spawn()
        self._await_ready()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def pid(self) -> int:
        """The runner's process, for reading its memory while it lives."""
        return self._process.pid

    def describe(
        self, options: protocol.Options, model: Path | None = None
    ) -> dict[str, protocol.Scalar]:
        """Return the backend's own settings as they would be used; load nothing.

        Raises Refused for an option that it cannot honour, with these weights where they are given.
        """
        weights = None if model is None else str(model)
        request = protocol.Describe(id=next(self._ids), options=options, model=weights)
        allowed = self._launch.deadlines.start
        answer, _ = self._conversation.ask(request, protocol.Described, allowed)
        return answer.settings

    def load(self, model: Path, options: protocol.Options) -> tuple[protocol.Loaded, float]:
        """Load a model; return the reply and its seconds by the orchestrator's clock."""
        self._loaded = (model, options)
        server = self._launch.server or msgspec.UNSET
        number = next(self._ids)
        request = protocol.Load(id=number, model=str(model), options=options, server=server)
        return self._conversation.ask(request, protocol.Loaded, self._launch.deadlines.load)

    def transcribe(self, pcm: Path, samples: int) -> tuple[protocol.Transcript, float]:
        """Transcribe raw float32 samples at 16 kHz; return the reply and its seconds."""
        request = protocol.Transcribe(id=next(self._ids), audio=str(pcm), samples=samples)
        allowed = self.to_finish(samples)
        answer, seconds = self._conversation.ask(request, protocol.Transcript, allowed)
        self._first_seconds = self._first_seconds or seconds
        return answer, seconds

    def listen(self, pcm: Path, samples: int) -> Stream:
        """Open a stream on a file of raw float32 samples, none of which counts as there yet."""
        request = protocol.Listen(id=next(self._ids), audio=str(pcm), samples=samples)
        conversation = self._conversation
        answer, _ = conversation.ask(request, protocol.Listening, self._launch.deadlines.start)
        return Stream(conversation, request, answer)

    def to_finish(self, samples: int) -> float:
        """Return the seconds within which so many samples have to be transcribed."""
        return self._launch.deadlines.transcribe(samples / 16000, self._first_seconds)

    def start_again(self, options: protocol.Options | None = None) -> tuple[protocol.Loaded, float]:
        """Put another process in the place of this one and load its model, by other `options`."""
        model, before = self._loaded
        self.end()
        self.spawn()
        self._await_ready()
        return self.load(model, options or before)

    def begin(self, pcm: Path, samples: int) -> None:
        """Have a clip transcribed whose answer nobody waits for: the runner is to end meanwhile."""
        self._conversation.send(
            protocol.Transcribe(id=next(self._ids), audio=str(pcm), samples=samples)
        )

    def hang_up(self, allowed: float) -> None:
        """Close the runner's stdin, on which it has to end with exit code 0 in so many seconds."""
        self._conversation.hang_up()
        self._conversation.finished(allowed)

    def terminate(self) -> list[str]:
        """Have the runner end by SIGTERM; return the names of processes that it leaves behind."""
        family = list(family_of(self.pid, self._launch.mark))
        self._process.terminate()
        self._conversation.ended(self._launch.deadlines.shutdown)
        return names_of_living(family)

    def shutdown(self) -> protocol.Bye:
        """Ask the runner to finish: success is `bye` and exit code 0, silence never is."""
        allowed = self._launch.deadlines.shutdown
        bye, _ = self._conversation.ask(protocol.Shutdown(), protocol.Bye, allowed)
        self._conversation.finished(allowed)
        return bye

    def spawn(self) -> None:
        """Start the process and wait for nothing; whoever calls this calls `end`."""
        self._launch.directory.mkdir(parents=True, exist_ok=True)
        self._launch.log.parent.mkdir(parents=True, exist_ok=True)
        self._started = time.perf_counter()
        self._process = self._start()
        self._log = CappedLog(self._launch.log)
        self._runs = True
        try:
            self._machine.reaper.watch(self._process.pid)
            self._conversation = Conversation(self._process, self._launch)
        except BaseException:
            self.end()
            raise

    def _await_ready(self) -> None:
        try:
            self.ready = self._conversation.ready()
        except BaseException:
            self.end()
            raise
        self.spawn_seconds = time.perf_counter() - self._started - self.ready.import_seconds

    def _start(self) -> "subprocess.Popen[bytes]":
        launch = self._launch
        with launch.log.open("ab") as log:
            try:
                return subprocess.Popen(
                    launch.command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    cwd=launch.directory,
                    env=runner_environment(launch),
                    pass_fds=() if self._machine.lock is None else (self._machine.lock,),
                    start_new_session=True,
                    bufsize=0,
                )
            except OSError as error:
                shutil.rmtree(launch.directory, ignore_errors=True)
                raise RunnerFailed(
                    "not-started",
                    f"{launch.command[0]} cannot be started: {error.strerror}",
                    f"{program()} envs sync {launch.backend}",
                ) from error

    def end(self) -> None:
        """End the process and all it started, if it runs."""
        if not self._runs:
            return  # its number may be another process's by now
        self._runs = False
        end_group(self._process, self._launch.mark)
        self._log.close()
        self._machine.reaper.forget(self._process.pid)
        shutil.rmtree(self._launch.directory, ignore_errors=True)
