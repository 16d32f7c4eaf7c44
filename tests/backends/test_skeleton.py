"""`backend new`: what it writes runs as it is, and nothing that is there is replaced."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import example_backend
import pytest
from example_backend import NAME, PACKAGE


@pytest.fixture(scope="module")
def envs(tmp_path_factory: pytest.TempPathFactory, made_backends: Path) -> Path:
    """Have one written into a folder of the user's."""
    return example_backend.write(tmp_path_factory.mktemp("own") / "project", made_backends)


def new(folder: Path, made_backends: Path, name: str, into: Path) -> str:
    """Have one written that must be refused; return how."""
    before = sorted(into.rglob("*"))
    done = example_backend.command(folder, made_backends, "backend", "new", name, "--in", str(into))
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert sorted(into.rglob("*")) == before
    return done.stderr


@pytest.mark.slow
def test_it_measures_at_once(envs: Path, made_backends: Path) -> None:
    """Beside others, without an edit; it says that it is an example."""
    folder = envs.parents[1]
    words = ("run", "-b", NAME, "-b", "ada", "--blocks", "1", "--no-page", "--json")
    (made_backends / "ada" / "model.txt").write_text("what was said", "utf-8")
    done = example_backend.command(folder, made_backends, *words, "--envs", str(envs))
    assert done.returncode == 0, done.stderr
    found = {line["backend"]: line for line in json.loads(done.stdout)["contenders"]}
    assert {line["status"] for line in found.values()} == {"measured"}
    (passes,) = folder.glob(f"results/*/passes/*{NAME}*")
    assert "This is an example" in passes.read_text("utf-8")


def test_a_runner_that_does_not_start_is_told_once(
    envs: Path, made_backends: Path, tmp_path: Path
) -> None:
    """One check fails and says why, none passes; asked for its settings it says the same."""
    broken = example_backend.copy(envs, tmp_path / "project")
    runner = broken.parent / "runners" / "brand_new.py"
    example_backend.edit(runner, "import json\n", "import json\nimport its_engine\n")
    missing = "ModuleNotFoundError: No module named 'its_engine'"
    code, document = example_backend.check(broken, made_backends)
    first, *others = document["checks"]
    assert (code, document["kept"], first["name"], first["state"]) == (1, False, "start", "failed")
    assert missing in first["fix"]
    assert {check["state"] for check in others} == {"not run"}
    words = ("backends", NAME, "--settings", "--envs", str(broken))
    asked = example_backend.command(broken.parents[1], made_backends, *words)
    assert (asked.returncode, missing in asked.stderr) == (1, True), asked.stderr


def test_it_can_be_packaged(envs: Path) -> None:
    """The project names its backends by the entry point; their environments stay out of it."""
    project = tomllib.loads((envs.parents[1] / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["entry-points"]["whisper_cleanroom.backends"] == {NAME: PACKAGE}
    assert project["tool"]["hatch"]["build"]["exclude"] == [".venv", "results"]
    ignored = (envs.parents[1] / ".gitignore").read_text("utf-8").split()
    assert {".venv/", "results/", "dist/"} <= {*ignored}
    assert (envs.parent / "__init__.py").is_file()


@pytest.mark.slow
def test_the_wheel_has_all_of_it(envs: Path, tmp_path: Path) -> None:
    """What is built holds folder, lock, weights and runner, and no environment."""
    build = ["uv", "build", "--wheel", "--out-dir", str(tmp_path), str(envs.parents[1])]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    listed = subprocess.run(
        [sys.executable, "-m", "zipfile", "-l", str(wheel)],
        check=True,
        capture_output=True,
        encoding="utf-8",
    ).stdout
    for name in ("pyproject.toml", "uv.lock", "models.toml", "notes.md", "example.json"):
        assert f"{PACKAGE}/envs/{NAME}/{name}" in listed
    assert f"{PACKAGE}/runners/brand_new.py" in listed
    assert ".venv" not in listed


@pytest.mark.slow
def test_names_that_are_none_or_taken_are_refused(envs: Path, made_backends: Path) -> None:
    """Nothing is written; the sentence says what is in the way."""
    project = envs.parents[1]
    there = {
        "Brand New": "no name for a backend",
        "../other": "no name for a backend",
        "import": "no name for a backend",
        "ada": str(made_backends / "ada"),
        NAME: str(envs / NAME),
        "serve": "runners/serve.py already",
        "whisper-cpp": "runners/whisper_cpp.py already",
    }
    for name, says in there.items():
        assert says in new(project, made_backends, name, project)


def test_another_project_stays_as_it_is(tmp_path: Path, made_backends: Path) -> None:
    """Its pyproject.toml is not ours to change; one that is broken is named."""
    project = tmp_path / "pyproject.toml"
    project.write_text('[project]\nname = "other"\n', "utf-8")
    assert "another project's" in new(tmp_path, made_backends, NAME, tmp_path)
    project.write_text("[project", "utf-8")
    assert f"{project}: " in new(tmp_path, made_backends, NAME, tmp_path)


def test_a_second_one_joins_the_first(envs: Path, made_backends: Path, tmp_path: Path) -> None:
    """In the same package, which is left as it is."""
    project = example_backend.copy(envs, tmp_path / "copy").parents[1]
    before = (project / "pyproject.toml").read_text("utf-8")
    words = ("backend", "new", "second", "--in", str(project))
    done = example_backend.command(project, made_backends, *words)
    assert done.returncode == 0, done.stderr
    assert (project / PACKAGE / "envs" / "second" / "uv.lock").is_file()
    assert (project / PACKAGE / "runners" / "second.py").is_file()
    assert (project / "pyproject.toml").read_text("utf-8") == before


def test_without_an_index_nothing_is_written(
    tmp_path: Path, made_backends: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock comes first."""
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    target = tmp_path / "own"
    words = ("backend", "new", NAME, "--in", str(target))
    done = example_backend.command(tmp_path, made_backends, *words)
    assert done.returncode == 1
    assert "nothing is written" in done.stderr
    assert not target.exists()
