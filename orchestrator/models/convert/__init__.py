"""Formats of Whisper checkpoints, a module each: what it is on the disk, its reader, its writer.

They run as `python -m orchestrator.models.convert FORMAT SOURCE DESTINATION` under the python of
the environment that will load the result, so nothing here imports more than the standard library
and numpy, or any other package of the orchestrator.

A format `mlx-npz` is the module `mlx_npz.py`, found by its name. It has a `FORMAT`, `write`, and
where checkpoints are published in it `read`; `complete` adds what publishers leave out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from importlib import import_module
from pathlib import Path
from types import ModuleType

# Exit codes that a caller distinguishes: every other failure is the environment's.
EXIT_BAD_CHECKPOINT = 65
EXIT_NO_ROOM = 28

# Instead of a format: write nothing, only say what the tensors are.
DIGEST = "digest"


@dataclass(frozen=True)
class Format:
    """What a model is on the disk: one file, or a folder that holds what is needed.

    `file` is the one file's name, with `{}` for the model's; `needs` are patterns, of which `a|b`
    is met by either. A checkpoint is known by `mark`: a file in its folder, or a file's ending.
    """

    what: str = ""
    file: str | None = None
    needs: tuple[str, ...] = ()
    mark: str | None = None
    original: bool = False  # OpenAI publishes its checkpoints in it
    through: str | None = None  # the format to make of it first, where only its own python reads it

    def path(self, folder: Path, model: str, own: str = "") -> Path:
        """Return what a runner is given: the folder, or the one file in it, under its own name."""
        return folder / (own or self.single(model)) if self.file else folder

    def single(self, model: str) -> str:
        """Return the name of the one file that a model is; empty where it is a folder."""
        return self.file.format(model) if self.file else ""

    def lacking(self, names: list[str]) -> list[str]:
        """Return what a folder with these files lacks, in words."""
        return [
            " or ".join(choice)
            for choice in (pattern.split("|") for pattern in self.needs)
            if not any(fnmatch(name, pattern) for name in names for pattern in choice)
        ]

    def marks(self, path: Path) -> bool:
        """Whether a folder or file is a checkpoint in this format, by what it is called."""
        if self.mark is None:
            return False
        return (path / self.mark).is_file() or (path.is_file() and path.suffix == self.mark)


def module(name: str) -> ModuleType | None:
    """Return the module of a format; None for one that cannot be made here."""
    if not has_file(name):
        return None
    found = import_module(f"{__name__}.{_stem(name)}")
    return found if hasattr(found, "FORMAT") else None


def has_file(name: str) -> bool:
    """Whether there is a module of this name, without the time that importing numpy takes."""
    return _stem(name).isidentifier() and Path(__file__).with_name(f"{_stem(name)}.py").is_file()


def _stem(name: str) -> str:
    return name.replace("-", "_")


def names() -> Iterator[str]:
    """Yield the formats that can be made here."""
    for path in sorted(Path(__file__).parent.glob("[!_]*.py")):
        if module(path.stem):
            yield path.stem.replace("_", "-")


def format_of(path: Path) -> str | None:
    """Return the format of a checkpoint, by what it is called; None for none that can be read."""
    for name in names():
        found = module(name)
        if found and found.FORMAT.marks(path):
            return name
    return None
