"""Before a run: what needs no quiet machine, and what a compiled model is known by."""

from pathlib import Path

import pytest
from fake_envs import orchestrator

from orchestrator.backends import discover
from orchestrator.backends.environments import swift
from orchestrator.backends.worker import Machine
from orchestrator.bench.preflight import mark
from runners.protocol import Options

WHISPERKIT = {b.name: b for b in discover()}["whisperkit"]


def test_what_chooses_the_units_is_part_of_the_mark() -> None:
    """Another program, system, model, device or unit compiles again; another temperature not."""
    plain = Options()
    gpu = Options(extra={"audioEncoderCompute": "cpuAndGPU"})
    seen = [
        mark(WHISPERKIT, "build", "weights", plain),
        mark(WHISPERKIT, "another build", "weights", plain),
        mark(WHISPERKIT, "build", "other weights", plain),
        mark(WHISPERKIT, "build", "weights", Options(device="gpu")),
        mark(WHISPERKIT, "build", "weights", gpu),
        mark(WHISPERKIT, "build", "weights", Options(extra={"textDecoderCompute": "cpuAndGPU"})),
        mark(WHISPERKIT, "build", "weights", Options(terms=["Ada"])),
    ]
    assert len(set(seen)) == len(seen)
    warmer = Options(extra={"audioEncoderCompute": "cpuAndGPU", "temperature": 0.5})
    assert mark(WHISPERKIT, "build", "weights", warmer) == seen[4]


def test_settings_of_compute_units_are_those_that_the_runners_have() -> None:
    """What `compiled_for` names, the adapter takes: each name stands in its Swift sources."""
    for backend in discover():
        sources = (swift.PACKAGE / "Sources").glob(f"{backend.library}Adapter/*.swift")
        text = "".join(path.read_text("utf-8") for path in sources)
        assert all(f'"{name}"' in text for name in backend.compiled_for)


def test_settings_are_listed_and_missing_clips_told_while_another_run_measures(
    envs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither measures anything; the lock still says who does."""
    lock = tmp_path / "lock"
    monkeypatch.setenv("WHISPER_CLEANROOM_LOCK", str(lock))
    with Machine():
        held = lock.read_text("utf-8")
        assert "sleep_seconds" in orchestrator(envs, "backends", "ada", "--settings").stdout
        assert lock.read_text("utf-8") == held
        done = orchestrator(envs, "run", "nowhere.wav")
        assert (done.returncode, "nowhere.wav does not exist" in done.stderr) == (2, True)
        assert "another run is measuring" in orchestrator(envs, "run").stderr
