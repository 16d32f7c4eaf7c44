"""Backends from outside: folders that a user names, and what installed packages offer."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fake_envs import ROOT, AddBackend, add_to, command, described, orchestrator, surroundings
from uv import find_uv_bin

from orchestrator import backends, places
from orchestrator.backends import discover
from orchestrator.errors import ConfigError

BENCH = described(runner="acme_engine", format="acme-weights", file="{}.txt", parity=False)
MODELS = '[models."tiny.en"]\nsources = [{ kind = "local", path = "tiny.en.txt" }]\n'


def make_folder(root: Path, name: str = "acme") -> Path:
    """Make `envs/` with a backend and `runners/` with its runner; return the backend's folder."""
    folder = root / "envs" / name
    folder.mkdir(parents=True)
    (root / "runners").mkdir(exist_ok=True)
    (folder / "pyproject.toml").write_text(BENCH, encoding="utf-8")
    (folder / "uv.lock").touch()
    (folder / "models.toml").write_text(MODELS, encoding="utf-8")
    (root / "runners" / "acme_engine.py").touch()
    return folder


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder of installed packages, from which this process imports."""
    site = tmp_path / "site-packages"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    places.packages.cache_clear()
    yield site
    places.packages.cache_clear()


def install(site: Path, module: str = "acme_backends") -> Path:
    """Install acme-backends 1.2, whose entry point names a module; return its own package."""
    info = site / "acme_backends-1.2.dist-info"
    info.mkdir()
    about = "Metadata-Version: 2.1\nName: acme-backends\nVersion: 1.2\n"
    (info / "METADATA").write_text(about, encoding="utf-8")
    offer = f"[whisper_cleanroom.backends]\nacme = {module}\n"
    (info / "entry_points.txt").write_text(offer, encoding="utf-8")
    package = site / "acme_backends"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('imported')\n", encoding="utf-8")
    return package


def found(name: str = "acme") -> backends.Backend | None:
    """Return a backend by its name, or None."""
    return next((backend for backend in discover() if backend.name == name), None)


@pytest.mark.parametrize("below", ["", "speech"])
def test_a_package_offers_backends_and_is_not_imported(site: Path, below: str) -> None:
    """Its folder is found by the name alone; environments go where those of a wheel go."""
    package = install(site, f"acme_backends.{below}" if below else "acme_backends")
    folder = make_folder(package / below)
    acme = found()
    assert acme
    assert acme.folder == folder.resolve()
    assert str(acme.origin) == "acme-backends 1.2"
    assert acme.runner_file == package / below / "runners" / "acme_engine.py"
    assert acme.python.is_relative_to(places.data_folder() / "environments" / "acme")
    assert "acme_backends" not in sys.modules
    assert list(backends.left_out()) == []
    ours = [backend.name for backend in discover(backends.ENVS)]
    assert [backend.name for backend in discover()] == sorted(["acme", *ours])


def test_folders_add_to_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several in one variable; our own in it, or one named twice, is there once."""
    make_folder(tmp_path / "one")
    make_folder(tmp_path / "two", "another")
    folders = [backends.ENVS, *(tmp_path / name / "envs" for name in ("one", "two", "one"))]
    monkeypatch.setenv("WHISPER_CLEANROOM_ENVS", os.pathsep.join(map(str, folders)))
    ours = [backend.name for backend in discover(backends.ENVS)]
    assert [backend.name for backend in discover()] == sorted(["acme", "another", *ours])
    acme = found()
    assert acme
    assert acme.python == (tmp_path / "one" / "envs" / "acme" / ".venv" / "bin" / "python")


def test_a_runner_of_ours_serves_a_backend_from_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other pins, or other models, for an engine that is known here."""
    folder = make_folder(tmp_path)
    text = BENCH.replace("acme_engine", "whisper_cpp")
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("WHISPER_CLEANROOM_ENVS", str(tmp_path / "envs"))
    acme = found()
    assert acme
    assert acme.runner_file == places.ROOT / "runners" / "whisper_cpp.py"


@pytest.mark.parametrize("place", ["folder", "package"])
def test_a_name_that_two_places_have_is_an_error_that_names_both(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Nobody has to guess which one was measured."""
    if place == "package":
        folder = make_folder(install(site), "whisper-cpp")
    else:
        folder = make_folder(tmp_path, "whisper-cpp")
        monkeypatch.setenv("WHISPER_CLEANROOM_ENVS", str(tmp_path / "envs"))
    with pytest.raises(ConfigError, match="two backends are called whisper-cpp") as caught:
        discover()
    assert str(folder) in str(caught.value)
    assert f"{backends.ENVS / 'whisper-cpp'} (whisper-cleanroom's own)" in str(caught.value)
    assert "rename one of the folders" in caught.value.fix


