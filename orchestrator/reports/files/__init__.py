"""A run's summary for other places: Markdown for people, CSV for spreadsheets, JSON for programs.

Names, sentences and transcripts are somebody else's: nothing in them runs, links or breaks a table.
"""

from orchestrator.reports.files.comparison import comparison_as_markdown
from orchestrator.reports.files.csv import as_csv
from orchestrator.reports.files.markdown import as_markdown
from orchestrator.runs.schema import Summary

__all__ = ["as_csv", "as_json", "as_markdown", "comparison_as_markdown"]


def as_json(summary: Summary) -> str:
    """Return the summary as `summary.json` has it."""
    return summary.as_json()
