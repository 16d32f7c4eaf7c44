"""Ctrl-C: each command ends with one line, which says what is kept, and leaves nothing else."""

import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from fake_envs import command, runners_of, surroundings
from fleets import free_port

from orchestrator.clips.audio.clips import BUNDLED

ADDRESS = "tcp://127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("words", "begun", "said"),
    [
        ("transcribe talk.flac -b ada", "ada: talk.flac", "interrupted"),
        pytest.param(
            "transcribe talk.flac more.flac -b ada --output texts",
            "ada: talk.flac (1 of 2)",
            "interrupted: 0 of 2 files are done",
            marks=pytest.mark.slow,
        ),
        pytest.param("backend check ada", "ada: 1 of", "interrupted", marks=pytest.mark.slow),
        pytest.param(
            "speech make long.txt --output speech --jobs 1",
            "clips",
            "interrupted: finished clips are kept, and the same command makes the others",
            marks=[pytest.mark.slow, pytest.mark.engines],
        ),
        pytest.param(
            f"fleet up {ADDRESS}",
            "on each machine",
            "interrupted: machines wait for it, and runs go on when it is up again",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            f"fleet join {ADDRESS} --folder machine",
            "trying again",
            "interrupted: a run goes on when this machine joins again",
            marks=pytest.mark.slow,
        ),
    ],
    ids=lambda words: " ".join(words.split()[:2]),
)
def test_every_command_says_that_it_was_interrupted(
    envs: Path, made_backends: Path, words: str, begun: str, said: str
) -> None:
    """One line, exit code 130; no process, no temporary folder, no file of half the work."""
    (envs / "ada" / "model.txt").write_text("text hang@transcribe", encoding="utf-8")
    here, temporary = envs.parent, envs.parent / "temporary"
    temporary.mkdir()
    for name in ("talk.flac", "more.flac"):
        shutil.copy(BUNDLED / "clean-room.flac", here / name)
    (here / "long.txt").write_text("One sentence is read aloud.\n" * 200, encoding="utf-8")
    with subprocess.Popen(
        command(*words.format(port=free_port()).split()),
        env=surroundings(envs) | {"TMPDIR": str(temporary)},
        cwd=here,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stderr
        assert any(begun in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        out, last = process.communicate(timeout=60)
    assert (process.returncode, out, last.splitlines()[-1]) == (130, "", said)
    assert last.count("interrupted") == 1
    assert not runners_of(made_backends)
    assert not [path for path in temporary.iterdir() if not path.match("uv-*.lock")]
    assert not [path for path in here.rglob("*") if path.match("*.partial") or path.match("*.srt")]
