"""The run loop, spoken to over bare pipes: what a library does must never reach the channel."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from orchestrator.places import ROOT
from runners import protocol
from runners.protocol import Options

PATIENCE = 30  # seconds: a ceiling for a busy machine, never what is measured


class Pipe:
    """A faulty runner with both ends of its pipe in our hands and its stderr in a file."""

    def __init__(self, folder: Path, *faults: str, code: str | None = None) -> None:
        self.log = folder / "stderr"
        self.model = folder / "model"
        self.model.write_text("{samples} samples, sum {sum}", encoding="utf-8")
        module = ["-m", "tests.support.faults"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-s", *(["-c", code] if code else module), *faults],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]},
            )

    def send(self, request: protocol.Request | bytes) -> None:
        """Write one line."""
        line = request if isinstance(request, bytes) else protocol.encode(request)
        self.process.stdin.write(line)
        self.process.stdin.flush()

    def receive(self) -> Any:  # noqa: ANN401 - each test knows its answer
        """Read one line, which must be a message."""
        return protocol.decode_reply(self.process.stdout.readline())

    def ask(self, request: protocol.Request | bytes) -> Any:  # noqa: ANN401
        """Write one line and read one."""
        self.send(request)
        return self.receive()

    def load(self, **extra: protocol.Scalar) -> Any:  # noqa: ANN401
        """Load the model with these settings."""
        return self.ask(protocol.Load(1, str(self.model), Options(extra=extra)))

    def transcribe(self, samples: int = 16000) -> Any:  # noqa: ANN401
        """Have `samples` samples of one half transcribed."""
        audio = self.model.with_name("audio")
        np.full(samples, 0.5, "<f4").tofile(audio)
        return self.ask(protocol.Transcribe(2, str(audio), samples))

    def finish(self) -> bytes:
        """Shut down; return what is left in the pipe."""
        assert isinstance(self.ask(protocol.Shutdown()), protocol.Bye)
        assert self.process.wait(PATIENCE) == 0
        return self.process.stdout.read()

    def close(self) -> None:
        """Kill what is left of it."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(BrokenPipeError):  # an unread request is still in its buffer
                stream.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Pipe]]:
    """Start faulty runners; whatever is left of them is killed afterwards."""
    pipes: list[Pipe] = []

    def begin(*faults: str, code: str | None = None) -> Pipe:
        pipes.append(Pipe(tmp_path, *faults, code=code))
        return pipes[-1]

    yield begin
    for pipe in pipes:
        pipe.close()


@pytest.fixture(scope="module")
def living(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipe]:
    """Return a runner that has to live through the tests of what it refuses, and says no more."""
    pipe = Pipe(tmp_path_factory.mktemp("living"))
    pipe.receive()
    yield pipe
    left = pipe.finish()
    pipe.close()
    assert left == b""


def test_a_conversation_from_ready_to_bye(start: Callable[..., Pipe]) -> None:
    """Every message in its turn, the samples unharmed, exit code 0, nothing left in the pipe."""
    pipe = start()
    ready = pipe.receive()
    assert (ready.protocol, ready.backend, ready.build) == (protocol.VERSION, "fake", "real")
    assert (ready.pid, ready.library) == (pipe.process.pid, np.__version__)
    assert ready.import_seconds > 0
    loaded = pipe.load()
    assert (loaded.id, loaded.resolved["device"]) == (1, "cpu")
    transcript = pipe.transcribe(16000)
    assert (transcript.id, transcript.text) == (2, "16000 samples, sum 8000.000")
    assert transcript.segments == [protocol.Segment(0.0, 1.0, transcript.text)]
    assert transcript.words is None
    assert transcript.seconds > 0
    assert pipe.finish() == b""


@pytest.mark.parametrize("phase", ["import", "load", "transcribe"])
def test_what_a_library_prints_lands_on_stderr(start: Callable[..., Pipe], phase: str) -> None:
    """print, sys.__stdout__, fd 1, a shell and C's stdio are kept away from the channel."""
    pipe = start(f"print@{phase}")
    pipe.receive()
    pipe.load()
    assert pipe.transcribe().text == "16000 samples, sum 8000.000"
    assert pipe.finish() == b""
    sources = ("print", "sys.__stdout__", "fd 1", "a shell", "puts", "printf")
    assert sorted(pipe.log.read_text(encoding="utf-8").split("\n")) == sorted(
        ["", *(f"from {s}" for s in sources)]
    )


