"""Stored runs for tests: rows, and whole folders, as a run would have left them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from orchestrator.analysis.summary import summarise
from orchestrator.host import Condition, Host
from orchestrator.host.changes import Change
from orchestrator.host.resources import UNKNOWN, Resources
from orchestrator.runs.folder import RunFolder
from orchestrator.runs.schema import (
    ClipRecord,
    Contender,
    CorpusRecord,
    Failed,
    Manifest,
    Measured,
    ModelUsed,
    Package,
    Passes,
    Provenance,
    Row,
    Settings,
    Skipped,
    Summary,
    WarmUp,
)
from orchestrator.runs.schema.plan import Cell, Profile, exactly

MODEL = ModelUsed(
    name="tiny.en",
    source="local",
    path="/models/tiny.en",
    revision=None,
    sha256="0" * 64,
    digest=None,
    format="fake",
)
CONDITION = Condition(
    load_average=0.1,
    available_memory_bytes=8 * 2**30,
    swap_used_bytes=0,
    on_battery=False,
    battery_percent=None,
    low_power_mode=None,
    thermal_pressure=None,
    cpu_governor=None,
)


def settings(plan: Profile | None = None, **fields: object) -> Settings:
    """Return the settings of a run of three blocks, changed as asked."""
    known = {
        "weights": "auto",
        "profile": "recommended",
        "language": "en",
        "plan": plan or exactly(3),
        "repeats": 1,
        "seed": 0,
    }
    return Settings.model_validate(known | fields)


def contender(name: str, **fields: object) -> Contender:
    """Return a contender of the backend of its name, changed as asked."""
    known = {"name": name, "backend": name.split("#", maxsplit=1)[0], "model": "tiny.en"}
    return Contender.model_validate(known | fields)


def measured(
    backend: str,
    block: int,
    seconds: float = 1.0,
    attempt: int = 1,
    changes: tuple[str, ...] = (),
) -> Measured:
    """Return a row of one pass; `changes` are kinds of what the machine did."""
    return Measured(
        backend=backend,
        block=block,
        attempt=attempt,
        started_at=f"2026-11-22T12:{block % 60:02d}:00+00:00",
        model=MODEL,
        resolved={"device": "cpu", "compute_type": "float32"},
        python="3.11.7",
        spawn_seconds=0.1,
        import_seconds=0.2,
        load_seconds=0.3,
        warm_up=(WarmUp(audio_seconds=5.0, seconds=(seconds, seconds)),),
        clips=1,
        audio_seconds=5.0,
        seconds=seconds,
        passes=1,
        first_passes=(seconds,),
        resources=Resources(peak_memory_bytes=1, peak_neural_bytes=None, cpu_seconds=1.0),
        condition=CONDITION,
        changes=tuple(Change(kind=kind, message=f"it had {kind}") for kind in changes),
    )


def passes(
    clip: str, text: str = "what was said", seconds: float = 1.0, **fields: object
) -> Passes:
    """Return one clip's only pass."""
    known = {
        "clip": clip,
        "seconds": (seconds,),
        "runner_seconds": (seconds,),
        "first_segment_seconds": None,
        "text": text,
        "other_texts": (),
        "language": "en",
        "segments": (),
    }
    return Passes.model_validate(known | fields)


def failed(backend: str, block: int, kind: str = "signal", attempt: int = 1) -> Failed:
    """Return a row of a cell that failed."""
    return Failed(
        backend=backend,
        block=block,
        attempt=attempt,
        started_at="2026-11-22T12:00:00+00:00",
        kind=kind,
        reason="it crashed",
        fix="",
    )


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
    model: ModelUsed = MODEL
    resolved: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # by backend
    memory: int = 100_000_000
    remote: Sequence[str] = ()  # backends whose work a server does
    more_rows: Sequence[Failed | Skipped] = ()
    settings: Mapping[str, object] = field(default_factory=dict)
    asked: Mapping[str, object] = field(default_factory=dict)  # of every contender
    manifest: Mapping[str, object] = field(default_factory=dict)


def make(results: Path, recipe: Recipe) -> Path:
    """Write a run into its folder under `results`; return the folder."""
    path = results / recipe.run_id
    cells = [
        _row(recipe, backend, block, seconds)
        for backend, times in recipe.times.items()
        for block, seconds in enumerate(times, 1)
    ]
    texts = {
        backend: [(one.name, recipe.texts.get(backend, "what was said")) for one in recipe.clips]
        for backend in recipe.times
    }
    heard = [
        (row, [passes(*text, row.seconds / row.clips) for text in texts[row.contender]])
        for row in cells
    ]
    write(path, _manifest(recipe), recipe.clips, [*heard, *((row, ()) for row in recipe.more_rows)])
    summed(path, "as planned")
    (path / "timeline.jsonl").write_text('{"at": 1.5, "load_average": 0.1}\n', encoding="utf-8")
    RunFolder(path).log("001-ada").write_text("a log", encoding="utf-8")
    return path


def write(
    path: Path,
    manifest: Manifest,
    clips: Sequence[ClipRecord],
    cells: Sequence[tuple[Row, Sequence[Passes]]],
) -> None:
    """Write a run of these rows and transcripts, without a summary: as if it was cut off."""
    with RunFolder(path) as folder:
        folder.write(manifest)
        lines = (one.model_dump_json() + "\n" for one in clips)
        folder.clips_file.write_text("".join(lines), "utf-8")
        for row, heard in cells:
            if isinstance(row, Measured):
                with folder.keeping(Cell(row.block, row.contender).key, row.attempt) as keep:
                    keep(heard)
            folder.append(row)


def summed(path: Path, ended: str) -> Path:
    """Add the summary of a run."""
    folder = RunFolder(path)
    rows = list(folder.rows())
    folder.write(summarise(folder.manifest(), rows, folder, ended=ended))
    return path


def summarised(results: Path, summary: Summary, started_at: str) -> None:
    """Write no more of a run than who ran it when, and what was found."""
    at = {"started_at": started_at, "manifest": {"host": summary.host}}
    manifest = _manifest(Recipe({}, run_id=summary.run_id, **at))  # type: ignore[arg-type]
    with RunFolder(results / summary.run_id) as folder:
        folder.write(manifest)
        folder.write(summary)


def _row(recipe: Recipe, backend: str, block: int, seconds: float) -> Measured:
    row = measured(backend, block, seconds)
    remote = backend in recipe.remote
    used = UNKNOWN if remote else row.resources
    return row.model_copy(
        update={
            "clips": len(recipe.clips),
            "model": recipe.model,
            "resolved": dict(row.resolved) | dict(recipe.resolved.get(backend, {})),
            "remote": remote,
            "resources": used.model_copy(
                update={"peak_memory_bytes": None if remote else recipe.memory}
            ),
        }
    )


def _manifest(recipe: Recipe) -> Manifest:
    names = [*recipe.times, *(row.contender for row in recipe.more_rows)]
    digest = "".join(one.name[-1:] for one in recipe.clips)
    known = {
        "run_id": recipe.run_id,
        "version": "0.1.0",
        "started_at": recipe.started_at,
        "host": HOST,
        "condition": CONDITION,
        "uv": "0.9.8",
        "settings": settings(exactly(6), **recipe.settings),
        "contenders": tuple(contender(name, **recipe.asked) for name in dict.fromkeys(names)),
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
