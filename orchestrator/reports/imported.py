"""Texts of other systems beside a run's own: what is said of them, and whose errors are listed."""

from orchestrator.runs.schema import ContenderSummary, Summary

CAPTION = "Errors, beside texts of other systems"
_SENTENCE = (
    "imported: texts that other systems made of the same clips, scored as ours; not timed here"
)


def sentence(summary: Summary) -> str:
    """Say what imported lines are; empty where there are none."""
    return _SENTENCE if summary.imported else ""


def lines(summary: Summary) -> tuple[ContenderSummary, ...]:
    """Return whose errors stand in one table: what was measured, then what was imported."""
    measured = (line for line in summary.contenders if line.seconds is not None)
    return (*measured, *summary.imported) if summary.imported else ()
