"""What a board needs of a run, as it lies here or as it was shared: its manifest and its summary.

A shared run is looked at where it is packed: its files' names and sizes are checked first, as an
import checks them, and nothing is unpacked.
"""

from dataclasses import dataclass
from pathlib import Path

from orchestrator.errors import ConfigError
from orchestrator.runs import records
from orchestrator.runs.schema import Manifest, Summary
from orchestrator.runs.sharing import entries
from orchestrator.runs.sharing.entries import FIX, Entry
from orchestrator.runs.stored import RunFiles


@dataclass(frozen=True)
class Overview:
    """A run as a board sees it."""

    path: Path
    manifest: Manifest
    summary: Summary


def overview(path: Path) -> Overview:
    """Read a run's folder or its zip.

    Raises UsageError where there is no run, ConfigError where it has no summary, is damaged, or is
    no zip that `share` would have written.
    """
    if path.suffix.lower() == ".zip" and not path.is_dir():
        return _packed(path)
    folder = RunFiles(path)
    manifest, summary = folder.manifest(), folder.summary()
    if summary is None:
        raise ConfigError(f"{path} has no summary: it was cut off", "make one: score RUN")
    return Overview(path, manifest, summary)


def _packed(path: Path) -> Overview:
    try:
        with entries.opened(path) as found:
            entries.expect_harmless(found)
            by_name = {entry.name: entry for entry in found}
            manifest = records.document(Manifest, _read(by_name["manifest.json"]), path, FIX)
            summary = records.document(Summary, _read(by_name["summary.json"]), path, FIX)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", FIX) from error
    for line in summary.contenders:
        if fault := records.absurd(line):
            raise ConfigError(f"{path}: summary.json: {line.contender}: {fault}", FIX)
    return Overview(path, manifest, summary)


def _read(entry: Entry) -> bytes:
    with entry.open() as file:
        return file.read()
