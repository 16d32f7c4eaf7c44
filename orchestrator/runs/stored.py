"""A stored run as it is looked at: whole, or one contender of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from orchestrator.errors import UsageError, did_you_mean
from orchestrator.host import Host
from orchestrator.runs.run_files import FLEET, RunFiles, named
from orchestrator.runs.schema import Contender, Manifest, Measured, Skipped
from orchestrator.runs.schema.rows import counted, faults

__all__ = [
    "FLEET",
    "IMPORTED",
    "Run",
    "RunFiles",
    "contender",
    "either",
    "machine",
    "named",
    "read",
    "renamed",
]

IMPORTED = "imported-"
"""What the name of somebody else's run begins with: it was not run on this machine."""

_GIB = 2**30


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
