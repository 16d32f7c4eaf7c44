"""What the newest run of a model really loaded, for its page."""

from pathlib import Path

from orchestrator.runs import find
from orchestrator.runs.schema import BackendSummary


def last_run(backend: str, model: str, results: Path) -> str:
    """Return a section for the page of a model; empty where no run here in `results` has it."""
    for summary in find.newest(results):
        for line in summary.backends:
            if line.backend == backend and line.model and line.model.name == model:
                return _section(summary.run_id, line)
    return ""


def _section(run: str, line: BackendSummary) -> str:
    resolved = {key: value for key, value in line.resolved.items() if value is not None}
    facts = {"status": line.status, **(_loaded(line)), **resolved}
    rows = "\n".join(f"- {key}: {value}" for key, value in facts.items() if value is not None)
    return f"## What the last run here loaded\n\nRun {run}.\n\n{rows}\n"


def _loaded(line: BackendSummary) -> dict[str, str | None]:
    if line.model is None:
        return {}
    return {
        "source": line.model.source,
        "revision": line.model.revision,
        "sha256 of its files": line.model.sha256,
        "digest of its tensors": line.model.digest,
    }
