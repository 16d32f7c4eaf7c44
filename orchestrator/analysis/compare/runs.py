"""A stored run as it is compared: its manifest, the rows that count, and what failed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestrator.host import Host
from orchestrator.runs.folder import IMPORTED, RunFolder
from orchestrator.runs.schema import Failed, Manifest, Measured, Skipped
from orchestrator.runs.schema.reduce import counted

_GIB = 2**30


@dataclass(frozen=True)
class Run:
    """One run; `rows` by backend, and why a backend failed at some block or was skipped."""

    folder: RunFolder
    manifest: Manifest
    rows: Mapping[str, tuple[Measured, ...]]
    faults: Mapping[str, str]
    skipped: Mapping[str, str]

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
        host: Host = self.manifest.host
        return (
            self.imported,
            host.platform,
            host.chip,
            host.model,
            host.cores,
            host.performance_cores,
            host.efficiency_cores,
            round(host.memory_bytes / _GIB),  # a virtual machine's last bytes come and go
        )


def read(path: Path) -> Run:
    """Read a run; raise UsageError where there is none, ConfigError where it is broken."""
    folder = RunFolder(path)
    manifest = folder.manifest()
    stored = list(folder.rows())
    rows: dict[str, list[Measured]] = {}
    known = {made.backend for made in manifest.backends}
    for row in counted(stored):
        if row.backend in known:
            rows.setdefault(row.backend, []).append(row)
    return Run(
        folder,
        manifest,
        {name: tuple(own) for name, own in rows.items()},
        _faults(stored, rows),
        {row.backend: row.reason for row in stored if isinstance(row, Skipped)},
    )


def _faults(
    stored: Sequence[Measured | Failed | Skipped], rows: Mapping[str, Sequence[Measured]]
) -> dict[str, str]:
    """Return each backend's first failure that no later attempt made good."""
    # Block 0 is its preparation, which has succeeded where anything was measured.
    done = {(row.backend, row.block) for own in rows.values() for row in own}
    done |= {(name, 0) for name in rows}
    faults: dict[str, str] = {}
    for row in stored:
        if isinstance(row, Failed) and (row.backend, row.block) not in done:
            faults.setdefault(row.backend, f"{row.kind}: {row.reason}")
    return faults
