"""Backends found in folders, chosen by name, and synced by a real uv."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_envs import ROOT, described

from orchestrator import backends, places
from orchestrator.backends import Backend, choose, discover
from orchestrator.backends.environments import is_synced, swift, sync, upkeep, uv
from orchestrator.errors import CleanroomError, ConfigError, EnvironmentFailed, UsageError, program

LOCKS = [*ROOT.glob("uv.lock"), *sorted(backends.ENVS.glob("*/uv.lock"))]
GOOD = described(platforms=["macos-arm64", "linux-x86_64"])
PROJECT = f"""\
[project]
name = "tiny"
version = "0"
requires-python = ">={sys.version_info.major}.{sys.version_info.minor}"
dependencies = ["iniconfig=={{version}}"]

[dependency-groups]
more = ["six==1.17.0"]

[tool.uv]
package = false
"""


@pytest.fixture
def envs(tmp_path: Path) -> Callable[..., Path]:
    """Return how to make a folder of environments from `name=text of its pyproject.toml`."""

    def make(**texts: str | bytes) -> Path:
        for name, text in texts.items():
            folder = tmp_path / "envs" / name
            folder.mkdir(parents=True)
            data = text.encode() if isinstance(text, str) else text
            (folder / "pyproject.toml").write_bytes(data)
            (folder / "uv.lock").touch()
        return tmp_path / "envs"

    return make


def test_backends_are_found_by_name(envs: Callable[..., Path]) -> None:
    """Every folder with [tool.bench] is a backend, in order; a plain project is none."""
    swift = GOOD.replace('runner = "whisper_cpp"', 'executable = "swift-runner"')
    folder = envs(zebra=GOOD, apple=swift, checkpoints='[project]\nname = "x"\n')
    (folder / "empty").mkdir()
    apple, zebra = discover(folder)
    assert (apple.name, apple.executable, apple.runner) == ("apple", "swift-runner", None)
    assert (zebra.name, zebra.runner, zebra.own_model) == ("zebra", "whisper_cpp", None)
    assert zebra.folder == folder / "zebra"
    assert zebra.python == folder / "zebra" / ".venv" / "bin" / "python"
    assert zebra.platforms == ("macos-arm64", "linux-x86_64")
    assert upkeep.locked_version(zebra) is None


def test_our_own_backends_are_well_described() -> None:
    """Every folder of ours reads, names a runner that is there, and locks its library."""
    found = [b for b in discover() if b.runner]
    assert found
    for backend in found:
        assert (places.ROOT / "runners" / f"{backend.runner}.py").is_file(), backend.name
        assert upkeep.locked_version(backend), backend.name


def test_our_swift_backends_are_products_of_the_package() -> None:
    """Every program that a folder of ours names is one that swift/Package.swift builds."""
    named = {b.executable for b in discover() if b.executable}
    assert named
    assert named <= set(swift.products())


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.parent.name)
def test_no_lock_forks(lock: Path) -> None:
    """Every Python and every platform gets the same version of a package, so all of it is run."""
    names = [package["name"] for package in tomllib.loads(lock.read_text("utf-8"))["package"]]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD + 'executable = "x"\n', "exactly one of `runner` and `executable`"),
        (GOOD.replace('runner = "whisper_cpp"\n', ""), "exactly one of `runner` and `executable`"),
        (GOOD + "quick = true\n", "quick: Extra inputs are not permitted"),
        (GOOD.replace('"whisper_cpp"', '"nobody"'), "runner: there is no "),
        (GOOD.replace('"numpy"', "3"), "library: Input should be a valid string"),
        (GOOD.replace('"numpy"', '" "'), "library: "),
        (GOOD.replace('library = "numpy"\n', ""), "library: Field required"),
        (GOOD.replace('"whisper"', '" "'), "family: "),
        (GOOD.replace("language = true\n", ""), "language: Field required"),
        (GOOD.replace("language = true", 'language = "en"'), "language: Input should be a valid b"),
        (GOOD.replace("parity = true\n", ""), "parity: Field required"),
        (GOOD + 'own_model = "parakeet-tdt-0.6b-v3"\n', "it takes no part in --parity"),
        (GOOD.replace('["macos-arm64", "linux-x86_64"]', '"linux-x86_64"'), "platforms: Input"),
        (GOOD.replace('["macos-arm64", "linux-x86_64"]', "7"), "platforms: Input"),
        (GOOD.replace('"linux-x86_64"', "7"), "platforms.1: Input should be a valid string"),
        (GOOD + 'name = "other"\n', "name"),
        ("[tool]\nbench = 3\n", "[tool.bench]"),
        ("tool = 3\n", "[tool.bench]"),
        ("[tool.bench\n", "at line 1"),
        (b"[tool.bench]\nlibrary = '\xff'\n", "utf-8"),
    ],
)
def test_a_broken_description_names_file_and_key(
    envs: Callable[..., Path], text: str | bytes, says: str
) -> None:
    """Whatever is wrong with a [tool.bench], one ConfigError says in which file, at which key."""
    folder = envs(good=GOOD, broken=text)
    with pytest.raises(ConfigError) as caught:
        discover(folder)
    assert str(folder / "broken" / "pyproject.toml") in str(caught.value)
    assert says in str(caught.value)


def test_all_broken_descriptions_are_named_at_once(envs: Callable[..., Path]) -> None:
    """Two mistakes take one run to find."""
    with pytest.raises(ConfigError) as caught:
        discover(envs(one="[tool.bench]\n", good=GOOD, two="["))
    assert len(str(caught.value).splitlines()) == 2


def test_a_folder_without_backends_is_an_error(envs: Callable[..., Path], tmp_path: Path) -> None:
    """Empty, not there, or in a package that lost its own: each says what to do."""
    for folder in (envs(), tmp_path / "nowhere", envs(plain='[project]\nname = "x"\n')):
        with pytest.raises(ConfigError, match=f"there are no backends in {folder}") as caught:
            discover(folder)
        assert "install whisper-cleanroom again" in caught.value.fix


def test_choosing_keeps_the_order_and_drops_doubles(envs: Callable[..., Path]) -> None:
    """Backends come as they were asked for, each once."""
    found = discover(envs(a=GOOD, b=GOOD, c=GOOD))
    assert [b.name for b in choose(["c", "a", "c"], found)] == ["c", "a"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("whisper.cpp", "did you mean whisper-cpp"),
        ("mlx_whisper", "did you mean mlx-whisper"),
        ("zzz", "there are: mlx-whisper, whisper-cpp"),
    ],
)
def test_an_unknown_backend_gets_the_nearest_names(
    envs: Callable[..., Path], name: str, hint: str
) -> None:
    """A slip of the finger is answered with what was meant."""
    found = discover(envs(**{"whisper-cpp": GOOD, "mlx-whisper": GOOD}))
    with pytest.raises(UsageError, match=name) as caught:
        choose([name], found)
    assert caught.value.fix.startswith(hint)


def test_what_is_unsupported_says_what_it_needs(envs: Callable[..., Path]) -> None:
    """A platform that is not listed is a reason in plain words."""
    mac = GOOD.replace('["macos-arm64", "linux-x86_64"]', '["plan9-mips"]')
    plain, worded = discover(envs(a=mac, b=mac + 'requires = "Plan 9 on MIPS"\n'))
    assert not plain.supported
    assert plain.why_unsupported == "needs plan9-mips"
    assert worded.why_unsupported == "needs Plan 9 on MIPS"


def test_a_missing_lock_is_named(envs: Callable[..., Path]) -> None:
    """A backend of ours without one is an error that gives the command, as one from outside is."""
    lock = envs(one=GOOD) / "one" / "uv.lock"
    lock.unlink()
    with pytest.raises(ConfigError, match=f"no uv.lock beside it: uv lock --project {lock.parent}"):
        discover(lock.parents[1])


def test_a_broken_lock_is_named(envs: Callable[..., Path]) -> None:
    """A lock that cannot be read is a ConfigError with the command that makes it anew."""
    (backend,) = discover(envs(one=GOOD))
    (backend.folder / "uv.lock").write_text("<<<<<<< HEAD\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=str(backend.folder / "uv.lock")) as caught:
        upkeep.locked_version(backend)
    assert caught.value.fix == f"uv lock --project {backend.folder}"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lock a project with one small package and one more in a group."""
    folder = tmp_path_factory.mktemp("envs") / "tiny"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(PROJECT.format(version="2.1.0"), encoding="utf-8")
    uv("lock", project=folder)
    return folder