def test_the_last_prints_of_a_dying_interpreter_land_on_stderr(start: Callable[..., Pipe]) -> None:
    """Exit handlers and C's exit flush print after everything else, and not into the pipe."""
    pipe = start("print-at-exit@import", "raise@import")
    assert pipe.process.wait(PATIENCE) == 1
    assert pipe.process.stdout.read() == b""
    log = pipe.log.read_text(encoding="utf-8")
    assert "RuntimeError: the engine gave up" in log
    assert "from atexit" in log
    assert "from the exit flush" in log


def test_noise_before_the_guard_is_followed_by_ready(start: Callable[..., Pipe]) -> None:
    """What prints before the pipe is claimed cannot be caught; the messages still come."""
    pipe = start("print@start")
    lines = [pipe.process.stdout.readline() for _ in range(7)]
    assert protocol.decode_reply(lines[-1]).backend == "fake"


def test_the_library_cannot_read_requests(start: Callable[..., Pipe]) -> None:
    """A child that reads stdin finds its end at once and takes no request away."""
    pipe = start("read-stdin@transcribe")
    pipe.receive()
    pipe.load()
    assert pipe.transcribe().text == "16000 samples, sum 8000.000"


@pytest.mark.parametrize("busy", [True, False], ids=["busy", "idle"])
def test_the_end_of_stdin_ends_the_runner(start: Callable[..., Pipe], busy: bool) -> None:  # noqa: FBT001
    """A runner whose orchestrator has gone goes too, even from the middle of a transcription."""
    pipe = start("print@transcribe", "hang@transcribe")
    pipe.receive()
    pipe.load()
    if busy:
        pipe.send(protocol.Transcribe(2, str(pipe.model), pipe.model.stat().st_size // 4))
        while "from printf" not in pipe.log.read_text(encoding="utf-8"):
            time.sleep(0.01)
    pipe.process.stdin.close()
    assert pipe.process.wait(PATIENCE) == 0


def test_a_closed_stdout_ends_the_runner(start: Callable[..., Pipe]) -> None:
    """A runner nobody reads any more has no reason to live."""
    pipe = start()
    pipe.receive()
    pipe.process.stdout.close()
    pipe.send(protocol.Load(1, str(pipe.model)))
    assert pipe.process.wait(PATIENCE) == 0


@pytest.mark.parametrize(
    ("content", "samples", "why"),
    [
        (b"", 0, "is empty"),
        (b"", 1, "has 0 bytes, 1 samples need 4"),
        (b"1234", -1, "is empty"),
        (b"12345", 1, "has 5 bytes, 1 samples need 4"),
        (b"12345678", 1, "has 8 bytes"),
        (None, 1, "No such file"),
    ],
)
def test_bad_audio_is_answered(
    living: Pipe, tmp_path: Path, content: bytes | None, samples: int, why: str
) -> None:
    """No samples, the wrong number of bytes and no file at all are the clip's fault, by name."""
    living.load()
    clip = tmp_path / "clip.f32"
    if content is not None:
        clip.write_bytes(content)
    failed = living.ask(protocol.Transcribe(2, str(clip), samples))
    assert (failed.id, failed.kind) == (2, "bad-audio")
    assert str(clip) in failed.message
    assert why in failed.message
    assert living.transcribe().text == "16000 samples, sum 8000.000"


def test_the_samples_are_a_private_copy(start: Callable[..., Pipe], tmp_path: Path) -> None:
    """A library may scribble over its samples without changing the clip."""
    pipe = start("scribble@transcribe")
    pipe.receive()
    pipe.load()
    assert pipe.transcribe().text == "scribbled"
    assert set(np.fromfile(tmp_path / "audio", "<f4")) == {0.5}


@pytest.mark.parametrize(
    ("request_", "kind", "why"),
    [
        (protocol.Load(1, "/m", Options(words=True)), "unsupported", "no word timestamps"),
        (protocol.Load(1, "/m", Options(extra={"beams": 5})), "unsupported", "no setting 'beams'"),
        (
            protocol.Describe(1, Options(extra={"sleep_second": 1})),
            "unsupported",
            "are: sleep_seconds",
        ),
        (
            protocol.Describe(1, Options(extra={"sleep_seconds": "x"})),
            "unsupported",
            "sleep_seconds is a number (0.0 by default) and cannot be 'x'",
        ),
        (protocol.Load(1, "/nowhere/model"), "bad-model", "/nowhere/model"),
        (protocol.Transcribe(1, "/nowhere", 4), "bad-audio", "/nowhere: No such file"),
    ],
)
def test_refusals_are_answers(
    living: Pipe, request_: protocol.Request, kind: str, why: str
) -> None:
    """What cannot be honoured is said with its kind and its reason."""
    failed = living.ask(request_)
    assert (failed.id, failed.kind) == (1, kind)
    assert why in failed.message
    assert "Traceback" in failed.traceback


def test_settings_are_listed_without_a_model(living: Pipe) -> None:
    """`describe` answers with every setting: its default, or what is asked for."""
    described = living.ask(protocol.Describe(1, Options(extra={"sleep_seconds": 2})))
    assert described == protocol.Described(1, {"sleep_seconds": 2, "allocate_bytes": 0})


def test_too_little_memory_is_an_answer(living: Pipe) -> None:
    """A MemoryError, here from numpy refused a pebibyte, has its own kind; the runner lives on."""
    assert living.load(allocate_bytes=2**50).kind == "out-of-memory"
    assert living.load().resolved["device"] == "cpu"


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("raise", "RuntimeError: the engine gave up"),
        ("system-exit", "SystemExit: 0"),
        ("interrupt", "KeyboardInterrupt"),
        ("unspeakable", "Unspeakable: <exception str"),
        ("foreign", "TypeError: Encoding objects of type"),
        ("long-text", "runners.protocol.ProtocolError: a message of"),
    ],
)
def test_whatever_a_library_raises_or_returns_is_answered(
    living: Pipe, fault: str, message: str
) -> None:
    """Exceptions that are no Exception, values that are no JSON and texts without end: `failed`."""
    living.load(fault=f"{fault}@transcribe")
    failed = living.transcribe()
    assert (failed.id, failed.kind) == (2, "error")
    assert failed.message.startswith(message)
    assert message in failed.traceback
    living.load()
    assert living.transcribe().text == "16000 samples, sum 8000.000"


