"""Where environments and builds are, in a clone, in an installed package, and where a user says."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator import places

SAID = """
import json
from pathlib import Path
from orchestrator import places
from orchestrator.backends import discover
from orchestrator.backends.environments import swift
project = places.CARRIED / "envs" / "faster-whisper"
mine = Path("mine/envs/one").absolute()
found = [places.environment(project), swift.folder(), places.environment(mine)]
print(json.dumps([str(places.CARRIED), len(discover()), *map(str, found)]))
"""


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Lay the packages out as a wheel does."""
    folder = tmp_path / "installed"
    unwanted = shutil.ignore_patterns(".venv", ".build", "__pycache__")
    carried = {"orchestrator": places.PACKAGE, "runners": places.ROOT / "runners"}
    carried |= {f"orchestrator/{name}": places.CARRIED / name for name in ("envs", "swift")}
    for name, source in carried.items():
        shutil.copytree(source, folder / name, ignore=unwanted, dirs_exist_ok=True)
    return folder


def said(installed: Path, **variables: str) -> list[str]:
    """Return what an installed package says of its places."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", SAID],
        env=os.environ | {"PYTHONPATH": str(installed), "XDG_DATA_HOME": "/data"} | variables,
        cwd=installed.parent,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return json.loads(done.stdout)


def test_an_installed_package_keeps_what_it_makes_elsewhere(installed: Path) -> None:
    """By name and a hash of the lock; a folder of the user's own keeps its own."""
    carried, backends, environment, swift, mine = said(installed, HOME="/home/ada")
    assert carried == str(installed / "orchestrator")
    assert backends > 5
    data = places.user_data_path("whisper-cleanroom").name
    assert Path(environment).parts[-4:-1] == (data, "environments", "faster-whisper")
    assert Path(swift).parts[-3:-1] == (data, "swift")
    assert not Path(environment).is_relative_to(installed)
    assert mine == str(installed.parent.resolve() / "mine" / "envs" / "one" / ".venv")


@pytest.mark.slow
def test_another_lock_is_another_environment(installed: Path) -> None:
    """What an older version uses stays as it is beside the new one; so do Swift builds."""
    before = said(installed)
    for changed in ("envs/faster-whisper/uv.lock", "swift/Package.swift"):
        path = installed / "orchestrator" / changed
        text = path.read_bytes()
        path.unlink()
        path.write_bytes(text + b"\n")
    assert [a == b for a, b in zip(before, said(installed), strict=True)] == [
        *(True, True),
        *(False, False),
        True,
    ]


def test_an_upgrade_moves_no_environment_of_a_run_that_goes_on(tmp_path: Path) -> None:
    """The lock of an installed program is another meanwhile; its process keeps to the first."""
    project = tmp_path / "site-packages" / "envs" / "one"
    project.mkdir(parents=True)
    before = places.environment(project)
    (project / "uv.lock").write_text("another", encoding="utf-8")
    assert places.environment(project) == before
    assert places.key(project) != before.name


def test_a_variable_moves_them_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of a clone, or a folder of backends, that cannot be written."""
    project = tmp_path / "envs" / "one"
    assert places.environment(project) == project / ".venv"
    monkeypatch.setenv("WHISPER_CLEANROOM_DATA", str(tmp_path / "data"))
    assert places.environment(project).parent == tmp_path / "data" / "environments" / "one"


def test_a_folder_that_cannot_be_written_keeps_its_environments_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the data folder by its lock, unless somebody who may write made one there."""
    monkeypatch.setattr(os, "access", lambda *_: False)
    project = tmp_path / "envs" / "one"
    project.mkdir(parents=True)
    made = places.data_folder() / "environments" / "one" / places.key(project)
    assert places.environment(project) == made
    (project / ".venv").mkdir()
    assert places.environment(project) == project / ".venv"


def test_all_that_cannot_be_written_is_named_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A home on a read-only disk is three folders, each with a variable of its own."""
    monkeypatch.setattr(
        os, "access", lambda path, _: not Path(path).is_relative_to(tmp_path / "ro")
    )
    (tmp_path / "ro").mkdir()
    for name in ("WHISPER_CLEANROOM_CACHE", "WHISPER_CLEANROOM_DATA", "UV_CACHE_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "rw"))
    assert places.elsewhere() == ""
    monkeypatch.setenv("WHISPER_CLEANROOM_DATA", str(tmp_path / "ro" / "data"))
    assert places.elsewhere() == "set WHISPER_CLEANROOM_DATA to a folder that you can write"
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "ro"))
    both = "set WHISPER_CLEANROOM_DATA and UV_CACHE_DIR to folders that you can write"
    assert places.elsewhere() == both
    monkeypatch.setenv("WHISPER_CLEANROOM_CACHE", str(tmp_path / "ro"))
    assert places.elsewhere().startswith("set WHISPER_CLEANROOM_CACHE, WHISPER_CLEANROOM_DATA and")
