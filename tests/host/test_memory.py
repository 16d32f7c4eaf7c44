"""What one runner used: right whatever ran before, and however large its parent is."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from orchestrator.backends.worker import Launch, Machine, Worker
from orchestrator.host import children
from orchestrator.host.resources import Resources, peak_bytes, resources
from runners.protocol import Options

MB = 10**6


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    """Hold the machine for all tests of this module."""
    with Machine() as held:
        yield held


def used_by_a_runner(machine: Machine, folder: Path, allocate_bytes: int) -> Resources:
    """Run the fake runner through a transcription; return what it used until then."""
    (folder / "model").write_text("text", encoding="utf-8")
    np.zeros(16000, "<f4").tofile(folder / "clip.f32")
    launch = Launch(
        backend="fake",
        command=children.command(Path(sys.executable), "tests.support.fake_runner"),
        log=folder / "fake.log",
        directory=folder / "work",
        threads=1,
    )
    with Worker(launch, machine) as worker:
        worker.load(folder / "model", Options(extra={"allocate_bytes": allocate_bytes}))
        worker.transcribe(folder / "clip.f32", 16000)
        used = resources(worker.pid)
        worker.shutdown()
    return used


@pytest.mark.slow
def test_memory_is_that_of_one_runner(machine: Machine, tmp_path: Path) -> None:
    """200 MB in one runner are seen in it and not in the next; 250 MB of ours are in none."""
    ours = np.ones(250 * MB, "uint8")
    peaks = [
        used_by_a_runner(machine, tmp_path, size).peak_memory_bytes for size in (0, 200 * MB, 0)
    ]
    assert ours.nbytes == 250 * MB
    small, large, after = (peak or 0 for peak in peaks)
    assert 0 < small < 200 * MB
    assert large - small == pytest.approx(200 * MB, rel=0.05)
    assert after == pytest.approx(small, rel=0.1)


def test_a_peak_outlives_what_made_it() -> None:
    """Memory given back before anyone asked still counts."""
    script = """if True:
        for size in (100_000_000, 1):
            held = bytes([1]) * size
        print("ready", flush=True)
        input()
    """
    with asked(script) as process:
        assert (peak_bytes(process.pid) or 0) > 100 * MB


def test_processor_time_is_that_of_one_process() -> None:
    """A process that worked for a quarter of a second used that, whatever else ran."""
    script = """if True:
        import time
        while time.process_time() < 0.25: pass
        print("ready", flush=True)
        input()
    """
    with asked(script) as process:
        assert resources(process.pid).cpu_seconds == pytest.approx(0.25, abs=0.1)


def test_the_neural_engine_is_unknown_or_counted() -> None:
    """A Mac says 0 for a process that held none of its memory, any other system says nothing."""
    with asked("print('ready', flush=True); input()") as process:
        expected = 0 if sys.platform == "darwin" else None
        assert resources(process.pid).peak_neural_bytes == expected


def test_nothing_is_known_of_a_process_that_has_ended() -> None:
    """Absent is None, never 0."""
    process = subprocess.Popen([sys.executable, "-S", "-c", ""])
    process.wait()
    absent = Resources(peak_memory_bytes=None, peak_neural_bytes=None, cpu_seconds=None)
    assert resources(process.pid) == absent


@contextmanager
def asked(script: str) -> Iterator["subprocess.Popen[str]"]:
    """Run a script until it is ready, and let it end afterwards."""
    command = [sys.executable, "-S", "-c", script]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, encoding="utf-8") as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield process
        process.communicate("\n")
