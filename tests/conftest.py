"""Keeps the tests to themselves (cache, machine lock, tokens), and makes fake backends for them."""

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_envs import AddBackend, add_to, make_backend, make_project
from hypothesis import settings

from orchestrator.cache import hub

# Hundreds of processes import the same modules: each of these is compiled once.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A shared machine is slow at times: how long an example took says nothing about the code.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HUGGINGFACE_HUB_TOKEN", "GITHUB_TOKEN")


@pytest.fixture(scope="session", autouse=True)
def _isolated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Point the cache and the lock into this session's folder; let Ctrl-C reach what is started.

    A job in the background is started with SIGINT ignored, and everything it starts inherits that.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    folder = tmp_path_factory.mktemp("isolated")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WHISPER_CLEANROOM_CACHE", str(folder / "cache"))
        patch.setenv("WHISPER_CLEANROOM_LOCK", str(folder / "lock"))
        for name in (*TOKENS, "WHISPER_CLEANROOM_DATA", "WHISPER_CLEANROOM_ENVS"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def made_backends(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of backends, in one environment that is made once for all tests."""
    base = tmp_path_factory.getbasetemp()
    project = make_project(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)
    folder = tmp_path_factory.mktemp("made_backends")
    for name in ("ada", "bob", "cyd"):
        make_backend(folder, name, project)
    return folder


@pytest.fixture
def envs(tmp_path: Path, made_backends: Path) -> Path:
    """Return an envs folder with one good backend, `ada`."""
    folder = tmp_path / "envs"
    add_to(folder, made_backends, "ada", "what was said")
    return folder


@pytest.fixture
def add_backend(envs: Path, made_backends: Path) -> AddBackend:
    """Return what adds `bob` or `cyd`, with a text or faults, to the backends of a test."""
    return lambda name, text: add_to(envs, made_backends, name, text)


@pytest.fixture
def copied(tmp_path: Path, made_backends: Path) -> Path:
    """Return an envs folder with a copy of `ada` that a test may break."""
    folder = tmp_path / "copied" / "envs"
    (made_backends / "ada" / "model.txt").write_text("what was said", encoding="utf-8")
    ignore = shutil.ignore_patterns(".venv")
    shutil.copytree(made_backends / "ada", folder / "ada", ignore=ignore)
    return folder


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the test a cache and a home of its own, and a hub that was never asked."""
    monkeypatch.setenv("WHISPER_CLEANROOM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    hub.obstacle.cache_clear()
    yield tmp_path / "cache"
    hub.obstacle.cache_clear()
