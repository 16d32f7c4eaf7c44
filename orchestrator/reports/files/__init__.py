"""Runs for other places: Markdown for people, CSV for spreadsheets, JSON for programs, texts.

Names, sentences and transcripts are not ours: nothing in them runs, links or breaks a table.
"""

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path

from orchestrator.analysis.totals import Evidence, side_by_side
from orchestrator.reports.columns import COLUMNS
from orchestrator.reports.files.markdown import spreadsheet
from orchestrator.reports.passes import RUN
from orchestrator.runs.schema import ContenderSummary, Measured, Scalar, Summary
from orchestrator.runs.transcripts import FileNames, Spoken, write


def as_json(*summaries: Summary) -> str:
    """Return one document: the summary as `summary.json` has it; of several runs a list."""
    if len(summaries) == 1:
        return summaries[0].as_json()
    documents = [json.loads(summary.as_json()) for summary in summaries]
    return json.dumps(documents, indent=2, ensure_ascii=False) + "\n"


def as_csv(*summaries: Summary) -> str:
    """Return one table of all runs, a line a backend; what is absent is empty, never 0."""
    lines = [
        _run(run) | _line(line) for run in summaries for line in (*run.contenders, *run.imported)
    ]
    file = io.StringIO()
    empty = ContenderSummary(contender="", backend="", status="skipped")
    writer = csv.DictWriter(file, _run(summaries[0]) | _line(empty), lineterminator="\n")
    writer.writeheader()
    for line in lines:
        texts = {name: spreadsheet(cell) for name, cell in line.items() if isinstance(cell, str)}
        writer.writerow(line | texts)
    return file.getvalue()


def _run(summary: Summary) -> dict[str, Scalar]:
    return {known.key: known.value(summary) for known in RUN}


def _line(line: ContenderSummary) -> dict[str, Scalar]:
    cells = {key: value for c in COLUMNS if c.key for key, value in c.plain(line).items()}
    return cells | {"warnings": "; ".join(notice.message for notice in line.warnings)}


def export_transcripts(rows: Iterable[Measured], evidence: Evidence, folder: Path) -> None:
    """Write the texts of each backend's first process, a folder a backend, for `--transcripts`.

    A clip that a backend failed at has none. Raises UsageError where the folder cannot be written.
    """
    first: dict[str, Measured] = {}
    for row in rows:
        first.setdefault(row.contender, row)
    for name, row in first.items():
        names = FileNames()
        for clip, (passes,) in side_by_side([row], evidence):
            stem = names(clip.name)
            if passes.failed is None:
                heard = passes.text, passes.language, clip.seconds, passes.segments
                spoken = Spoken(*heard, offset=clip.offset)
                write(folder / name, stem, spoken)
