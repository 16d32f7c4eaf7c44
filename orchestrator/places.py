"""Places: what this program carries, and where what it makes of that is kept."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from platformdirs import user_cache_path, user_config_path, user_data_path

PACKAGE = Path(__file__).resolve().parent
ROOT = PACKAGE.parent  # where `orchestrator` and `runners` are imported from, by children too
# A wheel has envs/ and swift/ inside the package, where nothing of other projects lies beside them.
INSTALLED = (PACKAGE / "envs").is_dir()
CARRIED = PACKAGE if INSTALLED else ROOT
CACHE_VARIABLE = "WHISPER_CLEANROOM_CACHE"
DATA_VARIABLE = "WHISPER_CLEANROOM_DATA"
ENVS_VARIABLE = "WHISPER_CLEANROOM_ENVS"
SERVERS_VARIABLE = "WHISPER_CLEANROOM_SERVERS"
ENTRY_POINTS = "whisper_cleanroom.backends"
_OWN_VARIABLE = "_WHISPER_CLEANROOM_OWN_ENVS"  # another folder instead of ours: for our own tests
# What is installed is not ours to write to: another user's, on a read-only disk, or soon replaced.
_INSTALLED_BELOW = {"site-packages", "dist-packages"}
_KEY_DIGITS = 12
_CLAIMS = ".made-from"


@dataclass(frozen=True)
class Origin:
    """Where backends from outside come from: an installed package, or a folder that a user names.

    The layout is ours: `envs/NAME/pyproject.toml`, and `runners/` beside `envs/` for the files that
    they name.
    """

    envs: Path
    package: str = ""  # the distribution that offers it; "" for a folder
    version: str = ""
    fault: str = ""  # why a package's folder cannot be found

    def __str__(self) -> str:
        return f"{self.package} {self.version}" if self.package else str(self.envs)

    @property
    def runners(self) -> Path:
        """The folder of the runners."""
        return self.envs.parent / "runners"


_named: list[Path] = []


def name_envs(folders: Iterable[str]) -> None:
    """Add folders of backends that the command line names."""
    _named.extend(Path(folder).expanduser().absolute() for folder in folders)


def envs() -> Path:
    """Return the folder of our own backends."""
    return Path(os.environ.get(_OWN_VARIABLE, CARRIED / "envs")).absolute()


def outside() -> list[Origin]:
    """Return where backends come from besides `envs`: packages, then folders; each folder once."""
    listed = os.environ.get(ENVS_VARIABLE, "").split(os.pathsep)
    named = [*_named, *(Path(folder).expanduser().absolute() for folder in listed if folder)]
    by_folder: dict[Path, Origin] = {}
    for origin in (*packages(), *map(Origin, named)):
        if not origin.fault:
            by_folder.setdefault(origin.envs.resolve(), origin)
    by_folder.pop(envs().resolve(), None)
    return list(by_folder.values())


@cache
def packages() -> tuple[Origin, ...]:
    """Return what installed packages offer by the entry point group; nothing of theirs is imported.

    An entry point names the package whose folder holds `envs/`; `fault` says why that is not so.
    """
    from importlib.metadata import entry_points  # noqa: PLC0415 - most of what completion takes

    found = []
    for entry in entry_points(group=ENTRY_POINTS):
        package = (entry.dist.name, entry.dist.version) if entry.dist else (entry.name, "")
        module = entry.value.partition(":")[0].strip()
        envs_ = list(_offered(module))
        there = next((path for path in envs_ if path.is_dir()), None)
        if there:
            found.append(Origin(there, *package))
        else:
            missing = f"there is no {envs_[0]}" if envs_ else "there is no such package"
            fault = f"its entry point {entry.name!r} names {module!r}, and {missing}"
            found.append(Origin(Path(module), *package, fault=fault))
    return tuple(found)


def _offered(module: str) -> Iterator[Path]:
    """Yield where a package may have its envs/, importing nothing of it."""
    top, *below = module.split(".")
    try:
        spec = find_spec(top)  # of a name without a dot, nothing has to be imported
    except (ImportError, ValueError):
        spec = None
    for folder in (spec and spec.submodule_search_locations) or ():
        yield Path(folder).joinpath(*below, "envs").absolute()


def cache_folder() -> Path:
    """Return the user's cache folder, absolute; WHISPER_CLEANROOM_CACHE moves it."""
    return _chosen(CACHE_VARIABLE) or user_cache_path("whisper-cleanroom")