def installed(project: Path) -> set[str]:
    """Return what the project's environment can really import."""
    script = "import importlib.metadata as m; print(*(d.name for d in m.distributions()))"
    command = [project / ".venv" / "bin" / "python", "-I", "-c", script]
    return set(
        subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout.split()
    )


@pytest.mark.slow
def test_syncing_makes_the_environment_equal_its_lock(tiny: Path) -> None:
    """Before: not synced; after: exactly the packages of the lock, then of a group, and back."""
    assert not is_synced(tiny)
    assert not (tiny / ".venv").exists()
    sync(tiny)
    assert is_synced(tiny)
    assert installed(tiny) == {"iniconfig"}
    assert list((tiny / ".venv").rglob("iniconfig/__pycache__/*.pyc"))
    assert not is_synced(tiny, ["more"])
    sync(tiny, ["more"])
    assert installed(tiny) == {"iniconfig", "six"}
    sync(tiny)
    assert installed(tiny) == {"iniconfig"}
    sync(tiny, ["more"], without=["six"])
    assert installed(tiny) == {"iniconfig"}
    assert is_synced(tiny, ["more"], ["six"])
    assert not is_synced(tiny, ["more"])
    fields = {"library": "iniconfig", "homepage": "h", "family": "whisper", "format": "f"}
    says = {"platforms": (), "language": True, "parity": True}
    backend = Backend(name="tiny", folder=tiny, runner="r", **says, **fields)
    assert upkeep.locked_version(backend) == "2.1.0"