def test_an_endless_message_is_cut(start: Callable[..., Pipe]) -> None:
    """An exception that quotes 20 MB still fits its line."""
    pipe = start("raise-at-length@load")
    pipe.receive()
    failed = pipe.load()
    assert failed.message.startswith("RuntimeError: xxx")
    assert len(failed.message) + len(failed.traceback) < 100_000


def test_times_a_library_lost_are_null(start: Callable[..., Pipe]) -> None:
    """NaN and infinity arrive as null, never as a number."""
    pipe = start("nan@transcribe")
    pipe.receive()
    pipe.load()
    transcript = pipe.transcribe()
    assert transcript.segments == [protocol.Segment(None, None, "lost")]
    assert transcript.first_segment_seconds is None


WORDS = """
from runners.serve import Result, Segment, main
from tests.support.fake_runner import FakeRunner

class Words(FakeRunner):
    def transcribe(self, audio):
        lost = float("nan")
        words = [Segment(0, 0.5, " It's"), Segment(0.5, 0.5, " "), Segment(lost, 1, " on")]
        return Result(" It's on", segments=[Segment(0.0, 1.0, " It's on")], words=words)

main(Words)
"""


def test_words_travel_beside_segments(start: Callable[..., Pipe]) -> None:
    """Words keep their times, lose the spaces around them, and empty ones are none."""
    pipe = start(code=WORDS)
    pipe.receive()
    pipe.load()
    transcript = pipe.transcribe()
    assert transcript.segments == [protocol.Segment(0.0, 1.0, "It's on")]
    assert transcript.words == [
        protocol.Segment(0.0, 0.5, "It's"),
        protocol.Segment(None, 1.0, "on"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"what?\n",
        b'{"type":"load"}\n',
        b"\xff\n",
        b"[" * 10**5 + b"\n",
        b"x" * 2**25 + b"\n",
    ],
    ids=["empty", "no JSON", "no fields", "no UTF-8", "deep", "long"],
)
def test_a_bad_request_is_answered_once(living: Pipe, line: bytes) -> None:
    """A line that is no request gets one answer, of id -1, and the next line is read afresh."""
    failed = living.ask(line)
    assert (failed.id, failed.kind) == (-1, "bad-request")
    assert living.load().id == 1
