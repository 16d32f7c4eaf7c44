"""Shell completion: the protocol a shell speaks, the scripts for it, and how little it imports."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.places import ROOT

PROGRAM = Path(sys.executable).with_name("whisper-cleanroom")


def ask(folder: Path, line: str, shell: str = "bash") -> list[str]:
    """Return what a shell would offer at the end of a command line, typed in a folder."""
    words = line.split(" ")
    asking = {
        "bash": {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)},
        "zsh": {"_TYPER_COMPLETE_ARGS": line},
        "fish": {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
    }
    done = subprocess.run(
        [str(PROGRAM)],
        env=surroundings(folder)
        | asking[shell]
        | {"_WHISPER_CLEANROOM_COMPLETE": f"complete_{shell}"},
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.split()


def surroundings(folder: Path) -> dict[str, str]:
    """Return an environment with two backends, one of them with a broken list of models."""
    return os.environ | {
        "_WHISPER_CLEANROOM_OWN_ENVS": str(folder / "envs"),
        "PYTHONPATH": str(ROOT),
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with two backends, a project that is none, and a run."""
    for name in ("ada", "axl", "none"):
        (tmp_path / "envs" / name).mkdir(parents=True)
        table = "[tool.bench]\nlibrary = 'numpy'\n" if name != "none" else "[project]\n"
        (tmp_path / "envs" / name / "pyproject.toml").write_text(table, encoding="utf-8")
    models = "[models.'tiny.en']\n[models.base]\n[models.tiny]\n"
    (tmp_path / "envs" / "ada" / "models.toml").write_text(models, encoding="utf-8")
    (tmp_path / "envs" / "axl" / "models.toml").write_text(
        "[models.'tiny-axl']\n[broken", encoding="utf-8"
    )
    run = tmp_path / "results" / "20261122-160117-bfd6"
    run.mkdir(parents=True)
    (run / "manifest.json").touch()
    (tmp_path / "results" / "recordings").mkdir()
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("whisper-cleanroom rec", ["recommend", "record"]),
        ("whisper-cleanroom run -b ", ["ada", "axl"]),
        ("whisper-cleanroom run -b ada -m ti", ["tiny.en", "tiny"]),
        ("whisper-cleanroom run -b axl -m ", []),
        ("whisper-cleanroom run --corpus test-c", ["test-clean"]),
        ("whisper-cleanroom recommend ", ["results/20261122-160117-bfd6"]),
        ("whisper-cleanroom recommend results/2026 --for b", ["batch", "battery"]),
        ("whisper-cleanroom models check -m bas", ["base"]),
    ],
)
def test_values_are_offered(folder: Path, line: str, offered: list[str]) -> None:
    """Commands, backends, models of the backends named, corpora, runs; of broken files nothing."""
    assert ask(folder, line) == offered


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_are_offered_the_same(folder: Path, shell: str) -> None:
    """Each in its own form, the values are those of bash."""
    answer = "\n".join(ask(folder, "whisper-cleanroom run -b ad", shell))
    assert "ada" in answer
    assert "axl" not in answer


@pytest.mark.slow
@pytest.mark.parametrize("name", ["whisper-cleanroom", "cleanroom"])
def test_bash_completes_with_the_script(folder: Path, name: str) -> None:
    """The printed script, sourced in a real bash, fills COMPREPLY."""
    bash = shutil.which("bash")
    assert bash is not None
    script = """
        set -e
        eval "$("$1" completion bash)"
        COMP_WORDS=($2 run -b a) COMP_CWORD=3
        _${2/-/_}_completion "$1"
        echo "${COMPREPLY[*]}"
        complete -p $2
    """
    done = subprocess.run(
        [bash, "--norc", "-c", script, "bash", str(PROGRAM.with_name(name)), name],
        env=surroundings(folder),
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first.split() == ["ada", "axl"]
    assert second.endswith(f"-F _{name.replace('-', '_')}_completion {name}")


def test_unknown_shell_is_refused() -> None:
    """The message names those there are."""
    done = subprocess.run(
        [sys.executable, "-m", "orchestrator", "completion", "tcsh"],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 2
    assert "bash, zsh, fish" in done.stderr


def test_answering_imports_nothing_heavy(folder: Path) -> None:
    """What makes the tab key slow stays out: it is what other commands need, not this one."""
    code = """
import sys
from orchestrator import cli
from orchestrator.cli import completion
assert completion.backends("") == ["ada", "axl"]
assert completion.corpora("") and completion.run_folders("") and completion.purposes("b")
print(sorted({"pydantic", "rich", "numpy", "psutil", "av", "scipy"} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=surroundings(folder),
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stdout == "[]\n"
