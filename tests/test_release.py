"""What a release publishes: the tag's version, in archives that hold exactly what git tracks."""

import io
import runpy
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from fake_envs import ROOT, of_a_clone

SCRIPT = ROOT / "scripts" / "release.py"
TRACKED = {
    *(
        "orchestrator/cli/__init__.py",
        "runners/serve.py",
        "envs/one/uv.lock",
        "swift/Package.swift",
    ),
    *("swift/README.md", "swift/.gitignore", "README.md"),
}
ABOUT = {
    "x-1.dist-info/entry_points.txt": "[x]\nwhisper-cleanroom = a:b\ncleanroom = a:b\n",
    "x-1.dist-info/licenses/LICENSE": "MIT",
}
WHOLE = ("orchestrator/cli/__init__.py", "runners/serve.py", "orchestrator/swift/Package.swift")


def test_a_tag_is_the_version_and_has_its_section() -> None:
    """Nothing is built for another."""
    done = subprocess.run(
        [sys.executable, SCRIPT, "v99.0"], capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: the tag is v99.0, and pyproject.toml has version")
    script = runpy.run_path(str(SCRIPT))
    assert "no section [99.0]" in next(script["named_wrongly"]("99.0", "v99.0"))


def test_what_a_wheel_lacks_or_has_too_much_is_named(tmp_path: Path) -> None:
    """A lock that is not in it, a file that lay about, a command that is not installed."""
    wheel = tmp_path / "x.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in (*WHOLE, "orchestrator/envs/one/notes.txt"):
            archive.writestr(name, "")
        for name, text in ABOUT.items():
            archive.writestr(name, text)
    assert [*runpy.run_path(str(SCRIPT))["faults_of_wheel"](wheel, TRACKED)] == [
        "x.whl lacks orchestrator/envs/one/uv.lock",
        "x.whl has, untracked, orchestrator/envs/one/notes.txt",
        "x.whl installs no command orchestrator",
    ]


def test_what_an_sdist_has_too_much_is_named(tmp_path: Path) -> None:
    """All that git tracks is in it, and what says whose it is."""
    sdist = tmp_path / "x.tar.gz"
    with tarfile.open(sdist, "w:gz") as archive:
        for name in (*TRACKED, "PKG-INFO", "secret.txt"):
            archive.addfile(tarfile.TarInfo(f"x-1/{name}"), io.BytesIO())
    faults = runpy.run_path(str(SCRIPT))["faults_of_sdist"](sdist, TRACKED)
    assert [*faults] == ["x.tar.gz has, untracked, secret.txt"]


@of_a_clone
@pytest.mark.slow
def test_a_release_is_built_and_checked(tmp_path: Path) -> None:
    """Of a clone's last commit: two archives, and no fault."""
    clone = tmp_path / "clone"
    cloning = ("git", "clone", "--quiet", ROOT, clone)
    subprocess.run(cloning, check=True)
    shutil.copy(SCRIPT, clone / "scripts" / "release.py")
    done = subprocess.run(
        [sys.executable, clone / "scripts" / "release.py"], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert {path.suffix for path in (clone / "dist").iterdir()} >= {".whl", ".gz"}