def no_lock(folder: Path) -> None:
    """Take the lock away."""
    (folder / "uv.lock").unlink()


def no_runner(folder: Path) -> None:
    """Take the runner away."""
    (folder.parents[1] / "runners" / "acme_engine.py").unlink()


def no_description(folder: Path) -> None:
    """Take the pins away, and leave the rest."""
    (folder / "pyproject.toml").unlink()


def broken_description(folder: Path) -> None:
    """Leave half a line."""
    (folder / "pyproject.toml").write_text("[tool.bench\n", encoding="utf-8")


def a_program(folder: Path) -> None:
    """Have it started as one of our Swift programs."""
    text = BENCH.replace('runner = "acme_engine"', 'executable = "acme"')
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")


def a_name_of_ours(folder: Path) -> None:
    """Bring a module that ours would hide."""
    (folder.parents[1] / "runners" / "serve.py").touch()


def nothing(folder: Path) -> None:
    """Leave no backend."""
    shutil.rmtree(folder)


FAULTS = pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (no_lock, "there is no uv.lock beside it: uv lock --project "),
        (no_runner, "runner: there is no "),
        (no_description, "there is no pyproject.toml"),
        (broken_description, "at line 1"),
        (a_program, "executable: from outside it takes a `runner`"),
        (a_name_of_ours, "has that name already: give it another"),
        (nothing, "there are no backends in "),
    ],
)


@FAULTS
def test_a_folder_that_is_broken_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[Path], None], says: str
) -> None:
    """It names the file or the folder, and what to do."""
    spoil(make_folder(tmp_path))
    monkeypatch.setenv("WHISPER_CLEANROOM_ENVS", str(tmp_path / "envs"))
    with pytest.raises(ConfigError) as caught:
        discover()
    assert says in str(caught.value)
    assert str(tmp_path) in str(caught.value)
    assert caught.value.fix.startswith(("correct it, then: ", "name a folder that holds them"))


@FAULTS
def test_a_package_that_is_broken_leaves_the_others_alone(
    site: Path, spoil: Callable[[Path], None], says: str
) -> None:
    """Its backends are left out with a sentence that names it; ours are there."""
    spoil(make_folder(install(site)))
    assert found() is None
    assert found("whisper-cpp")
    ((fault, fix),) = backends.left_out()
    assert fault.startswith("the backends of acme-backends 1.2 are left out: ")
    assert says in fault
    assert fix == "install another version of acme-backends, or uninstall it"


@pytest.mark.parametrize(
    ("module", "says"),
    [
        ("nobody_has_it", "there is no such package"),
        ("acme_backends", "there is no "),
        ("acme_backends.speech:Backends", "there is no "),
        (".", "there is no such package"),
        ("", "there is no such package"),
    ],
)
def test_an_entry_point_that_leads_nowhere_is_named(site: Path, module: str, says: str) -> None:
    """A module that is not there, or one without envs/."""
    install(site, module)
    assert found("whisper-cpp")
    ((fault, _),) = backends.left_out()
    assert "acme-backends 1.2 are left out: its entry point 'acme' names" in fault
    assert says in fault


@pytest.mark.slow
def test_a_folder_is_named_on_the_command_line(
    envs: Path, made_backends: Path, tmp_path: Path
) -> None:
    """It is measured beside ours; the manifest knows it, and without it the run is only looked at.

    What is missing to measure it again is said, and how to get it.
    """
    other = tmp_path / "other" / "envs"
    other.parent.mkdir()
    add_to(other, made_backends, "bob", "something else")
    run = ("run", "--envs", str(other), "--blocks", "1", "--repeats", "1", "--json")
    done = orchestrator(envs, *run)
    assert done.returncode == 0, done.stderr
    lines = json.loads(done.stdout)["contenders"]
    assert {line["backend"]: line["status"] for line in lines} == dict.fromkeys(
        ("ada", "bob"), "measured"
    )
    (folder,) = (tmp_path / "results").iterdir()
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    origins = {made["backend"]: made.get("origin") for made in manifest["backends"]}
    assert origins == {"ada": None, "bob": {"package": None, "version": None, "path": str(other)}}
    shown = orchestrator(envs, "report", str(folder), "--markdown")
    assert "bob" in shown.stdout
    refused = orchestrator(envs, "reproduce", str(folder))
    assert refused.returncode == 2
    assert "measured what is not here: bob" in refused.stderr
    assert f"--envs {other}" in refused.stderr
    (made_backends / "bob" / "model.txt").write_text("other weights", encoding="utf-8")
    refused = orchestrator(envs, "--envs", str(other), "reproduce", str(folder))
    assert "bob: its weights were " in refused.stderr
    assert f"restore {other} as it was in that run; or start a new one: " in refused.stderr
    assert f" --envs {other} run\n" in refused.stderr


