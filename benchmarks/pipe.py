"""What the pipe costs: an empty request against bare bytes, a mapped hour against an inline one."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from benchmarks.ratio import Ratio, paired
from orchestrator.backends.worker import Launch, Machine, Worker
from orchestrator.host import children
from runners import protocol

_BATCH = 200
_HOUR_SAMPLES = 3600 * 16000


@contextmanager
def empty_worker(folder: Path) -> Iterator[Worker]:
    """Start the empty runner in this very environment and load it."""
    launch = Launch(
        backend="empty",
        command=children.command(Path(sys.executable), "benchmarks.empty_runner"),
        log=folder / "empty.log",
        directory=folder / "work",
        threads=1,
    )
    with Machine() as machine, Worker(launch, machine) as worker:
        worker.load(folder, protocol.Options())
        yield worker


@contextmanager
def bare_echo(asked: int, answered: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Start a Python that does nothing but read and write so many bytes."""
    script = str(Path(__file__).with_name("echo.py"))
    command = [sys.executable, "-S", "-E", script, str(asked), str(answered)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as end:
        yield end
        if end.stdin:
            end.stdin.close()


@contextmanager
def one_processor() -> Iterator[None]:
    """Keep both ends on one processor, where the system lets us.

    Whether a wake-up crosses processors is the scheduler's doing and costs more than either side.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    yield
    os.sched_setaffinity(0, before)


def round_trip(folder: Path) -> Ratio:
    """Compare an empty request with as many bytes through a bare pipe."""
    options = protocol.Options()
    request = protocol.encode(protocol.Load(id=1000, model=str(folder), options=options))
    reply = protocol.encode(protocol.Loaded(id=1000, seconds=1.234567e-05, resolved={}))
    with (
        one_processor(),
        empty_worker(folder) as worker,
        bare_echo(len(request), len(reply)) as echo,
    ):

        def ours() -> float:
            started = time.perf_counter()
            for _ in range(_BATCH):
                worker.load(folder, options)
            return (time.perf_counter() - started) / _BATCH

        def theirs() -> float:
            started = time.perf_counter()
            for _ in range(_BATCH):
                _exchange(echo, request, len(reply))
            return (time.perf_counter() - started) / _BATCH

        return paired(
            "round trip of an empty request, against as many bytes through os.pipe",
            ours,
            theirs,
            n=20,
            at_most=3,
        )


def an_hour(folder: Path) -> Ratio:
    """Compare an hour of audio, mapped with every page touched, with 230 MB through the pipe."""
    pcm = folder / "hour.f32"
    np.zeros(_HOUR_SAMPLES, np.float32).tofile(pcm)
    inline = memoryview(pcm.read_bytes())
    with empty_worker(folder) as worker, bare_echo(len(inline), 1) as echo:
        return paired(
            "an hour of audio by path, every page touched, against the same bytes inline",
            lambda: worker.transcribe(pcm, _HOUR_SAMPLES)[1],
            lambda: _exchange(echo, inline, 1),
            n=10,
            at_most=0.05,
        )


def _exchange(end: "subprocess.Popen[bytes]", data: "bytes | memoryview", answer: int) -> float:
    """Write all of `data`, read `answer` bytes; return the seconds."""
    if end.stdin is None or end.stdout is None:
        raise ValueError("the process has no pipe")
    rest = memoryview(data)
    started = time.perf_counter()
    while rest:
        rest = rest[os.write(end.stdin.fileno(), rest) :]
    while answer > 0:
        answer -= len(os.read(end.stdout.fileno(), 1 << 16))
    return time.perf_counter() - started


def all_of() -> Iterator[Ratio]:
    """Run every benchmark of this file."""
    with tempfile.TemporaryDirectory() as folder:
        yield round_trip(Path(folder))
        yield an_hour(Path(folder))
