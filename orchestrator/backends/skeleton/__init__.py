"""A new backend's files: an example that runs at once, in a clone or in a folder of the user's."""

import keyword
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory

from orchestrator import backends, places
from orchestrator.backends import environments
from orchestrator.errors import ConfigError, EnvironmentFailed, UsageError, program

_FILES = Path(__file__).parent / "files"
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Skeleton:
    """A backend that is to be written: its folder in `envs`, its runner, its test.

    `package` is what its folder is packaged as; "" in a clone of this project, which is none.
    """

    name: str
    folder: Path
    package: str = ""

    @property
    def module(self) -> str:
        """The runner's module, whose name has no hyphens."""
        return self.name.replace("-", "_")

    @property
    def envs(self) -> Path:
        """The folder of backends that it is added to."""
        return self.folder / self.package / "envs"

    @property
    def environment(self) -> Path:
        """Its own folder."""
        return self.envs / self.name

    @property
    def runner(self) -> Path:
        """The runner's file."""
        return self.envs.parent / "runners" / f"{self.module}.py"

    @property
    def test(self) -> Path:
        """The test's file."""
        tests = self.folder / "tests"
        return (tests if self.package else tests / "runners") / f"test_{self.module}.py"


def plan(name: str, folder: Path | None) -> Skeleton:
    """Say where a backend of this name is to be written: into `folder`, or into this clone.

    Raises UsageError for a name that is none or is taken, and for a folder that is another
    project's; ConfigError for a pyproject.toml that cannot be read.
    """
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise UsageError(
            f"{name!r} is no name for a backend",
            "small letters and digits, words joined by hyphens, such as my-engine",
        )
    if folder is None and places.INSTALLED:
        raise UsageError(
            "this program is installed: there is no clone to add to",
            f"name a folder of your own: {program()} backend new {name} --in {name}",
        )
    place = (folder or places.ROOT).expanduser().absolute()
    found = Skeleton(name, place, "" if _is_clone(place) else _package(place, name))
    _require_free(found)
    return found


def write(skeleton: Skeleton) -> list[Path]:
    """Write the files, the lock included; return them. Raises EnvironmentFailed, OSError.

    Nothing is written where the lock cannot be made, and no file is replaced.
    """
    contents = dict(_contents(skeleton))
    environment = skeleton.environment
    contents[environment / "uv.lock"] = _lock(contents[environment / "pyproject.toml"], skeleton)
    for path, text in contents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    return list(contents)


def _is_clone(folder: Path) -> bool:
    return (folder / "runners" / "serve.py").is_file() and (folder / "envs").is_dir()


def _package(folder: Path, name: str) -> str:
    """Return the package that a folder offers backends as; refuse another project's folder."""
    project = folder / "pyproject.toml"
    if not project.exists():
        return f"cleanroom_{name.replace('-', '_')}"
    try:
        table = tomllib.loads(project.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{project}: {error}") from error
    points = table.get("project", {}).get("entry-points", {}).get(places.ENTRY_POINTS, {})
    if not points:
        raise UsageError(
            f"{project} is another project's: it has no entry point {places.ENTRY_POINTS!r}",
            f"name a new folder: --in {name}",
        )
    return str(next(iter(points.values()))).replace(".", "/")


def _require_free(skeleton: Skeleton) -> None:
    """Raise UsageError for a name that something has already."""
    taken = {backend.name: str(backend.folder) for backend in backends.discover()}
    ours = places.ROOT / "runners" / skeleton.runner.name
    own = (skeleton.environment, skeleton.runner, skeleton.test)
    there = next((p for p in (*own, ours) if p.exists()), None)
    if where := taken.get(skeleton.name) or (str(there) if there else ""):
        raise UsageError(f"there is {where} already", "choose another name: nothing is replaced")


def _contents(skeleton: Skeleton) -> Iterator[tuple[Path, str]]:
    """Yield each file with its text, but for the lock."""
    values = _values(skeleton)
    environment = skeleton.environment
    named = {
        environment / "pyproject.toml": "environment.toml.in",
        environment / "models.toml": "models.toml.in",
        environment / "notes.md": "notes.md.in",
        environment / "example.json": "example.json",
        skeleton.runner: "runner.py.in",
        skeleton.test: "test.py.in" if skeleton.package else "test_in_clone.py.in",
    }
    if skeleton.package and not (skeleton.folder / "pyproject.toml").exists():
        named[skeleton.folder / "pyproject.toml"] = "package.toml.in"
        if not (ignored := skeleton.folder / ".gitignore").exists():
            named[ignored] = "gitignore.in"
        yield (
            skeleton.envs.parent / "__init__.py",
            f'"""{skeleton.name} for whisper-cleanroom."""\n',
        )
    for path, file in named.items():
        yield path, Template((_FILES / file).read_text("utf-8")).substitute(values)


def _values(skeleton: Skeleton) -> dict[str, str]:
    """Return what the files call it."""
    return {
        "name": skeleton.name,
        "module": skeleton.module,
        "class_name": "".join(word.capitalize() for word in skeleton.name.split("-")),
        "package": skeleton.package,
        "distribution": f"whisper-cleanroom-{skeleton.name}",
    }


def _lock(project: str, skeleton: Skeleton) -> str:
    """Have uv choose the packages of an environment that is not there yet."""
    with TemporaryDirectory(prefix="whisper-cleanroom-") as folder:
        place = Path(folder) / skeleton.name
        place.mkdir()
        (place / "pyproject.toml").write_text(project, "utf-8")
        try:
            environments.uv("lock", project=place)
        except EnvironmentFailed as error:
            again = "nothing is written; where the package index answers, run the same again"
            raise EnvironmentFailed(str(error), again) from error
        return (place / "uv.lock").read_text("utf-8")
