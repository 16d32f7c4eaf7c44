"""Streams against real processes: what arrives while audio grows, and every way to break it."""

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from orchestrator.backends.worker import Arrival, Deadlines, Launch, Machine, Worker
from orchestrator.errors import RunnerFailed
from orchestrator.host import children
from runners.protocol import Options, Transcript

PATIENCE = 30  # seconds: a ceiling for a busy machine, never what is measured
CALM = Deadlines(PATIENCE, PATIENCE, PATIENCE, 0, 0, PATIENCE)
SECOND = 16000


@pytest.fixture
def launch(tmp_path: Path) -> Callable[..., Launch]:
    """Return how to describe a runner with these faults."""
    (tmp_path / "model").write_text("{samples} samples, sum {sum}", encoding="utf-8")
    np.full(3 * SECOND, 0.5, "<f4").tofile(tmp_path / "clip.f32")

    def describe(*faults: str, finish: float = PATIENCE) -> Launch:
        command = children.command(Path(sys.executable), "tests.support.faults")
        log, place = tmp_path / "fake.log", tmp_path / "work"
        deadlines = replace(CALM, transcribe_least=finish)
        return Launch("fake", (*command, *faults), log, place, 1, deadlines)

    return describe


def hear(worker: Worker, folder: Path, seconds: int = 3) -> tuple[list[Arrival], Transcript]:
    """Feed a clip second by second, waiting for a partial of each; return all that came."""
    stream = worker.listen(folder / "clip.f32", 3 * SECOND)
    arrivals = []
    for second in range(1, seconds + 1):
        stream.feed(second * SECOND)
        arrivals.append(next(stream.until(time.monotonic() + PATIENCE)))
    *late, (transcript, at) = stream.finish(seconds * SECOND, worker.to_finish(seconds * SECOND))
    assert not late
    assert at >= arrivals[-1].at
    return arrivals, transcript


def failing(launch: Launch, machine: Machine, folder: Path) -> RunnerFailed:
    """Go through a stream that must fail; return how."""
    with Worker(launch, machine) as worker:
        worker.load(folder / "model", Options())
        with pytest.raises(RunnerFailed) as caught:
            hear(worker, folder)
    assert not launch.directory.exists()
    return caught.value


def test_a_stream_from_listen_to_its_transcript(
    launch: Callable[..., Launch], machine: Machine, tmp_path: Path
) -> None:
    """Partials come as audio does, each of what existed then; afterwards the runner goes on."""
    with Worker(launch(), machine) as worker:
        assert worker.ready.live == "local-agreement"
        worker.load(tmp_path / "model", Options())
        stream = worker.listen(tmp_path / "clip.f32", 3 * SECOND)
        assert stream.resolved["policy"] == "local-agreement"
        list(stream.finish(0, PATIENCE))
        arrivals, transcript = hear(worker, tmp_path)
        assert [a.partial.heard for a in arrivals] == [SECOND, 2 * SECOND, 3 * SECOND]
        assert [a.at for a in arrivals] == sorted(a.at for a in arrivals)
        assert arrivals[1].partial.may_change == " 32000 samples, sum 16000.000"
        assert transcript.text == "48000 samples, sum 24000.000"
        assert worker.transcribe(tmp_path / "clip.f32", 3 * SECOND)[0].text == transcript.text
        assert worker.shutdown()


@pytest.mark.parametrize(
    "broken",
    [
        ("raise@listen", "error", "the engine gave up"),
        ("raise@hear", "error", "the engine gave up"),
        ("raise@finish", "error", "the engine gave up"),
        ("sigkill@hear", "killed", "SIGKILL"),
        ("exit-0@finish", "no-answer", "without an answer"),
        ("flood@hear", "flood", "partials in"),
        ("flood@finish", "flood", "partials in"),
        ("long-partial@hear", "flood", "a partial of 131,072 characters"),
        ("foresight@hear", "wrong-answer", "has heard 1,000,000,000 samples, and"),
        ("other-partial@hear", "wrong-answer", "answered request 77, asked was 2"),
        ("half-line@hear exit-0@hear", "truncated-line", "loaded"),
        ("bye@hear", "wrong-answer", "answered request None"),
    ],
)
def test_every_broken_stream_has_its_kind(
    launch: Callable[..., Launch], machine: Machine, tmp_path: Path, broken: tuple[str, str, str]
) -> None:
    """What ends a stream is told apart, whenever it comes, and nothing is left of the runner."""
    fault, kind, says = broken
    failed = failing(launch(*fault.split()), machine, tmp_path)
    assert failed.kind == kind
    assert says in str(failed)


def test_a_runner_that_never_finishes_is_hung(
    launch: Callable[..., Launch], machine: Machine, tmp_path: Path
) -> None:
    """Silence after `finish` ends at the deadline, with the stack in the log."""
    described = launch("hang@finish", finish=0.3)
    failed = failing(described, machine, tmp_path)
    assert (failed.kind, str(failed)) == ("hung", "no answer to `finish` within 0.3 s")
    assert " in hang" in described.log.read_text(encoding="utf-8")


def test_a_runner_that_reads_nothing_blocks_nobody(
    launch: Callable[..., Launch], machine: Machine, tmp_path: Path
) -> None:
    """Feeding goes on while its pipe is full, and ending too: what is left out is said later."""
    with Worker(launch("hang@hear", finish=0.3), machine) as worker:
        worker.load(tmp_path / "model", Options())
        stream = worker.listen(tmp_path / "clip.f32", 3 * SECOND)
        for samples in range(3 * SECOND // 6):  # 40 bytes each: many times what the pipe holds
            stream.feed(samples)
        with pytest.raises(RunnerFailed, match="no answer to `finish`"):
            list(stream.finish(3 * SECOND, worker.to_finish(3 * SECOND)))


def test_a_failed_stream_leaves_the_runner_usable(
    launch: Callable[..., Launch], machine: Machine, tmp_path: Path
) -> None:
    """What was on its way when a stream failed is no request of the next one."""
    with Worker(launch(), machine) as worker:
        worker.load(tmp_path / "model", Options(extra={"fault": "raise@hear"}))
        stream = worker.listen(tmp_path / "clip.f32", 3 * SECOND)
        for samples in range(1, 100):
            stream.feed(samples)
        with pytest.raises(RunnerFailed, match="gave up"):
            list(stream.until(time.monotonic() + PATIENCE))
        worker.load(tmp_path / "model", Options())
        assert hear(worker, tmp_path)[1].text == "48000 samples, sum 24000.000"
