"""The clips of a fleet's run: as they are here, as they are sent, and which go to which machine."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from orchestrator.files import sha256_of
from orchestrator.fleet.blobs import name_of
from orchestrator.runs import records
from orchestrator.runs.folder import writing
from orchestrator.runs.schema import ClipRecord
from orchestrator.runs.schema.fleet import FleetRun

COMMON = 5
"""Clips that all machines transcribe: whether their texts agree tells if errors can be added up."""
_CLIPS, _LISTING = "clips.jsonl", "listing.jsonl"


def keep(folder: Path, clips: Iterable[ClipRecord]) -> None:
    """Write which clips there are, and where they are on this machine."""
    with writing(folder), (folder / _CLIPS).open("wb") as lines:
        for clip in clips:
            here = clip.model_dump() | {"path": clip.path.absolute()}
            lines.write(ClipRecord.model_validate(here).model_dump_json().encode() + b"\n")


def list_out(folder: Path, run: FleetRun) -> None:
    """Write what is sent: one list of all clips; of a run that shares them out, one a machine."""
    if not (folder / _CLIPS).exists():
        return
    with writing(folder):
        if not run.shared:
            _list(folder / _LISTING, _kept(folder))
            return
        clips = list(_kept(folder))
        shares = shared([clip.seconds for clip in clips], len(run.members))
        for member, share in zip(run.members, shares, strict=True):
            _list(folder / f"listing-{member.name}.jsonl", (clips[number] for number in share))


def shared(seconds: Sequence[float], machines: int) -> list[list[int]]:
    """Return which clips each machine gets, in their order: some common to all, of all lengths.

    The others are one machine's each, the longest first to who has least.
    """
    by_length = sorted(range(len(seconds)), key=lambda number: -seconds[number])
    every = max(len(seconds) // COMMON, 1)
    common = set(by_length[::every][:COMMON])
    loads = [(0.0, machine) for machine in range(machines)]
    shares: list[list[int]] = [sorted(common) for _ in range(machines)]
    for number in by_length:
        if number not in common:
            load, machine = heapq.heappop(loads)
            shares[machine].append(number)
            heapq.heappush(loads, (load + seconds[number], machine))
    return [sorted(share) for share in shares]


def sent(folder: Path, member: str) -> tuple[str, dict[str, Path]]:
    """Return the blob that lists a machine's clips, and all files to be sent by their blobs.

    Both are empty where the clips come with the program.
    """
    own = folder / f"listing-{member}.jsonl"
    listing = own if own.exists() else folder / _LISTING
    return _files(folder, listing) if listing.exists() else ("", {})


@lru_cache(2)  # of 200 machines with one list each need not read it
def _files(folder: Path, listing: Path) -> tuple[str, dict[str, Path]]:
    blob, here = sha256_of(listing), _here(folder)
    return blob, {clip.path.name: here[clip.path.name] for clip in _read(listing)} | {blob: listing}


@lru_cache(2)
def _here(folder: Path) -> dict[str, Path]:
    return {name_of(clip.sha256, clip.path): clip.path for clip in _kept(folder)}


def _list(file: Path, clips: Iterable[ClipRecord]) -> None:
    with file.open("wb") as lines:
        for clip in clips:
            blob = Path(name_of(clip.sha256, clip.path))
            named = clip.model_copy(update={"path": blob})
            lines.write(named.model_dump_json().encode() + b"\n")


def _kept(folder: Path) -> Iterator[ClipRecord]:
    return _read(folder / _CLIPS)


def _read(file: Path) -> Iterator[ClipRecord]:
    return records.records(file, ClipRecord.model_validate_json)
