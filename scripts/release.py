"""Builds the wheel and the sdist into dist/ and checks them: `python scripts/release.py [TAG]`.

What .github/workflows/release.yml publishes is what this leaves; a tag has to be the version's.
Each archive must hold exactly the files that git tracks, so that nothing is missing that a
backend's environment is made from, and nothing is published that lay about.
"""

import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
WHEEL = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]  # what is in one, and where
UNWANTED = ("swift/README.md", "swift/.")  # what begins so
TWINE = "twine==7.0.0"


def main() -> None:
    """Build, check, say what is there; the exit code is 1 where something is wrong."""
    version = PROJECT["project"]["version"]
    faults = list(named_wrongly(version, sys.argv[1])) if sys.argv[1:] else []
    if not faults:
        shutil.rmtree(DIST, ignore_errors=True)
        _done("uv", "build", "--quiet", f"--out-dir={DIST}", str(ROOT))
        listed = _done("git", "-C", str(ROOT), "ls-files", "-z", stdout=subprocess.PIPE)
        tracked = {*listed.strip("\0").split("\0")}
        (wheel,), (sdist,) = DIST.glob("*.whl"), DIST.glob("*.tar.gz")
        _done("uvx", TWINE, "check", "--strict", str(wheel), str(sdist))
        faults = [*faults_of_wheel(wheel, tracked), *faults_of_sdist(sdist, tracked)]
        for path in (wheel, sdist):
            print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB")
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    sys.exit(bool(faults))


def named_wrongly(version: str, tag: str) -> Iterator[str]:
    """Yield why a tag is not to be published."""
    if tag != f"v{version}":
        yield f"the tag is {tag}, and pyproject.toml has version {version}: tag v{version}"
    elif f"## [{version}]" not in (ROOT / "CHANGELOG.md").read_text("utf-8"):
        yield f"CHANGELOG.md has no section [{version}]: rename [Unreleased]"


def faults_of_wheel(path: Path, tracked: set[str]) -> Iterator[str]:
    """Yield what a wheel lacks, or has that is not ours."""
    with zipfile.ZipFile(path) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
        about = {name.partition("/")[2]: name for name in names if ".dist-info/" in name}
        said = archive.read(about["entry_points.txt"]).decode()
    wanted = set()
    for name in tracked:
        top = name.partition("/")[0]
        if top in WHEEL["only-include"] and not name.startswith(UNWANTED):
            wanted.add(WHEEL["sources"].get(top, top) + name.removeprefix(top))
    yield from _differences(path.name, wanted, names - {*about.values()})
    if lost := [name for name in PROJECT["project"]["scripts"] if f"\n{name} = " not in said]:
        yield f"{path.name} installs no command {' or '.join(lost)}"
    if not any(name.startswith("licenses/") for name in about):
        yield f"{path.name} has no licence"


def faults_of_sdist(path: Path, tracked: set[str]) -> Iterator[str]:
    """Yield what an sdist lacks, or has that is not ours."""
    with tarfile.open(path) as archive:
        names = {member.name.partition("/")[2] for member in archive if not member.isdir()}
    yield from _differences(path.name, tracked, names - {"PKG-INFO"})


def _differences(name: str, wanted: set[str], found: set[str]) -> Iterator[str]:
    for what, files in (("lacks", wanted - found), ("has, untracked,", found - wanted)):
        if files:
            yield f"{name} {what} {', '.join(sorted(files))}"


def _done(*command: str, stdout: int | None = None) -> str:
    """Run a command to its end; return what it prints, if that is to be kept."""
    try:
        done = subprocess.run(command, stdout=stdout, check=False, encoding="utf-8")
    except FileNotFoundError:
        sys.exit(f"error: {command[0]} is not installed")
    if done.returncode:
        sys.exit(f"error: {' '.join(command[:2])} failed: see above")
    return done.stdout


if __name__ == "__main__":
    main()
