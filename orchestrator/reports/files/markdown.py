"""Runs, and two runs compared, as GitHub's Markdown: sections of a document, without a heading."""

from collections.abc import Iterable

from orchestrator import units
from orchestrator.analysis.compare import Comparison
from orchestrator.reports import choices, columns, sentences
from orchestrator.reports import comparison as report
from orchestrator.reports.files.escape import markdown, table
from orchestrator.runs.schema import RobustnessVerdict, Summary


def as_markdown(*summaries: Summary) -> str:
    """Return one document: a section a run, with a rule between two."""
    return "\n---\n\n".join(map(_section, summaries))


def _section(summary: Summary) -> str:
    measured = [line for line in summary.contenders if line.seconds is not None]
    parts = [f"{markdown(f'{sentences.about(summary)}; run {summary.run_id}')}\n"]
    if summary.verdict:
        parts.append(f"**{markdown(summary.verdict.headline)}**\n")
    if measured:
        shown = columns.at("markdown", measured)
        rows = [[column.cell(line) for column in shown] for line in measured]
        numbers = [column.head for column in shown if column.unit]
        parts.append(table([column.head for column in shown], rows, right=numbers))
    if changes := choices.rows(summary):
        parts.append(f"What each choice buys:\n\n{table(choices.TITLES, changes)}")
    if summary.verdict and summary.verdict.pairs:
        pairs = [
            (p.first, sentences.ratio(p.ratio), p.second, sentences.outcome(p))
            for p in summary.verdict.pairs
        ]
        titles = ("backend", "times as fast", "as", "verdict")
        parts.append(_folded("Every pair", table(titles, pairs, right=["times as fast"])))
    if summary.differences:
        errors = table(["errors"], [[each.sentence] for each in summary.differences])
        parts.append(_folded("Differences in errors", errors))
    said = [f"{v.case}: {v.contender}: {v.verdict}" for v in summary.robustness]
    said += [f"{note.kind}: {note}" for note in sentences.notes(summary)]
    if said:
        parts.append("".join(f"- {markdown(sentence)}\n" for sentence in said))
    if heard := sentences.transcripts(summary.contenders):
        texts = [(h.clip, ", ".join(h.backends), units.percent(h.wer), h.text) for h in heard]
        titles = ("clip", "backends", "WER", "transcript")
        parts.append(_folded("Transcripts", table(titles, texts, right=["WER"])))
    return "\n".join(parts)


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


def robustness_as_markdown(verdicts: Iterable[RobustnessVerdict]) -> str:
    """Return the table of verdicts and, for all that is no pass, what was found."""
    listed = list(verdicts)
    titles, rows = sentences.cases(listed)
    parts = [table(titles, ([sentences.case(case), *cells] for case, *cells in rows))]
    for each in listed:
        if each.verdict != "pass":
            parts.append(f"**{markdown(f'{each.contender}, {each.case}: {each.verdict}')}**\n")
            parts.append("".join(f"- {markdown(sentence)}\n" for sentence in each.evidence))
    return "\n".join(parts)


def _folded(title: str, text: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{text}\n</details>\n"
