"""The command that a fix names is one that works where the user stands."""

import json
import os
import sys
from importlib import metadata
from pathlib import Path

import pytest

from orchestrator.errors import program


@pytest.fixture(autouse=True)
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test a shell that finds programs in one folder alone; return the folder."""
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("NOX_CURRENT_SESSION", "UV_RUN_RECURSION_DEPTH"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def started(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Let a program that is there have been started."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o755)
    monkeypatch.setattr(sys, "argv", [str(path), "run"])


@pytest.mark.parametrize("name", ["whisper-cleanroom", "cleanroom", "orchestrator"])
def test_a_script_goes_by_the_name_it_was_called_by(
    shell: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Where the shell finds it; elsewhere by its whole path, quoted."""
    started(monkeypatch, shell / name)
    assert program() == name
    started(monkeypatch, shell / "not on the path" / name)
    assert program() == f"'{shell}/not on the path/{name}'"


@pytest.mark.parametrize(
    ("url", "name", "expected"),
    [
        (None, "whisper-cleanroom", "uvx whisper-cleanroom"),
        (None, "cleanroom", "uvx --from whisper-cleanroom cleanroom"),
        ("file:///dist/a.whl", "whisper-cleanroom", "uvx --from /dist/a.whl whisper-cleanroom"),
    ],
)
def test_uvx_is_named_as_it_was_called(
    shell: Path, monkeypatch: pytest.MonkeyPatch, url: str | None, name: str, expected: str
) -> None:
    """It lends its path to the process; the user's shell finds nothing of it."""
    folder = shell / "uv" / "archive-v0" / "x" / "bin"
    started(monkeypatch, folder / name)
    monkeypatch.setenv("PATH", str(folder))
    said = json.dumps({"url": url}) if url else None
    monkeypatch.setattr(metadata.Distribution, "read_text", lambda *_: said)
    monkeypatch.setattr(metadata, "distribution", lambda _: metadata.PathDistribution(folder))
    monkeypatch.setattr(metadata.PathDistribution, "read_text", lambda *_: said)
    assert program() == expected


def test_a_module_is_started_by_the_python_that_has_it(
    shell: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under uv through uv; under nox, which lends its path as well, by the whole path."""
    started(monkeypatch, shell / "orchestrator" / "__main__.py")
    python = shell / "bin" / "python"
    monkeypatch.setattr(sys, "executable", str(python))
    assert program() == f"{python} -m orchestrator"
    python.parent.mkdir()
    python.touch(mode=0o755)
    monkeypatch.setenv("PATH", os.pathsep.join((str(shell), str(python.parent))))
    assert program() == "python -m orchestrator"
    monkeypatch.setenv("UV_RUN_RECURSION_DEPTH", "1")
    assert program() == "uv run python -m orchestrator"
    monkeypatch.setenv("NOX_CURRENT_SESSION", "bench")
    assert program() == f"{python} -m orchestrator"
