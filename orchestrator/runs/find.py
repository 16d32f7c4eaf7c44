"""The stored runs of a folder: all, oldest first; the newest here, and what they found fastest."""

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from orchestrator.errors import CleanroomError, UsageError
from orchestrator.host import Host
from orchestrator.runs.folder import RECORDINGS
from orchestrator.runs.schema import Contender, ContenderSummary, Summary
from orchestrator.runs.stored import FLEET, IMPORTED, Run, RunFiles, machine, read

_Read = TypeVar("_Read")
Skip = Callable[[str], None]
"""Takes a sentence on what was passed over."""


def began(started_at: str) -> datetime:
    """Return when a run began, whatever zone it was written in; one without a zone is in UTC."""
    try:
        moment = datetime.fromisoformat(started_at)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def all_runs(results: Path) -> tuple[list[Run], list[str]]:
    """Read the runs in a folder, oldest first, and say of each that cannot be why.

    Raises UsageError where there is no such folder.
    """
    if not results.is_dir():
        raise UsageError(f"there is no folder of runs {results}", "name it: --output DIR")
    runs, skipped = [], []
    for path in _folders(results):
        if (path / FLEET).exists():
            skipped.append(f"{path.name} is left out: it is a fleet's, with a run of each machine")
            continue
        if not (path / "manifest.json").exists():
            skipped.append(f"{path.name} is left out: it has no manifest, as a --sustain run")
            continue
        try:
            run = read(path)
        except CleanroomError as error:
            skipped.append(_left_out(path.name, error))
            continue
        if run.rows:
            runs.append(run)
        else:
            skipped.append(f"{path.name} is left out: nothing was measured")
    return sorted(runs, key=lambda run: began(run.manifest.started_at)), skipped


def newest(results: Path) -> Iterator[Summary]:
    """Yield what the runs of this machine found, the newest first; what is damaged is no run."""
    here = machine(Host.here())
    found: list[tuple[datetime, RunFiles]] = []
    for path in _folders(results):
        folder = RunFiles(path)
        try:
            manifest = folder.manifest()
        except CleanroomError:
            continue
        if not manifest.run_id.startswith(IMPORTED) and machine(manifest.host) == here:
            found.append((began(manifest.started_at), folder))
    for _, folder in sorted(found, key=lambda run: run[0], reverse=True):
        try:
            summary = folder.summary()
        except CleanroomError:
            continue
        if summary is not None:
            yield summary


def each(paths: Sequence[Path], read: Callable[[Path], _Read], skip: Skip) -> list[_Read]:
    """Read the runs among what was named; what is none, or damaged, is passed over with a sentence.

    A single one is not: what is wrong with it is raised. Raises UsageError where none is left.
    """
    if len(paths) == 1:
        return [read(paths[0])]
    found = []
    for path in paths:
        folder = RunFiles(path).path
        if not any((folder / name).exists() for name in ("manifest.json", "summary.json")):
            skip(f"{path} is left out: it is no run")
            continue
        try:
            found.append(read(folder))
        except CleanroomError as error:
            skip(_left_out(path.name, error))
    if not found:
        raise UsageError("none of these is a run", "name folders of runs, such as results/*")
    return found


def stored_and_shared(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the folders of runs, and the zips, that are named or lie anywhere below what is named.

    Raises UsageError for what is not there.
    """
    for path in paths:
        if not path.exists():
            raise UsageError(f"there is no {path}", "name runs, shared zips, or folders of them")
        if not path.is_dir():
            yield path
            continue
        for folder, below, names in os.walk(path):
            if "manifest.json" in names:
                below.clear()
                yield Path(folder)
                continue
            below[:] = sorted(name for name in below if not name.startswith("."))
            zips = sorted(name for name in names if name.lower().endswith(".zip"))
            yield from (Path(folder, name) for name in zips if not name.startswith("."))


def _left_out(name: str, error: CleanroomError) -> str:
    """Say in one line that something is passed over, and why."""
    why = f"{str(error).splitlines()[0]}; {error.fix}".removesuffix("; ")
    return f"{name} is left out: {why}"


def _folders(results: Path) -> Iterable[Path]:
    folders = (path for path in results.glob("[!.]*") if path.is_dir() and path.name != RECORDINGS)
    return sorted(folders)


@dataclass(frozen=True)
class Fastest:
    """A contender with the model it ran, and the run that says so."""

    contender: Contender
    run_id: str


def fastest_here(results: Path, among: Collection[str]) -> Fastest | None:
    """Return the fastest contender of these backends in the newest run in `results` that has one.

    None where there is no such run. Passed over are runs that were cut short, and runs of one
    backend against itself.
    """
    for summary in newest(results):
        if summary.interrupted or summary.alike:
            continue
        ran = [line for line in summary.contenders if line.backend in among and _speed(line)]
        if ran:
            line = max(ran, key=_speed)
            return Fastest(Contender.of(line.contender, line.backend, line.asked), summary.run_id)
    return None


def _speed(line: ContenderSummary) -> float:
    """Return seconds of audio a second; 0 for what is elsewhere, or not measured to its end.

    The same for what was given the terms of a run: they are of its speech.
    """
    counts = line.status == "measured" and not line.remote and "boost" not in line.asked
    return (line.rtfx or 0.0) if counts else 0.0
