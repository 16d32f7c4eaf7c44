"""What feeding costs and how exact it is: a clip that is spoken, against one given whole."""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import engines
from benchmarks.engines import Task
from benchmarks.ratio import Ratio, in_turn
from orchestrator.analysis.live.stream import Spoken, figures
from orchestrator.backends import environments
from orchestrator.backends.worker import Launch, Machine, Worker
from orchestrator.bench.events import Viewer
from orchestrator.bench.live import Playback, follow
from orchestrator.clips.audio import clips
from orchestrator.clips.audio.clips import Clip
from orchestrator.clips.audio.samples import RATE
from orchestrator.host import children, performance_cores
from orchestrator.host.resources import cpu_seconds
from orchestrator.places import cache_folder
from orchestrator.runs.schema import LivePass
from runners.protocol import Options

_LATE_SECONDS = 0.003  # of the latest feed of a hundred
_SEEN_SECONDS = 0.005  # from when a runner shows a word until that is noted


@dataclass
class Timed:
    """One stream: what was shown, since when, and how late each feed was."""

    shown: LivePass
    began: float
    late: list[float]


class Noted(Playback):
    """A playback that notes how late each of its moments was dealt with."""

    def __init__(self, clip: Clip, pace: float) -> None:
        super().__init__(clip, pace)
        self.late: list[float] = []
        self.began = 0.0

    def begin(self) -> float:
        """Begin, and note when."""
        self.began = super().begin()
        return self.began

    def moments(self) -> Iterator[tuple[float, int]]:
        """Yield each; what was due then has been done when the next is asked for."""
        for due, samples in super().moments():
            yield due, samples
            self.late.append(time.monotonic() - due)


def feeding(task: Task, folder: Path, *, n: int = 6, at_most: float = 1.05) -> Ratio:
    """Compare an engine's processor time where partials are ignored, with that of the whole clip.

    Raises RuntimeError where the texts differ.
    """
    backend, clip = task.backend, task.clip
    command = children.command(backend.python, "benchmarks.scripted_runner", backend.module)
    with _worker(backend.name, command, folder) as worker:
        worker.load(task.model, task.options)
        texts: set[str] = set()

        def spoken() -> float:
            before = cpu_seconds(worker.pid) or 0.0
            texts.add(follow(worker, Playback(clip, 1.0), Viewer()).text)
            return (cpu_seconds(worker.pid) or 0.0) - before

        def whole() -> float:
            before = cpu_seconds(worker.pid) or 0.0
            texts.add(worker.transcribe(clip.pcm, clip.samples)[0].text)
            return (cpu_seconds(worker.pid) or 0.0) - before

        pairs = in_turn(spoken, whole, n)
    if len(texts) > 1:
        raise RuntimeError(f"{backend.name}: the texts differ: {texts}")
    name = f"{backend.name}: processor time of a clip that is spoken, partials ignored, against"
    return Ratio(f"{name} the whole clip", pairs, at_most)


def clocks(folder: Path, *, n: int = 5, seconds: int = 20) -> Iterator[Ratio]:
    """Compare how late audio is fed, and how late words are noted, with the most that may be."""
    pcm = folder / "silence.f32"
    np.zeros(seconds * RATE, np.float32).tofile(pcm)
    clip = Clip(
        name="silence",
        path=pcm,
        pcm=pcm,
        sha256="",
        seconds=seconds,
        samples=seconds * RATE,
        reference=None,
        language=None,
    )
    command = children.command(sys.executable, "benchmarks.scripted_runner")
    with _worker("scripted", command, folder) as worker:
        worker.load(folder, Options())
        streams = []
        for _ in range(n):
            audio = Noted(clip, 1.0)
            streams.append(Timed(follow(worker, audio, Viewer()), audio.began, audio.late))
    pacing = [(float(np.quantile(one.late, 0.99)), _LATE_SECONDS) for one in streams]
    yield Ratio("p99 of how late audio is fed, against 3 ms", tuple(pacing), 1)
    noted = [(_error(one, seconds), _SEEN_SECONDS) for one in streams]
    yield Ratio("the largest error of a lag of a word, against 5 ms", tuple(noted), 1)


def _error(one: Timed, seconds: float) -> float:
    """Return by how much lags differ from what the runner did, at most: word n ends at second n."""
    words = one.shown.words or ()
    said = [Spoken(f"w{n}", n - 0.5, float(n)) for n in range(1, len(words) + 1)]
    found = figures(one.shown, said, seconds, 1.0, "en")
    if found is None or len(found.shown) != len(words):
        raise RuntimeError("the scripted runner showed other words than it should")
    meant = [
        (word.start or 0.0) - one.began - spoken.end
        for word, spoken in zip(words, said, strict=True)
    ]
    return max(abs(lag - due) for lag, due in zip(found.shown, meant, strict=True))


@contextmanager
def _worker(name: str, command: tuple[str, ...], folder: Path) -> Iterator[Worker]:
    launch = Launch(
        backend=name,
        command=command,
        log=folder / f"{name}.log",
        directory=folder / "work",
        threads=performance_cores(),
    )
    with Machine() as machine, Worker(launch, machine) as worker:
        yield worker


def all_of() -> Iterator[Ratio]:
    """Run every benchmark of this file."""
    clip = clips.load_clip(
        clips.BUNDLED / "clean-room.flac", cache_folder() / "decoded", language="en"
    )
    with tempfile.TemporaryDirectory() as made:
        yield from clocks(Path(made))
        for backend in engines.chosen():
            environments.sync(backend.folder)
            yield feeding(Task(backend, engines.model(backend), clip), Path(made))
