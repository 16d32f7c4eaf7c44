"""The page about one model of one backend, generated from its record, its state and its notes."""

import os.path
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from orchestrator.backends import Backend
from orchestrator.backends.environments import upkeep
from orchestrator.cache.manifest import Manifest
from orchestrator.cache.sources import Model
from orchestrator.models import catalogue, provision
from orchestrator.models.catalogue import ALIASES
from orchestrator.models.pages import sentences
from orchestrator.models.plan import Planned
from orchestrator.places import tilde

DOWNLOADER = (
    "The orchestrator downloads, before anything is measured. The runner starts offline and is"
    " given an absolute path: what was checked is what is loaded, and there is one copy of it."
)

_TITLES = ("How it loads", "Known issues")  # of notes that the page takes over
_HEADING = re.compile(r"^## +(.+)$", re.MULTILINE)
_LINK = re.compile(r"(\]\()(?![a-z]+:|#|/)([^)\s]+)")


@dataclass(frozen=True)
class Notes:
    """A notes.md by its sections; a backend without the file has none."""

    folder: Path
    opening: str
    sections: dict[str, str]

    @classmethod
    def of(cls, backend: Backend) -> Self:
        """Read a backend's notes."""
        try:
            text = (backend.folder / "notes.md").read_text("utf-8")
        except FileNotFoundError:
            text = ""
        opening, *rest = _HEADING.split(text)
        opening = re.sub(r"\A# .*\n", "", opening).strip()
        titles, bodies = rest[::2], rest[1::2]
        sections = {t.strip(): b.strip() for t, b in zip(titles, bodies, strict=True)}
        return cls(backend.folder, opening, sections)

    def seen_from(self, folder: Path, text: str) -> str:
        """Return a text with its relative links turned to work from another folder."""

        def turned(match: re.Match[str]) -> str:
            target = os.path.relpath(self.folder / match[2], folder)
            return f"{match[1]}{Path(target).as_posix()}"

        return _LINK.sub(turned, text)


def page(backend: Backend, asked: str) -> str:
    """Return the page as Markdown, with where the files are on this machine.

    Raises UsageError or ModelUnavailable for a name that the backend does not have.
    """
    model = catalogue.find(backend, asked)
    planned = provision.each_source(backend, model.name)
    notes = Notes.of(backend)
    parts = [
        f"# {backend.name}: {model.name}",
        _asked(backend, model, asked),
        "## Where it comes from",
        *(f"{at}. {sentences.source(p.chosen, model)}" for at, p in enumerate(planned, 1)),
        *sentences.extras(model),
        "## Which files",
        *sentences.files(backend, model),
        "## Where they live",
        *(_whereabouts(each) for each in planned),
        "## Who downloads",
        f"{DOWNLOADER}\n\n    whisper-cleanroom models fetch -b {backend.name} -m {model.name}",
        "## How it is verified",
        *dict.fromkeys(sentences.verification(p.chosen) for p in planned),
        *(f"## {title}\n\n{text}" for title in _TITLES if (text := notes.sections.get(title))),
    ]
    return "\n\n".join(parts) + "\n"


def _asked(backend: Backend, model: Model, asked: str) -> str:
    version = upkeep.locked_version(backend)
    library = f"{backend.library} {version}" if version else backend.library
    what = f"{library} loads it as {sentences.form(backend)}."
    if asked != model.name:
        return f"Asked as `{asked}`, which is `{model.name}` for every backend. {what}"
    aliases = " and ".join(f"`{a}`" for a, name in ALIASES.items() if name == model.name)
    return f"{what} Also asked as {aliases}." if aliases else what


def _whereabouts(planned: Planned) -> str:
    """Say where a source's files are or would be, and in which state."""
    folder, check = planned.entry.folder, planned.check
    lines = [f"- {planned.source}: `{tilde(folder)}`, {check.state}"]
    lines += [f"    - {problem}" for problem in check.problems]
    if kept := planned.entry.kept_bytes():
        lines.append(f"    - {kept:,} bytes of a cut download are kept, to be resumed")
    if check.manifest and check.state == "complete":
        lines += _recorded(check.manifest)
    return "\n".join(lines)


def _recorded(manifest: Manifest) -> Iterator[str]:
    """Say what the store knows of finished files."""
    if manifest.facts.revision:
        yield f"    - revision: {manifest.facts.revision}"
    if manifest.facts.digest:
        yield f"    - digest of its tensors: {manifest.facts.digest}"
    for name, file in manifest.files.items():
        yield f"    - {name}: {file.size:,} bytes, sha256 {file.sha256}"