@pytest.mark.parametrize(
    "words", [["run"], ["backends"], ["envs", "check"], ["models", "list"], ["clean"]]
)
def test_a_folder_that_is_one_too_high_is_told_its_place(
    envs: Path, tmp_path: Path, words: list[str]
) -> None:
    """Every command that deals with backends takes folders, and refuses those without any."""
    make_folder(tmp_path / "mine")
    done = orchestrator(envs, *words, "--envs", str(tmp_path / "mine"))
    assert done.returncode == 2
    assert f"error: there are no backends in {tmp_path / 'mine'}\n" in done.stderr
    assert f"--envs {tmp_path / 'mine' / 'envs'}" in done.stderr


@pytest.fixture
def package(tmp_path: Path, made_backends: Path) -> Path:
    """Return the wheel of a package with one backend, whose engine needs no more than numpy."""
    project = tmp_path / "acme"
    folder = make_folder(project / "acme_backends")
    (project / "acme_backends" / "__init__.py").touch()
    pins, _, _ = (
        (made_backends / "ada" / "pyproject.toml").read_text("utf-8").partition("[tool.bench]")
    )
    (folder / "pyproject.toml").write_text(pins + BENCH, encoding="utf-8")
    shutil.copy(made_backends / "ada" / "uv.lock", folder / "uv.lock")
    (folder / "tiny.en.txt").write_text("what acme heard", encoding="utf-8")
    runner = (ROOT / "tests" / "support" / "fake_runner.py").read_text("utf-8")
    runner = runner.replace('name = "fake"', 'name = "acme"')
    (project / "acme_backends" / "runners" / "acme_engine.py").write_text(runner, encoding="utf-8")
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "acme-backends"\nversion = "1.2"\n'
        '[project.entry-points."whisper_cleanroom.backends"]\nacme = "acme_backends"\n',
        encoding="utf-8",
    )
    uv("build", "--wheel", str(project))
    (wheel,) = (project / "dist").glob("*.whl")
    return wheel


def uv(*arguments: str) -> None:
    """Run uv."""
    subprocess.run([find_uv_bin(), *arguments], check=True, capture_output=True)


@pytest.mark.slow
def test_a_package_takes_part_and_its_runs_outlive_it(
    envs: Path, add_backend: AddBackend, package: Path, tmp_path: Path
) -> None:
    """Installed it is in the run, its page and `compare`; uninstalled, all of that still opens."""
    add_backend("bob", "something else")
    site = tmp_path / "site-packages"
    uv("pip", "install", "--no-deps", "--target", str(site), str(package))

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run the command line beside what is installed there."""
        own = surroundings(envs)
        return subprocess.run(
            command(*arguments),
            env=own
            | {"PYTHONPATH": f"{own['PYTHONPATH']}{os.pathsep}{site}"}
            | {"WHISPER_CLEANROOM_DATA": str(tmp_path / "data")},
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    for _ in range(2):
        done = run("run", "--all", "--blocks", "1", "--repeats", "1", "--page")
        assert done.returncode == 0, done.stderr
        assert "what acme heard" in done.stdout
    first, second = sorted((tmp_path / "results").iterdir(), key=lambda p: p.stat().st_ctime_ns)
    manifest = json.loads((first / "manifest.json").read_text("utf-8"))
    (made,) = [each for each in manifest["backends"] if each["backend"] == "acme"]
    assert made["origin"] == {"package": "acme-backends", "version": "1.2", "path": None}
    assert len(made["runner_sha256"]) == 64
    assert "acme-backends 1.2" in (first / "report.html").read_text("utf-8")
    shutil.rmtree(site)
    assert "acme" not in run("backends").stdout
    compared = run("compare", str(first), str(second))
    assert compared.returncode == 0, compared.stderr
    assert "acme" in compared.stdout
    (first / "report.html").unlink()
    assert run("report", str(first)).returncode == 0
    assert "acme-backends 1.2" in (first / "report.html").read_text("utf-8")
    refused = run("reproduce", str(first))
    assert refused.returncode == 2
    assert "install acme-backends==1.2 beside whisper-cleanroom" in refused.stderr
