"""What is made in the data folder stays while any installed version of the program uses it."""

import shutil
from pathlib import Path

import pytest

from orchestrator import places
from orchestrator.backends.environments import disused, is_synced, sync
from orchestrator.errors import EnvironmentFailed

PROJECT = """\
[project]
name = "x"
version = "0"
requires-python = ">=3.11"
[tool.uv]
package = false
"""
LOCK = 'version = 1\nrevision = 3\nrequires-python = ">=3.11"\n[[package]]\nname = "x"\n'
LOCK += 'version = "0"\nsource = { virtual = "." }\n'


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a data folder of the test's own."""
    monkeypatch.setenv("WHISPER_CLEANROOM_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def version(folder: Path, number: int = 0) -> Path:
    """Return the project of one installed version, and make it read-only as it might be."""
    project = folder / "envs" / "one"
    project.mkdir(parents=True, exist_ok=True)
    (project / "pyproject.toml").write_text(PROJECT + f"# {number}\n", encoding="utf-8")
    (project / "uv.lock").write_text(LOCK, encoding="utf-8")
    return project


def found() -> dict[str, str]:
    """Return what nobody uses, by the folder's name, and why."""
    return {one.path.name: one.why for one in disused.find()}


def test_two_versions_share_an_environment_until_both_are_gone(tmp_path: Path, data: Path) -> None:
    """One lock is one environment, whoever made it; the last to go leaves it behind."""
    first, second = version(tmp_path / "1"), version(tmp_path / "2")
    sync(first)
    sync(second)
    (made,) = (data / "environments" / "one").iterdir()
    assert places.users(made) == [first, second]
    assert (made / "bin" / "python").exists()
    assert not list(first.glob(".venv"))
    shutil.rmtree(first)
    assert found() == {}
    shutil.rmtree(second)
    assert found() == {made.name: "its backend is gone"}


@pytest.mark.slow
def test_an_upgrade_makes_another_and_the_old_one_can_go(tmp_path: Path, data: Path) -> None:
    """In the same place, with another lock: what was made from the older is nobody's."""
    sync(version(tmp_path))
    (old,) = (data / "environments" / "one").iterdir()
    sync(version(tmp_path, 2))
    assert len(list(old.parent.iterdir())) == 2
    assert found() == {old.name: "made from another lock"}
    for one in disused.find():
        one.remove()
    (new,) = old.parent.iterdir()
    assert new != old
    assert found() == {}


def test_what_uvx_runs_has_its_environments_in_the_data_folder(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lies in uv's cache, in which uv takes no project; the lock still holds."""
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    project = version(tmp_path / "uv" / "archive-v0" / "x" / "site-packages")
    sync(project)
    (made,) = (data / "environments" / "one").iterdir()
    assert (made / "bin" / "python").exists()
    assert is_synced(project)
    (project / "uv.lock").write_text(LOCK.replace("3.11", "3.12"), encoding="utf-8")
    with pytest.raises(EnvironmentFailed, match="lockfile"):
        sync(project)


def test_what_a_crash_left_is_found(data: Path) -> None:
    """A copy that was not finished, a removal that was cut."""
    for name in ("environments/one/.removed-x", "swift/.copying-y"):
        (data / name).mkdir(parents=True)
    assert found() == {".removed-x": "unfinished", ".copying-y": "unfinished"}
