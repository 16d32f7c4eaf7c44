"""The user's own folders and files: looked at, hashed, used where they are."""

import hashlib
from pathlib import Path
from typing import Literal

from orchestrator.cache.manifest import Facts, listing
from orchestrator.cache.sources import LocalSource, Model
from orchestrator.cache.store import Entry
from orchestrator.errors import UsageError
from orchestrator.models import convert
from orchestrator.models.convert import Format


def find(path: Path, form: str, layout: Format, model: str, own: str = "") -> LocalSource:
    """Return what a runner is to be given: the folder, or the one file, under its `own` name.

    Raises UsageError saying what is missing for this format.
    """
    place = path.expanduser().absolute()
    if not place.exists():
        raise _unfit(path, form, "it does not exist")
    if layout.file:
        return LocalSource(kind="local", path=_single(place, form, own or layout.single(model)))
    if not place.is_dir():
        raise _unfit(path, form, "it is no folder")
    if lacking := layout.lacking(listing(place)):
        raise _unfit(path, form, f"{', '.join(lacking)} is missing")
    return LocalSource(kind="local", path=place)


def _single(place: Path, form: str, name: str) -> Path:
    """Return the file itself, or from a folder the one of this name or the only one of its kind."""
    suffix = Path(name).suffix
    if place.is_file():
        if place.suffix != suffix:
            raise _unfit(place, form, f"a file ending in {suffix} is needed")
        return place
    candidates = [place / name] if (place / name).is_file() else sorted(place.glob(f"*{suffix}"))
    if len(candidates) != 1:
        several = f"{len(candidates)} files end in {suffix}" if candidates else f"{name} is missing"
        raise _unfit(place, form, several)
    return candidates[0]


def _unfit(path: Path, form: str, why: str) -> UsageError:
    return UsageError(
        f"{path} is no model in the format {form}: {why}",
        "--model-path takes a folder or file in the backend's own format;"
        " --parity converts one checkpoint for every backend",
    )


def entry(path: Path, form: str, model: str) -> Entry:
    """Return the place in the store where the files' hashes are remembered."""
    return Entry(form, model, f"local-{hashlib.sha256(bytes(path)).hexdigest()[:12]}")


def facts(path: Path, source: Literal["local", "package"]) -> tuple[Facts, list[str]]:
    """Return what a manifest says of files used where they are, and which they are."""
    place, names = (path.parent, [path.name]) if path.is_file() else (path, listing(path))
    return Facts(source=source, revision=None, place=str(place)), names


def checkpoint(backend: str, name: str, path: Path) -> Model:
    """Return the user's own checkpoint as a model; raise UsageError for no such thing."""
    place = path.expanduser().absolute()
    form = convert.format_of(place)
    if form is None:
        raise UsageError(
            f"{path} is no checkpoint that --parity can convert",
            "give a CTranslate2 folder, a Hugging Face folder with model.safetensors, or a .pt",
        )
    source = LocalSource(kind="local", path=place)
    return Model(backend=backend, name=name, format=form, sources=(source,))
