"""`backend new` in a clone: a copy of the tree with a new backend is green as it stands."""

import ast
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_envs import ROOT, of_a_clone, surroundings

pytestmark = of_a_clone

NAME = "brand-new"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory, made_backends: Path) -> Path:
    """Copy the tree and have a backend written into it."""
    copy = tmp_path_factory.mktemp("tree")
    unwanted = shutil.ignore_patterns(".venv", ".build", "__pycache__")
    for folder in ("orchestrator", "runners", "envs", "scripts", "docs", "benchmarks", "swift"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=unwanted)
    for file in ("README.md", "noxfile.py", "pyproject.toml"):
        shutil.copy(ROOT / file, copy / file)
    done = run(copy, "-m", "orchestrator", "backend", "new", NAME)
    assert done.returncode == 0, done.stderr
    # The same packages: uv finds the environment that is there equal to the lock.
    environment = (made_backends / "ada" / ".venv").resolve()
    (copy / "envs" / NAME / ".venv").symlink_to(environment)
    return copy


def lint_commands() -> Iterator[list[str]]:
    """Yield what the nox session `lint` runs, but for zizmor: workflows name no backend."""
    module = ast.parse((ROOT / "noxfile.py").read_text("utf-8"))
    (lint,) = [n for n in module.body if isinstance(n, ast.FunctionDef) and n.name == "lint"]
    for node in ast.walk(lint):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "session.run":
            command = [ast.literal_eval(argument) for argument in node.args]
            if command[0] != "zizmor":
                yield command


def run(tree: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    """Run a command in the copy, with the copy's own code and backends."""
    environment = surroundings(tree / "envs") | {"PYTHONPATH": str(tree)}
    return subprocess.run(
        [sys.executable, *command],
        cwd=tree,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=100,
    )


@pytest.mark.slow
def test_what_lint_checks_stays_green(tree: Path) -> None:
    """Nothing else was edited; the written pages only say that they lack it yet."""
    said = ""
    commands = list(lint_commands())
    assert ["ruff", "check"] in commands
    assert len([c for c in commands if c[0] == "python"]) >= 3
    for program, *arguments in commands:
        module = [] if program == "python" else ["-m", program]
        done = run(tree, *module, *arguments)
        assert done.returncode == 0, (program, arguments, done.stdout, done.stderr)
        said += done.stdout
    for page in ("the kept run", "docs/backends.md"):
        assert re.search(rf"^warning: {page} has no .*\b{NAME}\b.* yet", said, re.MULTILINE), said


@pytest.mark.slow
def test_the_pages_take_it_in(tree: Path, tmp_path: Path) -> None:
    """Written anew, the pages have the new backend, and are as they should be."""
    copy = tmp_path / "copy"
    shutil.copytree(tree, copy, symlinks=True)
    assert run(copy, "scripts/backends_doc.py").returncode == 0
    done = run(copy, "scripts/backends_doc.py", "--check")
    assert (done.returncode, done.stdout) == (0, "")
    assert f"\n## {NAME}\n" in (copy / "docs" / "backends.md").read_text("utf-8")


@pytest.mark.slow
def test_it_runs_end_to_end(tree: Path) -> None:
    """It is listed, explained, planned and measured like any other."""
    run_ = ("run", "-b", NAME, "--blocks", "1", "--no-page", "--json")
    done = run(tree, "-m", "orchestrator", *run_)
    assert done.returncode == 0, done.stderr
    (line,) = json.loads(done.stdout)["contenders"]
    assert (line["backend"], line["status"]) == (NAME, "measured")
    assert line["model"]["name"] == "example"
    listed = run(tree, "-m", "orchestrator", "backends")
    assert NAME in listed.stdout
    explained = run(tree, "-m", "orchestrator", "models", "explain", NAME, "example")
    assert explained.stdout.startswith(f"# {NAME}: example\n")
