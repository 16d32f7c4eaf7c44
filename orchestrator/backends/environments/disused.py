"""Environments and builds in the data folder that no installed version of this program uses."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from orchestrator import places
from orchestrator.backends.environments import swift


@dataclass(frozen=True)
class Disused:
    """Something that was made here, what it is, and why nobody uses it."""

    path: Path
    what: str
    why: str

    def remove(self) -> None:
        """Delete it: under its name it is gone at once, so that nobody starts half of it."""
        with tempfile.TemporaryDirectory(dir=self.path.parent, prefix=".removed-") as beside:
            shutil.move(self.path, beside)


def find() -> Iterator[Disused]:
    """Yield what the data folder has for nobody, by name.

    What was made says from which folders: it is in use while one of them is there and has the same
    lock, whatever version of this program that belongs to.
    """
    data = places.data_folder()
    folders = [places.CARRIED / "envs", places.envs(), *(o.envs for o in places.outside())]
    for path in sorted((data / "environments").glob("*/*")):
        name = path.parent.name
        here = [folder / name for folder in folders]
        if why := _why(path, here, places.key):
            yield Disused(path, f"environment of {name}", why)
    for path in sorted((data / "swift").glob("*")):
        if why := _why(path, [swift.PACKAGE], swift.key):
            yield Disused(path, "build of the Swift runners", why)


def _why(path: Path, here: list[Path], key: Callable[[Path], str]) -> str:
    """Say why a folder is not in use; "" for one that is."""
    if path.name.startswith("."):
        return "unfinished"
    sources = [source for source in (*here, *places.users(path)) if source.is_dir()]
    if any(key(source) == path.name for source in sources):
        return ""
    return "made from another lock" if sources else "its backend is gone"
