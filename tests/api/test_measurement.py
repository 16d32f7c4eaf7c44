"""The Python API measures: from a thread, with events, in silence, and ends in order."""

import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fake_envs import AddBackend, orchestrator, runners_of, surroundings, wait_for

from whisper_cleanroom import (
    Announcement,
    BlockBegun,
    ConfigError,
    Contenders,
    Event,
    Interrupted,
    MachineBusy,
    Measured,
    Phase,
    Run,
    Suite,
    UsageError,
    reproduce,
    resume,
    run,
)


@pytest.fixture
def at_home(envs: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand beside the backends of the test, as its commands do; return the folder."""
    for name, value in surroundings(envs).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(envs.parent)
    return envs.parent


def in_a_thread(suite: Suite, hear: Callable[[Event], object]) -> Run:
    """Run where no signal arrives."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run, suite, on_event=hear).result()


def test_a_thread_measures_in_silence(at_home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Events are values, in order; what ends with the call is a run; another one has to wait."""
    suite = Suite("ada", blocks=1, repeats=2)
    heard: list[Event] = []
    refusals: list[MachineBusy] = []

    def hear(event: Event) -> None:
        heard.append(event)
        if isinstance(event, BlockBegun):
            with pytest.raises(MachineBusy, match="this process is measuring already") as error:
                run(suite)
            refusals.append(error.value)

    done = in_a_thread(suite, hear)
    assert (done.id, done.path.parent) == (done.path.name, at_home / "results")
    assert isinstance(heard[0], Announcement)
    assert [step.contender for step in heard[0].steps] == ["ada"]
    assert [event.number for event in heard if isinstance(event, BlockBegun)] == [1]
    assert Phase("ada", "measuring") in heard
    (row,) = (event for event in heard if isinstance(event, Measured))
    assert done.rows == (row,)
    assert [one.text for one in done.passes(row)] == ["what was said"] * len(done.clips)
    assert refusals[0].fix
    assert list((at_home / "results").iterdir()) == [done.path]
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("at_home")
def test_what_a_callback_raises_comes_out(made_backends: Path) -> None:
    """As it is, whatever it is; KeyboardInterrupt keeps the rows that are finished."""
    fault = OSError(28, "No space left on device", "notes.txt")

    def refuse(event: Event) -> None:
        if isinstance(event, Phase) and event.doing == "measuring":
            raise fault

    with pytest.raises(OSError, match=r"notes\.txt") as error:
        in_a_thread(Suite("ada", blocks=1), refuse)
    assert error.value is fault

    def stop(event: Event) -> None:
        if isinstance(event, Measured):
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as ending:
        in_a_thread(Suite("ada", blocks=2, repeats=1), stop)
    assert [row.status for row in ending.value.run.rows] == ["measured"]
    assert ending.value.run.summary.interrupted
    assert str(ending.value.run.path) in str(ending.value)
    assert not runners_of(made_backends)


@pytest.mark.slow
@pytest.mark.usefixtures("at_home")
def test_a_run_is_gone_on_with_and_measured_again() -> None:
    """Only what it lacks is measured, into its folder; another time all of it, into another."""
    heard: list[Event] = []

    def stop(event: Event) -> None:
        if isinstance(event, Measured):
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as ending:
        run(Suite("ada", blocks=2, repeats=1), on_event=stop)
    cut = ending.value.run
    whole = resume(cut.id, on_event=heard.append)
    assert whole.path == cut.path
    assert [row.block for row in whole.rows] == [1, 2]
    assert [event.block for event in heard if isinstance(event, Measured)] == [2]
    assert not whole.summary.interrupted
    again = reproduce(whole)
    assert again.path.parent == whole.path.parent
    assert again.manifest.contenders == whole.manifest.contenders
    assert [row.block for row in again.rows] == [1, 2]
    with pytest.raises(UsageError, match="did not measure bob"):
        reproduce(whole, only=["bob"])
    with pytest.raises(UsageError, match="'150%' is no share"):
        reproduce(whole, decide="150%")


@pytest.mark.slow
def test_faults_are_those_of_the_command_line(at_home: Path, envs: Path) -> None:
    """A suite says the same in Python and in a file, and so does what is wrong with it."""
    path = at_home / "suite.toml"
    text = '[suite]\nblocks = 2\nbudget = "5m"\n[[contender]]\nbackend = "{}"\nthreads = [1, 2]\n'
    path.write_text(text.format("ada"), "utf-8")
    suite = Suite(Contenders("ada", threads=range(1, 3)), blocks=2, budget="5m")
    assert suite.to_toml() == Suite.read(path).to_toml()
    assert [contender.threads for contender in suite.contenders] == [1, 2]
    path.write_text(text.format("adda"), "utf-8")
    done = orchestrator(envs, "run", str(path))
    with pytest.raises(ConfigError, match="there is no backend 'adda'") as error:
        run(Suite.read(path))
    assert (done.stdout, done.stderr) == ("", f"error: {error.value}\n  {error.value.fix}\n")
    assert not (at_home / "results").exists()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (Suite, r"no \[\[contender"),
        (lambda: Suite("ada", blocks=0), "suite blocks: .* greater than or equal to 1"),
        (lambda: Suite("ada", limits=1), "suite limits: no such key; there are: corpus"),
        (lambda: Suite("ada", budget=20), "suite budget: .* 20 has no unit: write 20m"),
        (lambda: Suite(Contenders("ada", threads=[1, 0])), "contender 1, threads, 2: "),
        (lambda: Suite(Contenders(["ada", 3])), "contender 1, backend, 2: "),
    ],
)
def test_a_suite_that_cannot_be_is_refused(make: Callable[[], Suite], says: str) -> None:
    """By its keys, before anything is looked for."""
    with pytest.raises(ConfigError, match=says):
        make()


SCRIPT = """
from whisper_cleanroom import Interrupted, Suite, run
try:
    run(Suite("bob", blocks=2, repeats=1))
except Interrupted as ending:
    print(*(row.status for row in ending.run.rows))
"""


@pytest.mark.slow
def test_ctrl_c_leaves_no_process(
    at_home: Path, envs: Path, add_backend: AddBackend, made_backends: Path
) -> None:
    """Pressed twice; the script has the rows that were finished, and goes on."""
    add_backend("bob", "text hang@transcribe@2")
    script = subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        env=surroundings(envs),
        cwd=at_home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    loads = envs / "bob" / "model.loads"
    wait_for(lambda: loads.exists() and len(loads.read_text("utf-8")) == 2)
    for _ in range(2):
        script.send_signal(signal.SIGINT)
    assert script.communicate(timeout=30) == ("measured\n", "")
    assert not runners_of(made_backends)
