"""Live runs through the command line: clips spoken to real processes, and what these break."""

import subprocess
from pathlib import Path

import pytest
from fake_envs import AddBackend, command, orchestrator, runners_of, surroundings, wait_for

from orchestrator.host.energy import Baseline, Energy, EnergyMeter
from orchestrator.runs import suite
from orchestrator.runs.schema import Measured, Summary
from orchestrator.runs.stored import read
from whisper_cleanroom import Suite, run

PLAN = ("run", "--all", "--live", "--pace", "100", "--blocks", "1", "--repeats", "1")


def summary(envs: Path) -> Summary:
    """Return what the one run found."""
    (run,) = (envs.parent / "results").iterdir()
    return Summary.model_validate_json((run / "summary.json").read_text(encoding="utf-8"))


def test_who_listens_has_figures_and_who_cannot_is_skipped(
    envs: Path, add_backend: AddBackend
) -> None:
    """Each clip's partials are stored with their times; without a live mode nothing is measured."""
    add_backend("bob", "deaf@live")
    add_backend("cyd", "old@live")
    done = orchestrator(envs, *PLAN, "--page")
    assert done.returncode == 0, done.stderr
    found = {line.contender: line for line in summary(envs).contenders}
    assert found["bob"].reason == "it has no live mode"
    assert found["cyd"].reason == "its runner speaks protocol 1, which knows no live mode"
    ada = found["ada"].live
    assert ada is not None
    assert (ada.policy, ada.pace, ada.clips, ada.failed) == ("local-agreement", 100, 4, 0)
    assert ada.wer is not None
    assert ada.final_p50_seconds is not None
    assert ada.final_p50_seconds.median > 0
    assert "Live, at 100 times the speed of speech" in done.stdout
    (run,) = (envs.parent / "results").iterdir()
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "Live, at 100 times the speed of speech" in page
    assert page.count("while it was spoken") >= 3
    stored = read(run)
    (row,) = stored.rows["ada"]
    streams = list(stored.folder.live(row))
    assert [stream.clip for stream in streams] == [clip.name for clip in stored.folder.clips()]
    for stream, clip in zip(streams, stored.folder.clips(), strict=True):
        assert stream.text == "what was said"
        assert stream.ended is not None
        assert stream.ended >= clip.seconds / 100
        times = [partial.at for partial in stream.partials]
        assert times == sorted(times)
    assert "pace = 100.0" in suite.of_run(stored.folder)


def test_a_backend_is_started_once_to_be_asked(envs: Path, made_backends: Path) -> None:
    """Whether it can listen and what it makes of its settings takes one process before the cell."""
    assert orchestrator(envs, *PLAN, "--set", "ada:sleep_seconds=0").returncode == 0
    assert (made_backends / "ada" / "model.starts").read_text("utf-8") == ".."


class Counter:
    """A meter's counter that has gone on by a thousand joules at each reading."""

    def __init__(self, read: int = 0) -> None:
        self._read = read
        self.cpu_total_mj, self.gpu_mj, self.ane_mj, self.dram_mj = read * 10**6, 0, 0, None

    def get_cumulative_energy(self) -> "Counter":
        """Return the next reading."""
        self._read += 1
        return Counter(self._read)


def test_energy_is_metered_apart_while_clips_are_spoken(
    envs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Timed passes and spoken clips have a span each, above the idle machine's 0.1 W."""
    for name, value in surroundings(envs).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(envs.parent)
    idle = Energy(seconds=10.0, cpu_joules=1.0, gpu_joules=0.0, ane_joules=0.0, dram_joules=None)
    meter = Baseline(EnergyMeter(Counter()), idle)
    monkeypatch.setattr(Baseline, "here", lambda: meter)
    (row,) = run(Suite("ada", blocks=1, repeats=1, pace=100.0)).rows
    assert isinstance(row, Measured)
    for energy in (row.energy, row.live_energy):
        assert energy is not None
        assert energy.joules == pytest.approx(1000 - energy.seconds / 10)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "kind"),
    [("sigkill@hear", "killed"), ("exit-0@finish", "no-answer")],
)
def test_who_breaks_a_stream_fails_and_the_others_go_on(
    envs: Path, add_backend: AddBackend, made_backends: Path, fault: str, kind: str
) -> None:
    """A process that dies or leaves while it listens is a row with its kind."""
    add_backend("bob", fault)
    done = orchestrator(envs, *PLAN)
    assert done.returncode == 1, done.stderr
    found = {line.contender: line for line in summary(envs).contenders}
    assert found["ada"].live is not None
    assert found["bob"].status == "failed"
    assert str(found["bob"].reason).startswith(f"{kind}: ")
    assert not runners_of(made_backends)


@pytest.mark.slow
def test_who_refuses_and_who_is_late(envs: Path, add_backend: AddBackend) -> None:
    """Refusing every stream leaves the figures of whole clips; a late end is a late final text."""
    add_backend("bob", "raise@listen")
    add_backend("cyd", "nap@finish")
    assert orchestrator(envs, *PLAN).returncode == 0
    found = {line.contender: line for line in summary(envs).contenders}
    assert found["bob"].live is None
    assert found["bob"].seconds is not None
    late = found["cyd"].live
    assert late is not None
    assert late.final_p50_seconds is not None
    assert late.final_p50_seconds.median > 0.3


@pytest.mark.slow
def test_who_shows_nothing_and_who_cannot_keep_up(envs: Path, add_backend: AddBackend) -> None:
    """Neither fails: without partials all words come at the end, and audio is left over."""
    add_backend("bob", "what was said mute@hear")
    add_backend("cyd", "what was said nap@hear")
    done = orchestrator(envs, *PLAN)
    assert done.returncode == 0, done.stderr
    found = {line.contender: line.live for line in summary(envs).contenders}
    mute, slow = found["bob"], found["cyd"]
    assert mute is not None
    assert slow is not None
    assert mute.taken_back is not None
    assert (mute.taken_back.median, mute.keeps_up, slow.keeps_up) == (0.0, False, False)
    assert mute.first_word_seconds is not None
    assert mute.final_p50_seconds is not None
    assert mute.first_word_seconds.median > mute.final_p50_seconds.median
    assert slow.behind_seconds is not None
    assert slow.behind_seconds.median > 5
    assert [line.clips for line in (mute, slow)] == [4, 4]


def test_ctrl_c_ends_a_stream(envs: Path, add_backend: AddBackend, made_backends: Path) -> None:
    """An interrupt while a runner hangs in a stream leaves a summary and no process."""
    add_backend("bob", "print@hear hang@hear")
    with subprocess.Popen(
        command("run", "-b", "bob", "--live", "--blocks", "1"),
        env=surroundings(envs),
        cwd=envs.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as run:
        logs = envs.parent / "results"
        wait_for(lambda: any("from printf" in p.read_text("utf-8") for p in logs.rglob("*.log")))
        run.send_signal(2)
        run.communicate(timeout=60)
    assert run.returncode == 130
    assert summary(envs).interrupted
    assert not runners_of(made_backends)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--pace", "2"), "--pace needs --live"),
        (("--live", "--interleave", "on"), "cannot be combined with --interleave"),
        (("--live", "--robustness"), "cannot be combined with --robustness"),
    ],
)
def test_what_does_not_go_with_live_is_said(
    envs: Path, options: tuple[str, ...], says: str
) -> None:
    """Options that contradict each other are refused, with exit code 2."""
    done = orchestrator(envs, "run", *options)
    assert done.returncode == 2
    assert says in done.stderr
