"""The lines of a board: what one run says of each of its contenders, and on which machine."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from orchestrator.reports.columns import COLUMNS
from orchestrator.reports.passes import RUN, Reading
from orchestrator.reports.quantities import COUNT, SIZE
from orchestrator.runs.schema import ContenderSummary, Manifest, Summary
from orchestrator.runs.schema.fleet import FleetRun
from orchestrator.runs.sharing.overview import Overview
from orchestrator.runs.stored import FLEET


@dataclass(frozen=True, slots=True)
class Line:
    """One contender of one run."""

    run: Manifest
    contender: ContenderSummary


OF_RUN: tuple[Reading[Summary | Manifest] | Reading[Manifest], ...] = (
    *RUN,
    Reading("started_at", "run began", None, lambda r: r.started_at),
    Reading("version", "version", None, lambda r: r.version),
    Reading("corpus_digest", "clips' digest", None, lambda r: r.corpus.digest),
    Reading("machine_model", "machine's model", None, lambda r: r.host.model),
    Reading("platform", "platform", None, lambda r: r.host.platform),
    Reading("cores", "cores", COUNT, lambda r: r.host.cores),
    Reading("performance_cores", "performance cores", COUNT, lambda r: r.host.performance_cores),
    Reading("memory_bytes", "memory", SIZE, lambda r: r.host.memory_bytes),
)
OF_CONTENDER = tuple(column for column in COLUMNS if column.key)


def left_out(run: Overview) -> str:
    """Say why a run cannot stand beside others; empty where it can."""
    settings, summary = run.manifest.settings, run.summary
    if settings.load is not None:
        return "the machine was kept busy on purpose (--load)"
    if settings.robustness:
        return "it is about robustness, not speed"
    if _is_share(run.path):
        return "a fleet's clips were shared out for their texts: its times mean nothing"
    if summary.alike:
        return "it is one backend against itself"
    if not any(line.seconds for line in summary.contenders):
        return "nothing was measured"
    return ""


def _is_share(run: Path) -> bool:
    """Tell whether a run is a machine's part of a fleet's that asked for accuracy alone."""
    try:
        return FleetRun.model_validate_json((run.parent / FLEET).read_bytes()).shared
    except (OSError, ValidationError):
        return False


def lines(run: Overview) -> list[Line]:
    """Return a run's lines, of those that were measured or failed."""
    return [Line(run.manifest, line) for line in run.summary.contenders if line.status != "skipped"]
