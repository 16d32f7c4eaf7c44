"""A run of a fleet on disk: `results/<id>/fleet.json`, and a folder for each machine's run."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from orchestrator import files
from orchestrator.analysis.across import across
from orchestrator.analysis.rescore import summary_of
from orchestrator.errors import CleanroomError, ConfigError, UsageError, in_words
from orchestrator.runs.folder import writing
from orchestrator.runs.schema.fleet import Across, FleetRun
from orchestrator.runs.stored import FLEET, RunFiles


def summed(folder: Path) -> Across:
    """Return what was found across machines, of the runs in a folder, cut off or not.

    Raises UsageError where it is no run of a fleet, ConfigError where something is damaged.
    """
    run = read(folder)
    own = {member.name: folder / member.name for member in run.members}
    there = {name: path for name, path in own.items() if RunFiles(path).has_manifest}
    return across(run, {n: (RunFiles(p), summary_of(p)) for n, p in there.items()})


def write_summary(folder: Path, found: Across) -> None:
    """Keep what was found across machines: `across.json`."""
    with writing(folder):
        files.write(folder / "across.json", found.model_dump_json(indent=2) + "\n")


@contextmanager
def unless_of_nobody(folder: Path) -> Iterator[None]:
    """Leave nothing of a run in which no machine takes part."""
    try:
        yield
    except (CleanroomError, KeyboardInterrupt):
        if not read(folder).members:
            shutil.rmtree(folder)
        raise


def write(folder: Path, run: FleetRun) -> None:
    """Write the record whole or not at all."""
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        files.write(folder / FLEET, run.model_dump_json(indent=2) + "\n")


def read(folder: Path) -> FleetRun:
    """Read a record; raise UsageError where there is none, ConfigError where it is damaged."""
    path = folder / FLEET
    try:
        return FleetRun.model_validate_json(files.read_bytes(path))
    except OSError as error:
        raise UsageError(
            f"{folder} is no run of a fleet: {path} cannot be read ({error.strerror})",
            "name its folder, such as results/fleet-20261122-160117-bfd6",
        ) from error
    except ValidationError as error:
        raise ConfigError(f"{path}: {in_words(error)}", "restore it, or start anew") from error
