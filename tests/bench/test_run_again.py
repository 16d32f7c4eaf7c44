"""Runs that go on, repeat, or measure in another way: resume, reproduce, A/A, sustain, load."""

import json
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from fake_envs import AddBackend, command, kill_after, of_a_clone, orchestrator, surroundings

from orchestrator.bench.order import cells
from orchestrator.runs.folder import RunFolder

_KILLS = 7


def runs(envs: Path) -> list[Path]:
    """Return the folders of all runs, oldest first."""
    return sorted((envs.parent / "results").iterdir(), key=lambda run: run.stat().st_ctime_ns)


def keys(run: Path) -> list[tuple[int, str]]:
    """Return block and backend of every whole row of a run."""
    lines = (run / "rows.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    rows = [json.loads(line) for line in lines if line.endswith("\n")]
    return [(row["block"], row["contender"]) for row in rows]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_run_killed_again_and_again_loses_nothing_and_repeats_nothing(
    envs: Path, add_backend: AddBackend
) -> None:
    """SIGKILL at random moments of its work, then --resume: every cell has one row, in order."""
    add_backend("bob", "something else")
    moments = random.Random(3)  # noqa: S311 - moments, not secrets
    arguments = ["run", "--all", "--blocks", "6", "--repeats", "1", "--seed", "9"]
    kept: list[tuple[int, str]] = []
    results = envs.parent / "results"
    for _ in range(_KILLS):
        kill_after(moments.randrange(3), moments.uniform(0, 1), envs, *arguments)
        for run in (run for run in results.glob("*") if (run / "rows.jsonl").exists()):
            if not (run / "manifest.json").exists():
                shutil.rmtree(run)  # killed before anything was planned: begin anew
                continue
            arguments = ["run", "--resume", str(run)]
            assert keys(run)[: len(kept)] == kept
            kept = keys(run)
    done = orchestrator(envs, *arguments)
    assert done.returncode == 0, done.stderr
    (run,) = runs(envs)
    assert keys(run) == [(c.block, c.contender) for c in cells(["ada", "bob"], 6, 9)]
    summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    assert [line["seconds"]["n"] for line in summary["contenders"]] == [6, 6]


def test_resuming_a_finished_run_measures_nothing(envs: Path) -> None:
    """Its table is shown again, no row is added."""
    orchestrator(envs, "run", "-b", "ada", "--blocks", "1", "--repeats", "1")
    (run,) = runs(envs)
    before = (run / "rows.jsonl").read_bytes()
    done = orchestrator(envs, "run", "--resume", str(run))
    assert done.returncode == 0, done.stderr
    assert (run / "rows.jsonl").read_bytes() == before
    assert "what was said" in done.stdout


@pytest.mark.slow
@of_a_clone  # the environment it makes finds its runner among the tests there
def test_a_run_that_failed_to_be_prepared_goes_on(copied: Path) -> None:
    """It has its manifest, is no run to reproduce, and is measured once its fault is gone."""
    project = copied / "ada" / "pyproject.toml"
    sound = project.read_text("utf-8")
    project.write_text(sound.replace("numpy==2.4.6", "numpy==2.4.5"), "utf-8")
    failed = orchestrator(copied, "run", "-b", "ada", "--blocks", "1", "--repeats", "1")
    assert failed.returncode == 3, failed.stderr
    (run,) = runs(copied)
    manifest = RunFolder(run).manifest()
    assert (manifest.order, manifest.backends) == (("001-ada",), ())
    refused = orchestrator(copied, "reproduce", str(run))
    assert refused.returncode == 2
    assert "ended before anything was measured" in refused.stderr
    project.write_text(sound, "utf-8")
    done = orchestrator(copied, "run", "--resume", str(run))
    assert done.returncode == 0, done.stderr
    assert keys(run) == [(0, "ada"), (1, "ada")]
    assert [made.backend for made in RunFolder(run).manifest().backends] == ["ada"]
    summary = RunFolder(run).summary()
    assert summary
    assert [line.status for line in summary.contenders] == ["measured"]


def test_resuming_what_is_no_run_says_so(envs: Path) -> None:
    """The folder is named, and what a run's folder looks like."""
    done = orchestrator(envs, "run", "--resume", str(envs))
    assert done.returncode == 2
    assert f"{envs} is no run" in done.stderr


@pytest.mark.slow
def test_a_reproduced_run_has_the_same_order_and_is_compared(
    envs: Path, add_backend: AddBackend
) -> None:
    """The same cells in the same order, then one line a backend on how both runs compare."""
    add_backend("bob", "something else")
    orchestrator(envs, "run", "--all", "--blocks", "2", "--repeats", "1", "--seed", "4")
    (first,) = runs(envs)
    done = orchestrator(envs, "reproduce", str(first))
    assert done.returncode == 0, done.stderr
    first, second = runs(envs)
    assert keys(first) == keys(second)
    assert "times as fast" in done.stdout
    assert {line.split()[0] for line in done.stdout.splitlines() if line} >= {"ada", "bob"}


@pytest.mark.slow
def test_a_run_that_cannot_be_the_same_is_refused_with_the_difference(
    envs: Path, made_backends: Path
) -> None:
    """Other weights under the same name: both hashes are named, nothing is measured."""
    orchestrator(envs, "run", "-b", "ada", "--blocks", "1", "--repeats", "1")
    (first,) = runs(envs)
    was = json.loads((first / "manifest.json").read_text(encoding="utf-8"))["backends"][0]["model"][
        "sha256"
    ]
    (made_backends / "ada" / "model.txt").write_text("another model", encoding="utf-8")
    done = orchestrator(envs, "reproduce", str(first))
    assert done.returncode == 2
    assert f"ada: its weights were {was}, are " in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_one_backend_against_itself_gives_a_noise_certificate(envs: Path) -> None:
    """Three labels of one backend are three pairs; the certificate is printed and stored."""
    done = orchestrator(envs, "run", "-b", "ada", "--aa", "3", "--blocks", "6", "--repeats", "1")
    assert done.returncode == 0, done.stderr
    noise = json.loads((runs(envs)[0] / "summary.json").read_text(encoding="utf-8"))["noise"]
    assert noise["pairs"] == 3
    assert noise["resolves"] > 0.03
    assert "smallest detectable difference: " in done.stdout
    assert f"{noise['false_verdicts']} of 3 pairs" in done.stdout


@pytest.mark.slow
def test_verdicts_come_with_intervals_and_can_be_shown_by_pair(
    envs: Path, add_backend: AddBackend
) -> None:
    """A backend that sleeps 0.3 s is slower, and that is claimed with its interval."""
    add_backend("bob", "text nap@transcribe")
    done = orchestrator(envs, "run", "--all", "--blocks", "6", "--repeats", "1", "--pairs")
    assert done.returncode == 0, done.stderr
    assert "fastest here: ada (" in done.stdout
    assert "times as fast as bob: faster" in done.stdout
    summary = json.loads((runs(envs)[0] / "summary.json").read_text(encoding="utf-8"))
    (pair,) = summary["verdict"]["pairs"]
    assert pair["outcome"] == "faster"
    assert pair["ratio"]["low"] > 1.03
    fast, slow = summary["contenders"]
    assert fast["seconds"]["high"] < slow["seconds"]["low"]


@pytest.mark.slow
def test_sustained_work_is_a_curve_by_minute(envs: Path) -> None:
    """One process works without a pause for as long as asked; the curve is printed and kept."""
    done = orchestrator(envs, "run", "-b", "ada", "--sustain", "2s")
    assert done.returncode == 0, done.stderr
    (minute,) = json.loads((runs(envs)[0] / "curve.json").read_text(encoding="utf-8"))["minutes"]
    assert minute["passes"] > 10
    assert "of the first" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("again", ["reproduce", "sustain"])
def test_ctrl_c_keeps_what_is_measured_again(envs: Path, again: str) -> None:
    """A run that is reproduced can be gone on with; of sustained work the minutes so far stay."""
    words, begun = ["run", "-b", "ada", "--sustain", "5m"], "measuring for"
    if again == "reproduce":
        orchestrator(envs, "run", "-b", "ada", "--blocks", "9", "--repeats", "1")
        words, begun = ["reproduce", str(runs(envs)[0])], "block 1 of"
    with subprocess.Popen(
        command(*words),
        env=surroundings(envs),
        cwd=envs.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stderr
        assert any(begun in line for line in process.stderr)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        out, said = process.communicate(timeout=60)
    folder = runs(envs)[-1]
    assert process.returncode == 130, said
    if again == "sustain":
        assert "of the first" in out
        assert f"interrupted: the curve so far: {folder}\n" in said
        assert (folder / "curve.json").exists()
    else:
        assert f"run --resume {folder}\n" in said


def test_a_declared_load_runs_meanwhile_and_is_recorded(envs: Path) -> None:
    """The command is alive while engines are measured, in the manifest, and gone afterwards."""
    mark = f"sleep 300.{time.monotonic_ns()}"
    done = orchestrator(envs, "run", "-b", "ada", "--blocks", "1", "--load", mark)
    assert done.returncode == 0, done.stderr
    manifest = json.loads((runs(envs)[0] / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["settings"]["load"] == mark
    listed = subprocess.run(
        ["/bin/ps", "-eo", "args"], capture_output=True, encoding="utf-8", check=True
    )
    assert mark not in listed.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--load", "false"], "ended at once"),
        (["--load", "no-such-program"], "cannot be started"),
        (["--budget", "soon"], "no span of time"),
        (["--profile", "slow"], "'slow' is none of quick, full"),
        (["--model-path", "tiny.en"], "is not NAME=PATH"),
        (["--aa", "2", "-b", "bob"], "take one -b NAME"),
    ],
)
def test_wrong_usage_is_one_sentence(
    envs: Path, add_backend: AddBackend, arguments: list[str], says: str
) -> None:
    """Exit code 2 and what would be right."""
    add_backend("bob", "something else")
    done = orchestrator(envs, "run", "-b", "ada", "--blocks", "1", *arguments)
    assert done.returncode == 2
    assert says in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
