"""A summary for spreadsheets: one line a backend, plain numbers with their unit in the title."""

import csv
import io

from orchestrator.reports.files.escape import spreadsheet
from orchestrator.runs.schema import Accuracy, BackendSummary, Estimate, ModelUsed, Scalar, Summary

_NUMBERS = (
    "spawn_seconds",
    "import_seconds",
    "load_seconds",
    "first_seconds",
    "first_segment_seconds",
    "environment_seconds",
    "weights_seconds",
    "compile_seconds",
    "cpu_seconds",
    "p90_seconds",
    "peak_memory_bytes",
    "joules_an_audio_hour",
)


def as_csv(summary: Summary) -> str:
    """Return one line a backend under one line of titles; what is absent is empty, never 0."""
    lines = [_run(summary) | _line(backend) for backend in summary.backends]
    titles = lines[0] if lines else _run(summary)
    file = io.StringIO()
    writer = csv.DictWriter(file, titles, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in line.items()} for line in lines)
    return file.getvalue()


def _run(summary: Summary) -> dict[str, Scalar]:
    return {
        "run": summary.run_id,
        "machine": summary.host.chip or summary.host.platform,
        "os": f"{summary.host.os} {summary.host.os_version or ''}".rstrip(),
        "corpus": summary.corpus.name,
        "corpus_clips": summary.corpus.clips,
        "corpus_seconds": summary.corpus.seconds,
        "profile": summary.settings.profile,
    }


def _line(line: BackendSummary) -> dict[str, Scalar]:
    return {
        "backend": line.backend,
        "status": line.status,
        "reason": line.reason,
        **_model(line.model),
        **{name: line.resolved.get(name) for name in ("device", "compute_type", "library")},
        **_seconds(line.seconds),
        "rtfx": line.rtfx,
        "wer": line.wer,
        "cer": line.cer,
        **_errors(line.accuracy),
        **{name: getattr(line, name) for name in _NUMBERS},
        "warnings": "; ".join(notice.message for notice in line.warnings),
    }


def _model(model: ModelUsed | None) -> dict[str, Scalar]:
    return {
        "model": model.name if model else None,
        "model_asked": (model.substituted or model.name) if model else None,
        "model_source": model.source if model else None,
        "model_revision": model.revision if model else None,
    }


def _seconds(found: Estimate | None) -> dict[str, Scalar]:
    return {
        "seconds": found.median if found else None,
        "seconds_low": found.low if found else None,
        "seconds_high": found.high if found else None,
        "blocks": found.n if found else None,
    }


def _errors(found: Accuracy | None) -> dict[str, Scalar]:
    return {
        "wer_low": found.wer.low if found else None,
        "wer_high": found.wer.high if found else None,
        "clips_scored": found.clips if found else None,
        "clips_failed": found.failed if found else None,
    }


def _cell(value: Scalar) -> Scalar:
    return spreadsheet(value) if isinstance(value, str) else value
