"""About how long a run will take, from the newest finished run of the same model beside it."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from orchestrator.bench.cell import REPEATS
from orchestrator.runs.schema import BackendSummary, Settings, Summary


def estimate_seconds(
    output: Path | None, settings: Settings, backends: Sequence[str], audio_seconds: float
) -> float | None:
    """Return seconds for all blocks, or None when a backend has no earlier run to go by."""
    earlier: dict[str, BackendSummary] = {}
    for path in sorted((output or Path("results")).glob("*/summary.json")):
        earlier |= _measured(path, settings.model)
    if not backends or any(name not in earlier for name in backends):
        return None
    repeats = settings.repeats or REPEATS
    a_block = sum(_cell_seconds(earlier[name], audio_seconds, repeats) for name in backends)
    return a_block * settings.plan.blocks


def _measured(path: Path, model: str) -> dict[str, BackendSummary]:
    try:
        summary = Summary.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return {}  # another version's run tells nothing here
    if summary.settings.model != model:
        return {}
    return {b.backend: b for b in summary.backends if b.status == "measured"}


def _cell_seconds(line: BackendSummary, audio_seconds: float, repeats: int) -> float:
    cold = (line.spawn_seconds, line.import_seconds, line.load_seconds, line.first_seconds)
    once = sum(seconds or 0.0 for seconds in cold)
    return once + repeats * audio_seconds / (line.rtfx or 1.0)
