"""Which backend to take when none is named: what the newest run on this machine found fastest."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from orchestrator.host import Host
from orchestrator.runs.schema import BackendSummary, Summary


@dataclass(frozen=True)
class Fastest:
    """A backend with the model it ran, and the run that says so."""

    backend: str
    model: str
    run_id: str


def fastest_here(results: Path, among: Collection[str]) -> Fastest | None:
    """Return the fastest of these backends in the newest run in `results` that has one of them.

    None where there is no such run. Passed over are runs of other machines, runs that were cut
    short, runs of one backend against itself, and what cannot be read: another version wrote it.
    """
    here = Host.here()
    for summary in _newest_first(results):
        same = (summary.host.chip, summary.host.memory_bytes) == (here.chip, here.memory_bytes)
        if not same or summary.interrupted or summary.settings.labels > 1:
            continue
        ran = [line for line in summary.backends if line.backend in among and _speed(line)]
        if ran:
            line = max(ran, key=_speed)
            model = line.model.name if line.model else summary.settings.model
            return Fastest(line.backend, model, summary.run_id)
    return None


def _speed(line: BackendSummary) -> float:
    """Return seconds of audio a second; 0 for a backend that was not measured to its end."""
    return (line.rtfx or 0.0) if line.status == "measured" else 0.0


def _newest_first(results: Path) -> Iterator[Summary]:
    for path in sorted(results.glob("*/summary.json"), reverse=True):
        try:
            yield Summary.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            continue
