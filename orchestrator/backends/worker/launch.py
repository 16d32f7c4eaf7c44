"""What it takes to start a runner: its command, its deadlines and the little it may know."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from orchestrator.backends import Backend
from orchestrator.backends.environments import swift
from orchestrator.host import children
from runners import protocol

# The Neural Engine's compiler has been seen at work for half an hour, in silence.
_COMPILING_SECONDS = 2 * 3600.0

MARK = "WHISPER_CLEANROOM_RUNNER"  # its value names one launch: see termination.py


@dataclass(frozen=True)
class Deadlines:
    """Seconds each phase may take before the runner counts as hung."""

    start: float = 180.0  # spawn and import, on a cold disk
    load: float = 900.0
    transcribe_least: float = 120.0
    transcribe_per_audio_second: float = 20.0
    transcribe_per_first: float = 50.0  # times the first answer, of a sentence said clearly
    shutdown: float = 2.0

    def transcribe(self, audio_seconds: float, first_seconds: float = 0.0) -> float:
        """Return the deadline for a clip of this length, given what the first answer took.

        A decoder that repeats itself in silence goes on to its limit: of five beams, 24 times as
        long as a sentence takes. That is an answer to score, and no hang.
        """
        return max(
            self.transcribe_least,
            self.transcribe_per_audio_second * audio_seconds,
            self.transcribe_per_first * first_seconds,
        )


@dataclass(frozen=True)
class Launch:
    """One runner to start: its argument list, log, private working directory, thread count.

    `variables` take the place of what every runner may see.
    """

    backend: str
    command: tuple[str, ...]
    log: Path
    directory: Path
    threads: int
    deadlines: Deadlines = field(default_factory=Deadlines)
    on_progress: Callable[[protocol.Progress], None] = lambda _: None
    server: protocol.Server | None = None  # of a remote backend: told with each load, not shown
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def mark(self) -> str:
        """What everything this runner starts carries in its environment."""
        return str(self.directory.resolve())


def launch_of(  # noqa: PLR0913 - a backend, and what is its own in one launch
    backend: Backend,
    *,
    log: Path,
    directory: Path,
    threads: int,
    on_progress: Callable[[protocol.Progress], None],
    server: protocol.Server | None = None,
) -> Launch:
    """Return how a backend's runner is started: its program, or its module in its own Python."""
    command = children.command(backend.python, backend.module, runners=backend.runners)
    if backend.executable:
        command = (str(swift.binary(backend.executable)),)
    deadlines = Deadlines(load=_COMPILING_SECONDS) if backend.compiles else Deadlines()
    return Launch(backend.name, command, log, directory, threads, deadlines, on_progress, server)


def runner_environment(launch: Launch) -> dict[str, str]:
    """Return all a runner may see.

    Everything is set that a library would otherwise choose by itself (threads, hashing, the hub).
    """
    count = str(launch.threads)
    return children.environment("SSL_CERT_FILE", *children.PROXIES) | {
        MARK: launch.mark,
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
        "PYTHONFAULTHANDLER": "1",
        "OMP_NUM_THREADS": count,
        "VECLIB_MAXIMUM_THREADS": count,
        "OPENBLAS_NUM_THREADS": count,
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "NO_COLOR": "1",
        **launch.variables,
    }
