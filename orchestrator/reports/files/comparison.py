"""A comparison of two runs as GitHub's Markdown, for a pull request."""

from orchestrator.analysis.compare import Comparison
from orchestrator.reports.files.escape import markdown, table
from orchestrator.reports.terminal import compare as report


def comparison_as_markdown(found: Comparison) -> str:
    """Return the tables, what must be known to read them, and all that changed."""
    parts = [f"From {markdown(found.old.name)} to {markdown(found.new.name)}\n"]
    parts += [table(titles, rows) for titles, rows in report.by_table(found)]
    said = [*report.notes(found), *filter(None, [report.unchanged(found)])]
    parts.append("".join(f"- {markdown(sentence)}\n" for sentence in said))
    changed = [
        (whose, change.what, change.old or "none", change.new or "none")
        for whose, changes in report.changes(found)
        for change in changes
    ]
    if changed:
        listed = table(("for", "what", "was", "is"), changed)
        parts.append(f"What changed, the likeliest suspects first:\n\n{listed}")
    return "\n".join(parts)
