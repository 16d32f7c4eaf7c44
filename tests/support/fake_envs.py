"""Makes envs/ folders of fake backends, each with a real environment, and runs the command line."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import started

from orchestrator import places
from orchestrator.backends import environments

AddBackend = Callable[[str, str], None]
ROOT = Path(__file__).resolve().parents[2]
of_a_clone = pytest.mark.skipif(places.INSTALLED, reason="about the sources of a clone")

_DESCRIBED: dict[str, object] = {
    "runner": "whisper_cpp",
    "library": "numpy",
    "homepage": "https://example.org",
    "family": "whisper",
    "format": "text",
    "platforms": ["linux-x86_64", "linux-aarch64", "macos-arm64"],
    "language": True,
    "parity": True,
}


def described(**changed: object) -> str:
    """Return a `[tool.bench]`, with these keys changed or added; None takes one out."""
    lines = (f"{k} = {json.dumps(v)}\n" for k, v in (_DESCRIBED | changed).items() if v is not None)
    return "[tool.bench]\n" + "".join(lines)


PROJECT = f"""\
[project]
name = "fake"
version = "0"
requires-python = "==3.11.*"
dependencies = ["msgspec==0.22.0", "numpy==2.4.6"]

[tool.uv]
package = false

{described(runner="tests.support.fake_backend", format="fake", boost="words")}"""
MODELS = """\
[models."tiny.en"]
sources = [{{ kind = "local", path = "{path}" }}]
[models.base]
sources = [{{ kind = "local", path = "{path}" }}]
"""


def make_project(shared: Path) -> Path:
    """Return the project that every fake backend is a copy of; whoever comes first makes it.

    Packages are the same for all of them, so that one synced environment serves every backend of
    every worker: each has it as a link, and uv finds it equal to the lock.
    """
    project = shared / "fake"
    with (shared / "fake.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not project.exists():
            project.mkdir()
            (project / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
            environments.uv("lock", project=project)
            environments.sync(project)
            # Where `orchestrator` is an installed one, `tests` does not lie beside it.
            (site_packages,) = (project / ".venv").glob("lib/python*/site-packages")
            (site_packages / "tests.pth").write_text(f"{ROOT}\n", encoding="utf-8")
    return project


def make_backend(made_backends: Path, name: str, project: Path) -> None:
    """Make a backend that works in the environment of a project."""
    folder = made_backends / name
    folder.mkdir(parents=True)
    (folder / "models.toml").write_text(MODELS.format(path=folder / "model.txt"), encoding="utf-8")
    for file in ("pyproject.toml", "uv.lock"):
        shutil.copy(project / file, folder / file)
    (folder / ".venv").symlink_to(project / ".venv")


def add_to(envs: Path, made_backends: Path, name: str, text: str) -> None:
    """Let a backend take part in a test: it transcribes everything as `text`."""
    (made_backends / name / "model.txt").write_text(text, encoding="utf-8")
    for counted in ("loads", "starts"):
        (made_backends / name / f"model.{counted}").unlink(missing_ok=True)
    (made_backends / "turns").unlink(missing_ok=True)
    envs.mkdir(exist_ok=True)
    (envs / name).symlink_to(made_backends / name)


def orchestrator(envs: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the command line to its end against these backends, in a folder of its own."""
    return started.finished(command(*arguments)[3:], surroundings(envs), envs.parent)


def kill_after(rows: int, seconds: float, envs: Path, *arguments: str) -> None:
    """End the command line by SIGKILL, so many seconds after it has stored so many rows more."""
    wanted = _stored(envs) + rows
    process = subprocess.Popen(
        command(*arguments),
        env=surroundings(envs),
        cwd=envs.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for(lambda: _stored(envs) >= wanted or process.poll() is not None)
    time.sleep(seconds)
    process.kill()
    process.wait()


def _stored(envs: Path) -> int:
    """Count the whole rows of all runs beside these backends."""
    return sum(path.read_bytes().count(b"\n") for path in envs.parent.glob("results/*/rows.jsonl"))


def command(*arguments: str) -> list[str]:
    """Return the command line of the orchestrator; a run makes its page only where asked to."""
    page = ["--no-page"] if arguments[:1] == ("run",) and "--page" not in arguments else []
    return [sys.executable, "-m", "orchestrator", *arguments, *page]


def surroundings(envs: Path) -> dict[str, str]:
    """Return the environment that points the orchestrator at these backends."""
    return os.environ | {
        "_WHISPER_CLEANROOM_OWN_ENVS": str(envs),
        "PYTHONPATH": str(ROOT),
        "HF_HUB_OFFLINE": "1",
    }


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until something is so; what hangs is given up, what is slow on a busy machine is not."""
    deadline = time.monotonic() + 100
    while not condition():
        assert time.monotonic() < deadline, "it did not come about within 100 s"
        time.sleep(0.05)


def runners_of(made_backends: Path) -> list[psutil.Process]:
    """Find processes started from these environments."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if words and words[0].startswith(str(made_backends)) and process.pid != os.getpid():
            found.append(process)
    return found
