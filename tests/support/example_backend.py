"""A backend as `backend new` writes it, in the environment of the fake ones, for tests to run."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import started
from fake_envs import surroundings

NAME = "brand-new"
PACKAGE = "cleanroom_brand_new"


def write(folder: Path, made_backends: Path) -> Path:
    """Have `backend new` write one into a folder; return its folder of backends."""
    envs = folder / PACKAGE / "envs"
    done = command(folder, made_backends, "backend", "new", NAME, "--in", str(folder))
    assert done.returncode == 0, done.stderr
    # The same packages: uv finds the environment that is there equal to the lock.
    (envs / NAME / ".venv").symlink_to((made_backends / "ada" / ".venv").resolve())
    return envs


def copy(envs: Path, folder: Path) -> Path:
    """Copy the project of a written one, for a test that breaks it; return its backends."""
    shutil.copytree(envs.parents[1], folder, symlinks=True)
    return folder / PACKAGE / "envs"


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text that is there once."""
    text = path.read_text("utf-8")
    assert text.count(old) == 1, (path, old)
    path.write_text(text.replace(old, new), "utf-8")


def command(
    folder: Path, made_backends: Path, *arguments: str
) -> "subprocess.CompletedProcess[str]":
    """Run the command line in a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    return started.finished(arguments, surroundings(made_backends), folder)


def check(envs: Path, made_backends: Path) -> tuple[int, dict[str, Any]]:
    """Put the contract to it; return exit code and document."""
    words = ("backend", "check", NAME, "--envs", str(envs), "--json")
    done = command(envs.parents[1], made_backends, *words)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)
