"""Which backend to take when none is named: what the newest run on this machine found fastest."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from orchestrator.runs import find
from orchestrator.runs.schema import Contender, ContenderSummary


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
    for summary in find.newest(results):
        if summary.interrupted or summary.alike:
            continue
        ran = [line for line in summary.contenders if line.backend in among and _speed(line)]
        if ran:
            line = max(ran, key=_speed)
            return Fastest(Contender.of(line.contender, line.backend, line.asked), summary.run_id)
    return None


def _speed(line: ContenderSummary) -> float:
    """Return seconds of audio a second; 0 for a backend that was not measured to its end."""
    return (line.rtfx or 0.0) if line.status == "measured" else 0.0
