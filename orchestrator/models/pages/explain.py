"""The page about one model of one backend, generated from its record, its state and its notes."""

from collections.abc import Iterator
from pathlib import Path

from orchestrator.backends import Backend
from orchestrator.backends.environments import upkeep
from orchestrator.cache.manifest import Manifest
from orchestrator.models import catalogue, provision
from orchestrator.models.catalogue import ALIASES, Model
from orchestrator.models.pages import describe
from orchestrator.models.pages.notes import Notes
from orchestrator.models.plan import Planned

DOWNLOADER = (
    "The orchestrator downloads, before anything is measured. The runner starts offline and is"
    " given an absolute path: what was checked is what is loaded, and there is one copy of it."
)


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
        *(f"{at}. {describe.source(p.chosen, model)}" for at, p in enumerate(planned, 1)),
        *describe.extras(model),
        "## Which files",
        *describe.files(backend, model),
        "## Where they live",
        *(_whereabouts(each) for each in planned),
        "## Who downloads",
        f"{DOWNLOADER}\n\n    {_fetch(backend, model)}",
        "## How it is verified",
        *dict.fromkeys(describe.verification(p.chosen) for p in planned),
        *_sections(notes),
    ]
    return "\n\n".join(parts) + "\n"


def _asked(backend: Backend, model: Model, asked: str) -> str:
    version = upkeep.locked_version(backend)
    library = f"{backend.library} {version}" if version else backend.library
    what = f"{library} loads it as {describe.form(backend)}."
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
        lines.append(f"    - {kept:,} bytes of a cut download are kept, to go on with")
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


def _sections(notes: Notes) -> Iterator[str]:
    for title in ("How it loads", "Known issues"):
        if text := notes.section(title):
            yield f"## {title}"
            yield text


def _fetch(backend: Backend, model: Model) -> str:
    return f"python -m orchestrator models fetch -b {backend.name} -m {model.name}"


def tilde(path: Path) -> str:
    """Return a path as a person writes it: the home folder is ~."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
