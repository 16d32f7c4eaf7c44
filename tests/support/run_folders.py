"""Whole run folders on disk, as a run would have left them, with times and texts that are asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import stored

from orchestrator.analysis.summary import summarise
from orchestrator.bench.plan import exactly
from orchestrator.host import Host
from orchestrator.runs.folder import RunFolder
from orchestrator.runs.schema import (
    ClipRecord,
    CorpusRecord,
    Failed,
    Manifest,
    Measured,
    ModelUsed,
    Package,
    Provenance,
    Skipped,
    Summary,
)
from orchestrator.runs.schema.plan import Cell

HOST = Host(
    platform="linux-x86_64",
    chip="Ideal 1",
    model=None,
    os="Debian GNU/Linux",
    os_version="12",
    os_build="6.1",
    cores=4,
    performance_cores=None,
    efficiency_cores=None,
    memory_bytes=8 * 2**30,
    python="3.11.7",
)


def clip(name: str = "talk", **fields: object) -> ClipRecord:
    """Return a clip of five seconds in which "what was said" is said."""
    known = {
        "name": name,
        "path": f"/clips/{name}.wav",
        "sha256": "a" * 64,
        "seconds": 5.0,
        "samples": 80_000,
        "reference": "what was said",
        "language": "en",
    }
    return ClipRecord.model_validate(known | fields)


@dataclass
class Recipe:
    """A run: each backend's seconds by block, and whatever else is not as usual."""

    times: Mapping[str, Sequence[float]]
    run_id: str = "20261122-120000-aaaa"
    started_at: str = "2026-11-22T12:00:00+00:00"
    clips: Sequence[ClipRecord] = (clip(),)
    texts: Mapping[str, str] = field(default_factory=dict)  # by backend
    packages: Mapping[str, str] = field(default_factory=lambda: {"numpy": "2.4.6"})
    model: ModelUsed = stored.MODEL
    resolved: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # by backend
    memory: int = 100_000_000
    more_rows: Sequence[Failed | Skipped] = ()
    settings: Mapping[str, object] = field(default_factory=dict)
    manifest: Mapping[str, object] = field(default_factory=dict)


def make(results: Path, recipe: Recipe) -> Path:
    """Write a run into its folder under `results`; return the folder."""
    path = results / recipe.run_id
    manifest = _manifest(recipe)
    with RunFolder(path) as folder:
        folder.write(manifest)
        lines = (one.model_dump_json() + "\n" for one in recipe.clips)
        folder.clips_file.write_text("".join(lines), "utf-8")
        for backend, times in recipe.times.items():
            for block, seconds in enumerate(times, 1):
                folder.append(_row(recipe, folder, backend, Cell(block, backend), seconds))
        for row in recipe.more_rows:
            folder.append(row)
        folder.write(summarise(manifest, list(folder.rows()), folder, ended="as planned"))
        (path / "timeline.jsonl").write_text('{"at": 1.5, "load_average": 0.1}\n', encoding="utf-8")
        folder.log("001-ada").write_text("a log", encoding="utf-8")
    return path


def summarised(results: Path, summary: Summary, started_at: str) -> None:
    """Write no more of a run than who ran it when, and what was found."""
    at = {"started_at": started_at, "manifest": {"host": summary.host}}
    manifest = _manifest(Recipe({}, run_id=summary.run_id, **at))  # type: ignore[arg-type]
    with RunFolder(results / summary.run_id) as folder:
        folder.write(manifest)
        folder.write(summary)


def _row(recipe: Recipe, folder: RunFolder, backend: str, cell: Cell, seconds: float) -> Measured:
    text = recipe.texts.get(backend, "what was said")
    with folder.keeping(cell.key, 1) as keep:
        share = seconds / len(recipe.clips)
        keep(stored.passes(one.name, text, share) for one in recipe.clips)
    row = stored.measured(backend, cell.block, seconds)
    return row.model_copy(
        update={
            "clips": len(recipe.clips),
            "model": recipe.model,
            "resolved": dict(row.resolved) | dict(recipe.resolved.get(backend, {})),
            "resources": row.resources.model_copy(update={"peak_memory_bytes": recipe.memory}),
        }
    )


def _manifest(recipe: Recipe) -> Manifest:
    names = [*recipe.times, *(row.backend for row in recipe.more_rows)]
    digest = "".join(one.name[-1:] for one in recipe.clips)
    known = {
        "run_id": recipe.run_id,
        "version": "0.1.0",
        "started_at": recipe.started_at,
        "host": HOST,
        "condition": stored.CONDITION,
        "uv": "0.9.8",
        "settings": stored.settings(exactly(6), **recipe.settings),
        "order": (),
        "corpus": CorpusRecord(
            name="files", kind="files", clips=len(recipe.clips), seconds=5.0, digest=digest
        ),
        "warm_ups": (clip("warm-up"),),
        "backends": tuple(provenance(recipe, name) for name in dict.fromkeys(names)),
    }
    return Manifest.model_validate(known | dict(recipe.manifest))


def provenance(recipe: Recipe, backend: str) -> Provenance:
    """Give a backend the packages of all, and its own: `ada/numpy` is only in that of `ada`."""
    own = {
        name.removeprefix(f"{backend}/"): version
        for name, version in recipe.packages.items()
        if "/" not in name or name.startswith(f"{backend}/")
    }
    return Provenance(
        backend=backend,
        lock_sha256=None,
        library="numpy",
        packages=tuple(Package(name=name, version=version) for name, version in own.items()),
        model=recipe.model,
    )
