"""The user's settings of uv: a mirror serves with the locks as they are, other rules are named."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import index_server
import pytest
from fake_envs import described
from index_server import Index, isolate, wheel

from orchestrator.backends.environments import is_synced, packages, settings, sync, uv
from orchestrator.errors import EnvironmentFailed, program

WHEELS = [wheel("alpha", "1.0", "beta"), wheel("beta", "1.0"), wheel("beta", "2.0")]
LOCKED = {"alpha-1.0-py3-none-any.whl", "beta-2.0-py3-none-any.whl"}
PROJECT = f"""\
[project]
name = "tiny"
version = "0"
requires-python = ">={sys.version_info.major}.{sys.version_info.minor}"
dependencies = ["alpha==1.0"]

[tool.uv]
package = false
"""


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Isolate every test."""
    isolate(monkeypatch, tmp_path)


@pytest.fixture(scope="module")
def usual() -> Iterator[Index]:
    """Run the index that projects are locked from."""
    with index_server.serve(WHEELS) as running:
        yield running


@pytest.fixture
def mirror() -> Iterator[Index]:
    """Run another with the same wheels."""
    with index_server.serve(WHEELS) as running:
        yield running


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory, usual: Index) -> Path:
    """Lock a project from the usual index."""
    folder = tmp_path_factory.mktemp("locked")
    (folder / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        isolate(patch, tmp_path_factory.mktemp("apart"))
        patch.setenv("UV_DEFAULT_INDEX", usual.url)
        uv("lock", project=folder)
    return folder


@pytest.fixture
def project(tmp_path: Path, locked: Path, usual: Index) -> Path:
    """Return a copy of the locked project, of which nothing is in the cache."""
    usual.asked.clear()
    return shutil.copytree(locked, tmp_path / "tiny")


def configure(tmp_path: Path, text: str, folder: str = "config") -> Path:
    """Write the user's (or the system's) uv.toml."""
    path = tmp_path / folder / "uv" / "uv.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def installed(project: Path) -> list[tuple[str, str]]:
    """Return what is in the environment."""
    return packages.installed(project)


@pytest.mark.slow
@pytest.mark.parametrize(
    "where",
    ["UV_DEFAULT_INDEX", "UV_INDEX_URL", "[[index]]", "index-url", "system"],
)
def test_a_mirror_serves_with_the_locks_as_they_are(  # noqa: PLR0913, PLR0917 - a case
    tmp_path: Path, project: Path, usual: Index, mirror: Index, where: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Wherever the user names it: what is locked comes from there, the lock is not touched."""
    if where.startswith("UV_"):
        monkeypatch.setenv(where, mirror.url)
    elif where == "[[index]]":
        configure(tmp_path, f'[[index]]\nname = "corp"\nurl = "{mirror.url}/"\ndefault = true\n')
    else:
        configure(
            tmp_path, f'index-url = "{mirror.url}"\n', "system" if where == "system" else "config"
        )
    lock = (project / "uv.lock").read_bytes()
    assert not is_synced(project)
    assert [p.name for p in packages.pending(project)] == ["alpha", "beta"]
    sync(project)
    assert is_synced(project)
    assert installed(project) == [("alpha", "1.0"), ("beta", "2.0")]
    assert mirror.files_sent == LOCKED
    assert usual.asked == []
    assert (project / "uv.lock").read_bytes() == lock
    (notice,) = settings.notices()
    assert f"names the index {mirror.url}: packages come from there" in notice


@pytest.mark.slow
def test_a_mirror_without_dates_serves_a_project_with_a_cut_off(
    project: Path, mirror: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is locked was chosen before; few mirrors say when a file was published."""
    pins = project / "pyproject.toml"
    lock = project / "uv.lock"
    pins.write_text(
        pins.read_text(encoding="utf-8") + 'exclude-newer = "2026-11-20T00:00:00Z"\n',
        encoding="utf-8",
    )
    cut = '[options]\nexclude-newer = "2026-11-20T00:00:00Z"\n\n[[package]]'
    lock.write_text(
        lock.read_text(encoding="utf-8").replace("[[package]]", cut, 1), encoding="utf-8"
    )
    monkeypatch.setenv("UV_DEFAULT_INDEX", mirror.url)
    sync(project)
    assert installed(project) == [("alpha", "1.0"), ("beta", "2.0")]


@pytest.mark.slow
def test_a_mirror_with_another_file_is_refused(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hashes of the lock hold, and the sentence says which index that was."""
    other = [wheel("alpha", "1.0", "beta", body="import os\n"), *WHEELS[1:]]
    with index_server.serve(other) as wrong:
        place = wrong.url.replace("http://", "http://me:secret@")
        monkeypatch.setenv("UV_DEFAULT_INDEX", place)
        with pytest.raises(EnvironmentFailed, match=r"Hash mismatch for `alpha==1\.0`") as caught:
            sync(project)
    assert f"(the index {wrong.url} is from UV_DEFAULT_INDEX)" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "uv lock" not in f"{caught.value} {caught.value.fix}"
    assert installed(project) == []


@pytest.mark.slow
def test_the_locks_own_index_is_no_mirror(
    project: Path, usual: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever names what the lock names gets the usual way."""
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"{usual.url}/")
    assert settings.mirror(project) is None
    sync(project)
    assert usual.files_sent == LOCKED


@pytest.mark.slow
@pytest.mark.parametrize(
    ("setting", "key"),
    [
        ('resolution = "lowest"', "resolution"),
        ('exclude-newer = "2020-01-01T00:00:00Z"', "exclude-newer"),
        ('prerelease = "allow"', "prerelease"),
        ('fork-strategy = "fewest"', "fork-strategy"),
        ("no-index = true", "no-index"),
    ],
)
@pytest.mark.usefixtures("usual")
def test_a_setting_that_resolves_anew_is_named(
    tmp_path: Path, project: Path, setting: str, key: str
) -> None:
    """The file and the key are the cause; a new lock is not proposed; without it all is well."""
    path = configure(tmp_path, f'{setting}\nlink-mode = "copy"\n')
    with pytest.raises(EnvironmentFailed) as caught:
        sync(project)
    cause = f"tiny: {path} sets {key}, so uv would not install what is locked"
    assert str(caught.value).startswith(cause)
    assert "uv lock" not in f"{caught.value} {caught.value.fix}"
    assert caught.value.fix.startswith("take that out of the file")
    path.unlink()
    sync(project)
    assert installed(project) == [("alpha", "1.0"), ("beta", "2.0")]


@pytest.mark.usefixtures("usual")
def test_a_setting_that_did_no_harm_is_not_blamed(tmp_path: Path, project: Path) -> None:
    """A package that cannot be fetched is what is said, whatever else the file has."""
    configure(tmp_path, 'exclude-newer-package = { gamma = "2020-01-01T00:00:00Z" }\n')
    lock = project / "uv.lock"
    lock.write_text(
        lock.read_text(encoding="utf-8").replace("/files/alpha", "/files/gone"), encoding="utf-8"
    )
    with pytest.raises(EnvironmentFailed) as caught:
        sync(project)
    assert "uv.toml" not in str(caught.value)


def test_a_proxy_that_uv_passes_over_is_named(
    project: Path, usual: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Uv connects directly where a proxy is socks://; when that fails, the sentence says so."""
    monkeypatch.setenv("ALL_PROXY", "socks://me:secret@127.0.0.1:1080")
    monkeypatch.setattr(usual, "wheels", {})
    with pytest.raises(EnvironmentFailed) as caught:
        sync(project)
    fix = "uv passes over ALL_PROXY=socks://127.0.0.1:1080: write socks5://127.0.0.1:1080, then: "
    assert caught.value.fix == f"{fix}{program()} envs sync tiny"


def test_the_settings_are_read_without_any_package(mirror: Index) -> None:
    """noxfile.py asks which index the user names before anything is installed."""
    ask = "import runpy, sys; print(runpy.run_path(sys.argv[1])['index']().url)"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", ask, str(settings.__file__)],
        env={"UV_DEFAULT_INDEX": mirror.url},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.stdout.strip(), done.stderr) == (mirror.url, "")


def test_what_is_passed_on_and_what_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mirrors, certificates, retries, link mode, Python's downloads pass; the rest is named."""
    passed = """CONCURRENT_DOWNLOADS DEFAULT_INDEX HTTP_TIMEOUT HTTP_RETRIES LINK_MODE NATIVE_TLS
        SYSTEM_CERTS PYTHON_INSTALL_MIRROR PYTHON_DOWNLOADS INDEX_URL CACHE_DIR OFFLINE
        INSECURE_HOST INDEX_CORP_PASSWORD KEYRING_PROVIDER"""
    passed_on = [f"UV_{name}" for name in passed.split()]
    dropped = ["UV_EXCLUDE_NEWER", "UV_FROZEN", "UV_PROJECT_ENVIRONMENT", "UV_RESOLUTION"]
    for name in [*passed_on, *dropped, "UV_RUN_RECURSION_DEPTH", "PYTHONPATH", "CONDA_PREFIX"]:
        monkeypatch.setenv(name, "1")
    monkeypatch.delenv("NOX_CURRENT_SESSION", raising=False)
    assert settings.dropped() == dropped
    given = settings.environment()
    assert set(passed_on) <= given.keys()
    assert not {*dropped, "PYTHONPATH", "CONDA_PREFIX"} & given.keys()
    monkeypatch.setenv("NOX_CURRENT_SESSION", "bench")
    assert settings.dropped() == [n for n in dropped if n != "UV_PROJECT_ENVIRONMENT"]


def test_what_is_dropped_is_said_once(
    tmp_path: Path, project: Path, usual: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`envs sync` of two backends says it in one line, and makes both as locked."""
    for name in ("one", "two"):
        folder = tmp_path / "envs" / name
        folder.mkdir(parents=True)
        (folder / "pyproject.toml").write_text(
            PROJECT + described(library="alpha"), encoding="utf-8"
        )
        (folder / "uv.lock").write_bytes((project / "uv.lock").read_bytes())
    monkeypatch.setenv("_WHISPER_CLEANROOM_OWN_ENVS", str(tmp_path / "envs"))
    monkeypatch.setenv("UV_RESOLUTION", "lowest")
    monkeypatch.setenv("UV_FROZEN", "1")
    done = subprocess.run(
        [sys.executable, "-m", "orchestrator", "envs", "sync"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert sorted(done.stdout.splitlines()) == [
        "one: in sync with its lock",
        "two: in sync with its lock",
    ]
    assert done.stderr.splitlines() == [
        "not passed on to uv, which installs what the locks say: UV_FROZEN, UV_RESOLUTION"
    ]
    assert usual.files_sent == LOCKED