def decoded_folder() -> Path:
    """Return where decoded audio is kept, absolute."""
    return cache_folder() / "decoded"


def data_folder() -> Path:
    """Return the user's data folder, absolute; WHISPER_CLEANROOM_DATA moves it."""
    return _chosen(DATA_VARIABLE) or user_data_path("whisper-cleanroom")


def fleet_folder() -> Path:
    """Return where this machine keeps what a fleet sends it and measures on it, absolute."""
    return data_folder() / "fleet"


def certificates_folder() -> Path:
    """Return where this machine keeps its certificates of a fleet, absolute."""
    return user_config_path("whisper-cleanroom") / "fleet"


def servers_file() -> Path:
    """Return the file of the user's servers, absolute; WHISPER_CLEANROOM_SERVERS names another."""
    return _chosen(SERVERS_VARIABLE) or user_config_path("whisper-cleanroom") / "servers.toml"


def _chosen(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value).expanduser().absolute() if value else None


def tilde(path: Path) -> str:
    """Return a path as a person writes it: the home folder is ~."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def elsewhere() -> str:
    """Return which variables to set because their folders cannot be written; "" where all can.

    All at once: who has a home that cannot be written meets one after the other.
    """
    uv = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "uv"
    folders = {
        CACHE_VARIABLE: cache_folder(),
        DATA_VARIABLE: data_folder(),
        "UV_CACHE_DIR": _chosen("UV_CACHE_DIR") or uv,
    }
    names = [name for name, folder in folders.items() if not writable(folder)]
    if not names:
        return ""
    listed = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    return f"set {listed} to {'folders' if len(names) > 1 else 'a folder'} that you can write"


def writable(path: Path) -> bool:
    """Whether a file or folder can be made there, also where its folders are still to be made."""
    there = next(p for p in (path, *path.parents) if os.path.lexists(p))
    return os.access(there, os.W_OK)


def installed(folder: Path) -> bool:
    """Whether a folder came with an installed package: ours, or another that has backends."""
    ours = INSTALLED and folder.is_relative_to(PACKAGE)
    return ours or bool(_INSTALLED_BELOW & {*folder.parts})


def in_data_folder(folder: Path) -> bool:
    """Whether what is made of a folder goes to the data folder, and not into the folder itself.

    A clone, or a folder of the user's, keeps its own, unless the variable says where. One that
    cannot be written keeps what is there already.
    """
    if installed(folder) or os.environ.get(DATA_VARIABLE):
        return True
    return not writable(folder) and not (folder / ".venv").exists()


def environment(project: Path) -> Path:
    """Return where the environment of a project is: beside its pins, or in the data folder.

    There it goes by a hash of lock and pins: an upgrade makes another, and leaves to another
    version of this program what that still uses.
    """
    if not in_data_folder(project):
        return project / ".venv"
    known = _first_key(project) if installed(project) else key(project)
    return data_folder() / "environments" / project.name / known


def site_packages(project: Path) -> Path:
    """Return where a project's packages are; there is no such folder before it is synced."""
    library = environment(project) / "lib"
    return next(library.glob("python*/site-packages"), library / "python" / "site-packages")


@cache
def _first_key(project: Path) -> str:
    """Return the key that was found first: an upgrade may replace the lock while a run goes on."""
    return key(project)


def key(project: Path) -> str:
    """Return what tells a project's environment from those of its other versions."""
    digest = hashlib.sha256()
    for name in ("uv.lock", "pyproject.toml"):
        path = project / name
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()[:_KEY_DIGITS]


def claim(made: Path, source: Path) -> None:
    """Note in what was made in the data folder from which folder it was: `users` tells."""
    with suppress(OSError):  # one that cannot be written needs no claim: it is somebody else's
        if source not in users(made):
            with (made / _CLAIMS).open("a", encoding="utf-8") as file:
                file.write(f"{source}\n")


def users(made: Path) -> list[Path]:
    """Return the folders that something in the data folder was made from, gone ones too."""
    try:
        return [Path(line) for line in (made / _CLAIMS).read_text("utf-8").splitlines()]
    except (OSError, UnicodeDecodeError):
        return []
