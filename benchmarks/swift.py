"""The Swift host against the Python one: a round trip, and an hour of audio mapped and summed."""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from benchmarks.pipe import one_processor
from benchmarks.ratio import Ratio, paired
from orchestrator.backends.environments import swift
from orchestrator.backends.worker import Launch, Machine, Worker
from orchestrator.host import children
from runners import protocol

_BATCH = 200
_HOUR_SAMPLES = 3600 * 16000
_RUNNERS = {
    "loopback": (str(swift.binary("loopback-runner")),),
    "fake": children.command(Path(sys.executable), "tests.support.fake_runner"),
}


@contextmanager
def _workers(folder: Path) -> Iterator[list[Worker]]:
    """Start both, each with a model that has it sum what it hears."""
    model = folder / "model"
    model.write_text("{sum}", encoding="utf-8")
    launches = [
        Launch(name, command, folder / f"{name}.log", folder / name, threads=1)
        for name, command in _RUNNERS.items()
    ]
    with (
        Machine() as machine,
        Worker(launches[0], machine) as ours,
        Worker(launches[1], machine) as theirs,
    ):
        for worker in (ours, theirs):
            worker.load(model, protocol.Options())
        yield [ours, theirs]


def _round_trip(worker: Worker, model: Path) -> float:
    started = time.perf_counter()
    for _ in range(_BATCH):
        worker.load(model, protocol.Options())
    return (time.perf_counter() - started) / _BATCH


def all_of() -> Iterator[Ratio]:
    """Run both, where the loopback runner is built (`nox -s swift`)."""
    if not swift.is_built("loopback-runner"):
        return
    with tempfile.TemporaryDirectory() as name, _workers(Path(name)) as (ours, theirs):
        model, pcm = Path(name) / "model", Path(name) / "hour.f32"
        with one_processor():
            yield paired(
                "round trip of a load that reads a small file: the Swift host, against Python's",
                lambda: _round_trip(ours, model),
                lambda: _round_trip(theirs, model),
                n=20,
                # Foundation's coders; most of it are the settings of the reply, which no clip has.
                at_most=3,
            )
        np.full(_HOUR_SAMPLES, 0.5, np.float32).tofile(pcm)
        yield paired(
            "an hour of audio mapped and summed: the Swift host, against Python's with numpy",
            lambda: ours.transcribe(pcm, _HOUR_SAMPLES)[1],
            lambda: theirs.transcribe(pcm, _HOUR_SAMPLES)[1],
            n=10,
            at_most=2.5,
        )
