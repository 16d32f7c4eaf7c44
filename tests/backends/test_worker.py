"""The Worker against real processes that break their word in every way a runner can."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from orchestrator.backends.worker import (
    Deadlines,
    Launch,
    Machine,
    Worker,
    log_tail,
)
from orchestrator.backends.worker.termination import failure, memory_kills, oom_kills
from orchestrator.errors import MachineBusy, RunnerFailed, program
from orchestrator.host import children
from orchestrator.places import ROOT
from runners.protocol import Options, Progress, Scalar

PATIENCE = 30  # seconds: a ceiling for a busy machine, never what is measured
SHORT = 1.0  # seconds: the deadline of whatever is meant to hang
LONGER = 3.0  # seconds: of what a busy machine has to get done before it hangs
CALM = Deadlines(PATIENCE, PATIENCE, PATIENCE, 0, 0, PATIENCE)


@pytest.fixture
def launch(tmp_path: Path) -> Callable[..., Launch]:
    """Return how to describe a runner with these faults."""
    (tmp_path / "model").write_text("{samples} samples, sum {sum}", encoding="utf-8")
    np.full(16000, 0.5, "<f4").tofile(tmp_path / "clip.f32")

    def describe(*faults: str, **others: Any) -> Launch:  # noqa: ANN401 - the fields of Launch
        return Launch(
            **{
                "backend": "fake",
                "command": (
                    *children.command(Path(sys.executable), "tests.support.faults"),
                    *faults,
                ),
                "log": tmp_path / "logs" / "fake.log",
                "directory": tmp_path / "work",
                "threads": 3,
                "deadlines": CALM,
                **others,
            }
        )

    return describe


def converse(launch: Launch, machine: Machine, **extra: Scalar) -> str:
    """Go through a whole conversation; return the text."""
    with Worker(launch, machine) as worker:
        worker.load(launch.log.parent.parent / "model", Options(extra=extra))
        transcript, _ = worker.transcribe(launch.log.parent.parent / "clip.f32", 16000)
        worker.shutdown()
    return transcript.text


def failing(launch: Launch, machine: Machine, **extra: Scalar) -> RunnerFailed:
    """Go through a conversation that must fail; return how."""
    with pytest.raises(RunnerFailed) as caught:
        converse(launch, machine, **extra)
    assert not launch.directory.exists()
    return caught.value


def child_in(log: Path) -> psutil.Process:
    """Return the process that a fault says it has left behind."""
    return psutil.Process(int(log.read_text(encoding="utf-8").split("child ")[1].split()[0]))


def gone(process: psutil.Process) -> bool:
    """Wait for a process to end, by our hand at last; one not reaped yet counts as ended.

    Its first thread is a zombie already while another still holds its files.
    """
    ceiling = time.monotonic() + PATIENCE
    while time.monotonic() < ceiling:
        try:
            if process.status() == psutil.STATUS_ZOMBIE and len(process.threads()) <= 1:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.01)
    process.kill()
    return False


def test_a_log_is_capped(launch: Callable[..., Launch], machine: Machine) -> None:
    """80 MB of it become less than 64: the middle is dropped, and a line says how much that was."""
    described = launch("chatter@transcribe", "raise@transcribe")
    failed = failing(described, machine)
    assert failed.kind == "error"
    log = described.log.read_bytes()
    assert len(log) <= 64 << 20
    assert log.startswith(b"the first line\n")
    assert b"the last line\n" in log[-20_000:]
    (dropped,) = re.findall(rb"\[\.\.\. ([\d,]+) bytes dropped here \.\.\.\]\n", log)
    assert int(dropped.replace(b",", b"")) > 80_000_000 - (64 << 20)


def test_a_whole_conversation(launch: Callable[..., Launch], machine: Machine) -> None:
    """Ready, load, transcribe and bye, timed by our clock; nothing is left but the log."""
    described = launch()
    with Worker(described, machine) as worker:
        process = psutil.Process(worker.pid)
        assert worker.pid == worker.ready.pid
        assert worker.ready.library == np.__version__
        assert worker.spawn_seconds > 0
        loaded, seconds = worker.load(described.log.parent.parent / "model", Options())
        assert seconds > loaded.seconds
        transcript, seconds = worker.transcribe(described.log.parent.parent / "clip.f32", 16000)
        assert transcript.text == "16000 samples, sum 8000.000"
        assert seconds > transcript.seconds
        assert worker.shutdown()
    assert gone(process)
    assert not described.directory.exists()
    assert described.log.read_text(encoding="utf-8") == ""


@pytest.mark.parametrize(
    ("faults", "kind", "says"),
    [
        # Ends of every kind, in every phase.
        ("exit-0@start", "no-answer", "exit code 0 and without an answer"),
        ("exit-0@load", "no-answer", "exit code 0 and without an answer"),
        ("raise@import", "exit", "exit code 1"),
        ("exit-3@load", "exit", "exit code 3"),
        ("exit-3@exit", "exit", "exit code 3"),
        ("segfault@transcribe", "signal", "SIGSEGV"),
        ("sigkill@load", "killed", "SIGKILL"),
        # Answers that say no.
        ("raise@load", "error", "RuntimeError: the engine gave up"),
        ("system-exit@transcribe", "error", "SystemExit: 0"),
        ("refused@load", "bad-request", "what was that?"),
        # Lines that are no message.
        ("half-line@load exit-0@load", "truncated-line", '"type":"loaded","id":1'),
        ("half-line@load exit-3@load", "exit", "exit code 3"),
        ("half-line@load segfault@load", "signal", "SIGSEGV"),
        ("long-line@load", "over-long-line", "16,777,216"),
        ("bad-utf8@load", "broken-line", "utf-8"),
        ("bare-nan@load", "broken-line", "NaN"),
        ("banner@load", "broken-line", "a banner before anything"),
        ("close-pipe@load", "no-answer", "closed its stdout and went on running"),
        # Messages that are not the answer.
        ("loaded-77@load", "wrong-answer", "answered request 77, asked was 1"),
        ("bye@load", "wrong-answer", "answered request None, asked was 1"),
        ("loaded@transcribe", "wrong-answer", "answered request 1, asked was 2"),
        # First messages.
        ("loaded@start", "wrong-answer", "answered `loaded` where `ready` was due"),
        ("refused@start", "bad-request", "what was that?"),
        ("ready-3@start", "wrong-protocol", "speaks protocol 3, this orchestrator speaks 1 and 2"),
        ("ready-shim@start", "shim", "without its framework"),
        ("ready-other@start", "wrong-answer", "says it is 'other', asked for was 'fake'"),
        ("ready-short@start", "broken-line", "missing required field"),
        ("long-line@start", "over-long-line", "16,777,216"),
    ],
)
def test_every_broken_word_has_its_kind(
    launch: Callable[..., Launch], machine: Machine, faults: str, kind: str, says: str
) -> None:
    """What the runner did is told apart, and the message says what it was."""
    failed = failing(launch(*faults.split()), machine)
    assert failed.kind == kind
    assert says in str(failed)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "phase", "stack"),
    [
        ("hang@import", "start", " in hang"),
        ("hang@load", "load", " in hang"),
        ("hang-gil@transcribe", "transcribe", " in hang_with_the_gil"),
        ("stubborn@load", "load", " in hang_with_the_gil"),
        ("hang@exit", "exit", " in hang"),
    ],
)
def test_a_hang_ends_at_its_deadline(
    launch: Callable[..., Launch], machine: Machine, fault: str, phase: str, stack: str
) -> None:
    """Silence past the deadline is `hung`; the stack is in the log, even with the GIL held."""
    deadline = {"transcribe": "transcribe_least", "exit": "shutdown"}.get(phase, phase)
    seconds = LONGER if phase == "start" else SHORT  # a Python starts, and imports, before it hangs
    described = launch(fault, deadlines=replace(CALM, **{deadline: seconds}))
    failed = failing(described, machine)
    assert failed.kind == "hung"
    assert str(failed) == f"no answer to `{phase}` within {seconds:g} s"
    assert stack in described.log.read_text(encoding="utf-8")


def test_a_slow_engine_has_longer() -> None:
    """A clip may take 120 s, twenty times its length, or fifty times the first answer."""
    allowed = Deadlines().transcribe
    assert [allowed(1), allowed(60), allowed(1, 20), allowed(60, 20)] == [120, 1200, 1000, 1200]


@pytest.mark.parametrize(
    ("faults", "logged"),
    [
        ("banner@start", "a banner before anything"),
        ("banner-unended@start", "a banner without its line end"),
        ("deep@start", '{"a":[[['),
        ("print@start print@import print@load print@transcribe", "from printf"),
        ("child-holds-pipe@load", "child"),
    ],
)
def test_noise_costs_nothing_and_is_logged(
    launch: Callable[..., Launch], machine: Machine, faults: str, logged: str
) -> None:
    """What prints beside the messages, before `ready` or after, goes to the log and no further."""
    described = launch(*faults.split())
    assert converse(described, machine) == "16000 samples, sum 8000.000"
    assert logged in described.log.read_text(errors="replace", encoding="utf-8")


def test_lost_times_arrive_as_none(launch: Callable[..., Launch], machine: Machine) -> None:
    """NaN and infinity in a result are None here."""
    described = launch("nan@transcribe")
    with Worker(described, machine) as worker:
        worker.load(described.log.parent.parent / "model", Options())
        transcript, _ = worker.transcribe(described.log.parent.parent / "clip.f32", 16000)
    assert [(s.start, s.end) for s in transcript.segments] == [(None, None)]


def test_a_failed_request_leaves_the_runner_usable(
    launch: Callable[..., Launch], machine: Machine, tmp_path: Path
) -> None:
    """After `failed`, here for want of memory, the next request is answered; the traceback came."""
    with Worker(launch(), machine) as worker:
        with pytest.raises(RunnerFailed) as caught:
            worker.load(tmp_path / "model", Options(extra={"allocate_bytes": 2**50}))
        assert caught.value.kind == "out-of-memory"
        assert "MemoryError" in caught.value.detail
        worker.load(tmp_path / "model", Options())
        assert worker.shutdown()


def test_killed_by_someone_else(
    launch: Callable[..., Launch], machine: Machine, tmp_path: Path
) -> None:
    """A SIGKILL that we did not send is `killed`, in the middle of a transcription."""
    with Worker(launch("hang@transcribe"), machine) as worker:
        worker.load(tmp_path / "model", Options())
        threading.Timer(0.2, os.kill, (worker.pid, signal.SIGKILL)).start()
        with pytest.raises(RunnerFailed) as caught:
            worker.transcribe(tmp_path / "clip.f32", 16000)
    assert caught.value.kind == "killed"


@pytest.mark.slow
def test_progress_starts_the_deadline_anew(launch: Callable[..., Launch], machine: Machine) -> None:
    """Work may pass a deadline of three seconds when there is word of it; each word is heard."""
    heard: list[Progress] = []
    quick = replace(CALM, transcribe_least=3)
    described = launch("progress@transcribe", deadlines=quick, on_progress=heard.append)
    assert converse(described, machine) == "16000 samples, sum 8000.000"
    assert [p.fraction for p in heard] == [eighth / 8 for eighth in range(1, 9)]


def test_the_runner_sees_only_what_is_allowed(
    launch: Callable[..., Launch], machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No token and none of our interpreter's, uv's or loader's settings arrive; ours are set."""
    leaks = ("HF_TOKEN", "UV_INDEX_URL", "VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONDONTWRITEBYTECODE")
    for name in (*leaks, "LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "PYTHONPATH"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.invalid")
    with Worker(launch("surroundings@load"), machine) as worker:
        seen = worker.load(tmp_path / "model", Options())[0].resolved
    assert not seen.keys() & {*leaks, "LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "PYTHONPATH"}
    expected = {
        "PYTHONHASHSEED": "0",
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "3",
        "HTTPS_PROXY": "http://proxy.invalid",
        "(cwd)": str((tmp_path / "work").resolve()),
        "(cwd is empty)": True,
    }
    assert {name: seen.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    "faults",
    [
        "child@load",
        "child-new-session@load",
        "child-holds-pipe@load",
        "child-stubborn@load",
        "child-new-session@load exit-0@load",
        "child-holds-pipe@load exit-0@load",
        "child-nameless@load hang@load",
    ],
)
def test_nothing_a_runner_started_survives_it(
    launch: Callable[..., Launch], machine: Machine, faults: str
) -> None:
    """Daemons are ended with the runner, in its group or out of it, whoever holds the pipe."""
    hurried = replace(CALM, load=LONGER) if "hang" in faults else CALM
    described = launch(*faults.split(), deadlines=hurried)
    if "exit-0" in faults:
        assert failing(described, machine).kind == "no-answer"
    elif "hang" in faults:
        assert failing(described, machine).kind == "hung"
    else:
        converse(described, machine)
    assert gone(child_in(described.log))


def test_a_command_that_cannot_start(launch: Callable[..., Launch], machine: Machine) -> None:
    """An environment that is not there is said with the command that makes it."""
    failed = failing(launch(command=("/nowhere/.venv/bin/python",)), machine)
    assert failed.kind == "not-started"
    assert "/nowhere/.venv/bin/python" in str(failed)
    assert failed.fix == f"{program()} envs sync fake"


def test_the_log_keeps_what_a_failed_row_shows(
    launch: Callable[..., Launch], machine: Machine
) -> None:
    """The end of the log holds the traceback of an import that failed."""
    described = launch("print@import", "raise@import")
    failed = failing(described, machine)
    assert str(described.log) in failed.fix
    assert log_tail(described.log, lines=1) == "RuntimeError: the engine gave up"
    assert "from print\n" in described.log.read_text(encoding="utf-8")


def test_a_reaper_that_was_killed_is_no_fault_of_the_runner(
    launch: Callable[..., Launch], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its reaper a run goes on."""
    monkeypatch.setenv("WHISPER_CLEANROOM_LOCK", str(tmp_path / "lock"))
    with Machine() as machine:
        reaper = machine.reaper.pid
        os.kill(reaper, signal.SIGKILL)
        assert gone(psutil.Process(reaper))
        assert converse(launch(), machine) == "16000 samples, sum 8000.000"


def test_a_second_run_is_told_which_process_measures(machine: Machine) -> None:
    """Two runs at once would slow each other: the second names the first and how to stop it."""
    script = (
        "from orchestrator.backends.worker import Machine\n"
        "from orchestrator.errors import MachineBusy\n"
        "try:\n with Machine(): pass\n"
        "except MachineBusy as busy: print(busy, busy.fix)"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    assert f"another run is measuring on this machine (process {os.getpid()})" in done.stdout
    assert done.stdout.endswith(f"kill {os.getpid()}\n")
    assert machine.lock
    with pytest.raises(MachineBusy) as caught, Machine():
        pass
    assert "in another thread" in str(caught.value)


def test_no_advice_to_remove_what_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock in a folder that is none, or takes no file, goes to another folder."""
    monkeypatch.setenv("WHISPER_CLEANROOM_LOCK", str(tmp_path / "nowhere" / "lock"))
    with pytest.raises(MachineBusy, match="cannot be used") as caught, Machine():
        pass
    assert caught.value.fix.startswith("set WHISPER_CLEANROOM_LOCK to a file in a folder")


def test_the_lock_is_free_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One run after another gets the machine; what the first wrote into the lock is gone."""
    monkeypatch.setenv("WHISPER_CLEANROOM_LOCK", str(tmp_path / "lock"))
    for _ in range(2):
        with Machine():
            assert (tmp_path / "lock").read_text(encoding="utf-8") == f"{os.getpid()}\n"
        assert (tmp_path / "lock").read_text(encoding="utf-8") == ""


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.symlink_to("elsewhere")])
def test_a_lock_that_is_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], None]
) -> None:
    """A folder or a link in the lock's place is refused by name, and not followed."""
    lock = tmp_path / "lock"
    make(lock)
    monkeypatch.setenv("WHISPER_CLEANROOM_LOCK", str(lock))
    with pytest.raises(MachineBusy, match=str(lock)) as caught, Machine():
        pass
    assert "WHISPER_CLEANROOM_LOCK" in caught.value.fix


ORCHESTRATOR = """
import sys, time
from pathlib import Path
from orchestrator.host import children
from orchestrator.backends.worker import Launch, Machine, Worker
from runners.protocol import Options

folder = Path(sys.argv[1])
command = children.command(sys.executable, "tests.support.faults", "print@load", sys.argv[2])
with Machine() as machine:
    launch = Launch("fake", command, folder / "log", folder / "work", 1)
    with Worker(launch, machine) as worker:
        print(machine.reaper.pid, worker.pid, flush=True)
        worker.load(folder / "model", Options())
"""


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["hang@load", "hang-gil@load"])
def test_no_runner_survives_a_killed_orchestrator(
    launch: Callable[..., Launch], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """SIGKILL takes the orchestrator; the runner goes too, by itself or by the reaper's hand.

    With the GIL held only the reaper can do it: while it is stopped the runner lives, and holds
    the machine.
    """
    assert launch()
    monkeypatch.setenv("WHISPER_CLEANROOM_LOCK", str(tmp_path / "lock"))
    command = [sys.executable, "-c", ORCHESTRATOR, str(tmp_path), fault]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as orchestrator:
        reaper, runner = (psutil.Process(int(x)) for x in orchestrator.stdout.readline().split())
        while "from printf" not in (tmp_path / "log").read_text(encoding="utf-8"):
            time.sleep(0.01)
        reaper.suspend()
        orchestrator.kill()
    try:
        if "gil" in fault:
            with pytest.raises(MachineBusy, match="outlived its run") as caught, Machine():
                pass
            assert str(tmp_path / "lock") in caught.value.fix
            assert runner.is_running()
            reaper.resume()
        assert gone(runner)
    finally:
        reaper.resume()
    assert gone(reaper)
    with Machine():
        pass


def test_the_systems_own_killing_is_told_apart(tmp_path: Path) -> None:
    """A SIGKILL counts as out of memory exactly when the system's counter has moved."""
    counter = tmp_path / "vmstat"
    counter.write_text("pgfault 5\noom_kill 3\noom_kill_disable 9\n", encoding="utf-8")
    assert oom_kills(counter) == 3
    assert oom_kills(tmp_path / "absent") == 0
    with subprocess.Popen(["/bin/sleep", "60"]) as process:
        process.kill()
    now = memory_kills()
    kinds = [failure(process, before, b"", tmp_path / "log").kind for before in (now, now - 1)]
    assert kinds == ["killed", "out-of-memory"]