def test_a_change_behind_uvs_back_is_noticed(tiny: Path) -> None:
    """A package that is gone, and pins that moved, end what was remembered about the last sync."""
    sync(tiny)
    assert is_synced(tiny)
    (gone,) = (tiny / ".venv").rglob("iniconfig-*.dist-info")
    shutil.rmtree(gone)
    assert not is_synced(tiny)
    sync(tiny)
    assert installed(tiny) == {"iniconfig"}
    pins = tiny / "pyproject.toml"
    pins.write_text(
        pins.read_text(encoding="utf-8") + "environments = [\"sys_platform == 'win32'\"]\n",
        encoding="utf-8",
    )
    assert not is_synced(tiny)
    pins.write_text(PROJECT.format(version="2.1.0"), encoding="utf-8")
    assert is_synced(tiny)


def test_settings_of_ours_do_not_redirect_uv(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under nox or in somebody's environment the packages still go into the project's own."""
    elsewhere = tmp_path / "elsewhere"
    monkeypatch.setenv("UV_PROJECT_ENVIRONMENT", str(elsewhere))
    monkeypatch.setenv("VIRTUAL_ENV", str(elsewhere))
    monkeypatch.setenv("UV_PYTHON", "2.7")
    monkeypatch.setenv("UV_FROZEN", "1")
    sync(tiny, ["more"])
    assert "six" in installed(tiny)
    assert not elsewhere.exists()


def test_a_stale_lock_is_refused(tiny: Path, tmp_path: Path) -> None:
    """A pyproject.toml that asks for more than its lock has is an error, never a new lock."""
    stale = tmp_path / "stale"
    stale.mkdir()
    (stale / "pyproject.toml").write_text(PROJECT.format(version="2.0.0"), encoding="utf-8")
    lock = (tiny / "uv.lock").read_bytes()
    (stale / "uv.lock").write_bytes(lock)
    assert not is_synced(stale)
    with pytest.raises(EnvironmentFailed, match="stale: uv sync failed") as caught:
        sync(stale)
    assert "uv.lock" in str(caught.value)
    assert caught.value.fix == f"{program()} envs sync stale"
    assert (stale / "uv.lock").read_bytes() == lock
    assert installed(stale) == set()


def test_what_cannot_be_resolved_comes_with_uvs_reason(tmp_path: Path) -> None:
    """A version nobody published fails with the words in which uv says so."""
    folder = tmp_path / "wishful"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(PROJECT.format(version="999.0"), encoding="utf-8")
    with pytest.raises(EnvironmentFailed) as caught:
        uv("lock", project=folder)
    assert str(caught.value).startswith("wishful: uv lock failed: ")
    assert "iniconfig==999.0" in str(caught.value)


def test_without_uv_the_way_to_get_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that lacks the uv package gets one sentence and one command."""
    monkeypatch.setitem(sys.modules, "uv", None)  # how Python itself marks what cannot be imported
    with pytest.raises(CleanroomError, match="uv is not installed") as caught:
        uv("sync", project=tmp_path)
    assert caught.value.fix == "pip install uv"


def test_the_lock_of_a_mac_fits_the_manifest() -> None:
    """Each pin of Package.swift is locked at that version, and the lock is of that very text."""
    lock = json.loads((swift.PACKAGE / "locks/macos/Package.resolved").read_text("utf-8"))
    manifest = (swift.PACKAGE / "Package.swift").read_bytes()
    versions = {pin["location"]: pin["state"]["version"] for pin in lock["pins"]}
    pinned = re.findall(r'url: "([^"]+)", exact: (\w+)', manifest.decode())
    assert len(pinned) == len(swift.pins())
    assert {url: versions[url] for url, _ in pinned} == {
        url: swift.pins()[name] for url, name in pinned
    }
    assert all(re.fullmatch("[0-9a-f]{40}", pin["state"]["revision"]) for pin in lock["pins"])
    assert lock["originHash"] == hashlib.sha256(manifest).hexdigest()
    assert lock["version"] == 3
