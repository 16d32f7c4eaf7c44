"""A stored run, read; whatever is damaged is a sentence that names the file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from orchestrator import files
from orchestrator.errors import ConfigError, UsageError, did_you_mean, program
from orchestrator.host import Host
from orchestrator.runs import records
from orchestrator.runs.schema import (
    ROW,
    ClipRecord,
    Contender,
    Failed,
    LivePass,
    Manifest,
    Measured,
    Passes,
    Skipped,
    Summary,
)
from orchestrator.runs.schema.plan import Cell, file_stem
from orchestrator.runs.schema.rows import counted, faults

IMPORTED = "imported-"
"""What the name of somebody else's run begins with: it was not run on this machine."""

FLEET = "fleet.json"
"""What the folder of a fleet's run has instead of a manifest."""
_INNER = {"passes", "live", "logs", "audio", "disputed"}  # folders of a run
_GIB = 2**30


class RunFiles:
    """The files of one run, which is named by its folder or by any file in it."""

    def __init__(self, path: Path) -> None:
        self.path = _folder(path)
        self.rows_file = self.path / "rows.jsonl"
        self.clips_file = self.path / "clips.jsonl"

    @property
    def has_manifest(self) -> bool:
        """Whether the run was planned already: then it goes on as it was planned."""
        return (self.path / "manifest.json").exists()

    def manifest(self) -> Manifest:
        """Read the manifest; raise UsageError where there is no run, ConfigError for another's."""
        path = self.path / "manifest.json"
        try:
            data = files.read_bytes(path)
        except OSError as error:
            one = "name the folder of a run, such as results/20261122-160117-bfd6"
            if (self.path / FLEET).exists():
                one = "it is a fleet's: name a machine's folder in it, or run --fleet ADDRESS"
            what = f"{self.path} is no run: {path} cannot be read ({error.strerror})"
            raise UsageError(what, one) from error
        return records.document(Manifest, data, path)

    def summary(self) -> Summary | None:
        """Read the summary; None where the run was cut off before there was one."""
        path = self.path / "summary.json"
        try:
            data = files.read_bytes(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
        summary = records.document(Summary, data, path, f"{program()} score {self.path}")
        for line in summary.contenders:
            if fault := records.absurd(line):
                raise ConfigError(f"{path}: {line.contender}: {fault}", records.DAMAGED)
        return summary

    def rows(self) -> Iterator[Measured | Failed | Skipped]:
        """Yield the stored rows in order; raise ConfigError naming a line that is none."""
        return records.records(self.rows_file, ROW.validate_json)

    def passes(self, row: Measured) -> Iterator[Passes]:
        """Yield the transcripts of a cell, one for each clip, in their order."""
        path = self.lines_of("passes", Cell(row.block, row.contender).key, row.attempt)
        yield from records.exactly(
            row.clips, records.records(path, Passes.model_validate_json), path, "transcripts"
        )

    def live(self, row: Measured) -> Iterator[LivePass]:
        """Yield what a cell of a live run showed, a clip each, in their order."""
        path = self.lines_of("live", Cell(row.block, row.contender).key, row.attempt)
        yield from records.exactly(
            row.clips, records.records(path, LivePass.model_validate_json), path, "spoken clips"
        )

    def clips(self) -> Iterator[ClipRecord]:
        """Yield the clips of the run in order."""
        path = self.clips_file
        clips = records.records(path, ClipRecord.model_validate_json)
        if self.has_manifest:
            clips = records.exactly(self.manifest().corpus.clips, clips, path, "clips")
        yield from clips

    def timeline(self) -> Iterator[dict[str, Any]]:
        """Yield what the machine was like, once a second; a line that a crash cut is left out."""
        path = self.path / "timeline.jsonl"
        if not path.exists():
            return
        for _, line in records.lines(path):
            try:
                moment = from_json(line, allow_inf_nan=False)
            except ValueError:
                continue
            if isinstance(moment, dict) and isinstance(moment.get("at"), int | float):
                yield moment

    def lines_of(self, kind: str, cell: str, attempt: int) -> Path:
        """Return the file of what an attempt at a cell left: `passes`, or what it showed `live`."""
        again = f"-again-{attempt}" if attempt > 1 else ""
        return self.path / kind / f"{file_stem(cell)}{again}.jsonl"


@dataclass(frozen=True)
class Run:
    """One run as it is looked at: the rows that count, by backend, and what was not measured."""

    folder: RunFiles
    manifest: Manifest
    rows: Mapping[str, tuple[Measured, ...]]
    faults: Mapping[str, str]  # why a backend failed at some block
    skipped: Mapping[str, str]
    only: str | None = None  # the contender that is looked at, of RUN#NAME

    @property
    def name(self) -> str:
        """The run's id."""
        return self.manifest.run_id

    @property
    def imported(self) -> bool:
        """Whether it is somebody else's."""
        return self.name.startswith(IMPORTED)

    @property
    def machine(self) -> tuple[object, ...]:
        """What is equal for runs of one machine, as far as a run knows machines.

        Two Macs of one configuration look alike: somebody else's is told by its run's id.
        """
        return (self.imported, *machine(self.manifest.host))


def machine(host: Host) -> tuple[object, ...]:
    """Return what tells one machine from another."""
    return (
        host.platform,
        host.chip,
        host.model,
        host.cores,
        host.performance_cores,
        host.efficiency_cores,
        round(host.memory_bytes / _GIB),  # a virtual machine's last bytes come and go
    )


def read(path: Path) -> Run:
    """Read a run; raise UsageError where there is none, ConfigError where it is damaged."""
    folder = RunFiles(path)
    manifest = folder.manifest()
    stored = list(folder.rows())
    rows: dict[str, list[Measured]] = {}
    known = {made.contender for made in manifest.backends}
    for row in counted(stored):
        if row.contender in known:
            rows.setdefault(row.contender, []).append(row)
    return Run(
        folder,
        manifest,
        {name: tuple(own) for name, own in rows.items()},
        faults(stored, rows),
        {row.contender: row.reason for row in stored if isinstance(row, Skipped)},
    )


def either(old: str, new: str) -> tuple[Run, Run]:
    """Read two runs, or one contender of each (RUN#NAME), which then stand under one name.

    Raises UsageError with the names there are, and for one thing named twice; ConfigError.
    """
    (old_path, old_name), (new_path, new_name) = map(named, (old, new))
    if (old_path.resolve(), old_name) == (new_path.resolve(), new_name):
        fix = f"what its choices buy: compare {new_path}; two of its contenders: RUN#NAME RUN#NAME"
        raise UsageError(f"{new} is compared with itself", fix)
    runs = read(old_path), read(new_path)
    if old_name is None and new_name is None:
        return runs
    if old_name is None or new_name is None:
        raise UsageError("only one of the two names a contender", "RUN#NAME for both, or neither")
    name = new_name if old_name == new_name else f"{old_name} → {new_name}"
    return _one(runs[0], old_name, name), _one(runs[1], new_name, name)


def contender(run: Run, name: str) -> Contender:
    """Return a contender of a run; raise UsageError with the names of those that were measured."""
    asked = {each.name: each for each in run.manifest.contenders if each.name in run.rows}
    if name not in asked:
        fix = f"{did_you_mean(name, asked)}there are: {', '.join(asked) or 'none'}"
        raise UsageError(f"{name!r} was not measured in run {run.name}", fix)
    return asked[name]


def _one(run: Run, name: str, shown: str) -> Run:
    """Return a run as if it had this one contender, under the name that is shown."""
    contender(run, name)
    return replace(renamed(run, {name: shown}), faults={}, skipped={}, only=name)


def renamed(run: Run, names: Mapping[str, str]) -> Run:
    """Return a run with these contenders only, under other names."""
    made = [each for each in run.manifest.backends if each.contender in names]
    asked = [each for each in run.manifest.contenders if each.name in names]
    changed = {
        "backends": tuple(m.model_copy(update={"contender": names[m.contender]}) for m in made),
        "contenders": tuple(a.model_copy(update={"name": names[a.name]}) for a in asked),
    }
    rows = {names[name]: rows for name, rows in run.rows.items() if name in names}
    return replace(run, manifest=run.manifest.model_copy(update=changed), rows=rows)


def named(text: str) -> tuple[Path, str | None]:
    """Split RUN#NAME; an A/A's label has a mark of its own, and a folder may have one too."""
    path, mark, name = text.partition("#")
    return (Path(path), name) if mark and not Path(text).exists() else (Path(text), None)


def _folder(path: Path) -> Path:
    """Return the run's folder, of whatever in it was named; raise UsageError for RUN#NAME."""
    run, name = named(str(path))
    if name is not None and (run / "manifest.json").exists():
        fix = f"name the run: {run}"
        raise UsageError(f"{name!r} is one contender of {run}: whole runs are taken here", fix)
    if not path.is_file():
        return path
    return path.parent.parent if path.parent.name in _INNER else path.parent
