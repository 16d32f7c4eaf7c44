"""Texts of other systems beside a run's own: what is said of them, and whose errors are listed."""

from orchestrator import units
from orchestrator.runs.schema import ContenderSummary, Summary

CAPTION = "Errors, beside texts of other systems"
_SENTENCE = (
    "imported: texts that other systems made of the same clips, scored as ours; not timed here"
)


def without_run(summary: Summary) -> str:
    """Say of what corpus texts were scored where nothing was run; empty where something was."""
    if summary.contenders or not summary.imported:
        return ""
    clips = units.count(summary.corpus.clips, "clip")
    return f"{clips} of {summary.corpus.name}: texts as systems made them; nothing was run or timed"


def sentence(summary: Summary) -> str:
    """Say what imported lines are; empty where there are none, or no others."""
    return _SENTENCE if summary.imported and summary.contenders else ""


def lines(summary: Summary) -> tuple[ContenderSummary, ...]:
    """Return whose errors stand in one table: what was measured, then what was imported."""
    measured = (line for line in summary.contenders if line.seconds is not None)
    return (*measured, *summary.imported) if summary.imported else ()
