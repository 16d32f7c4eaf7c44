"""Runs as Markdown, and how foreign text is kept from acting in it or in a spreadsheet."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from orchestrator import units
from orchestrator.analysis.compare import Comparison
from orchestrator.reports import across, choices, imported, sections, wording
from orchestrator.reports import comparison as report
from orchestrator.reports.quantities import Place
from orchestrator.reports.sections import Section, Sheet
from orchestrator.runs.schema import ContenderSummary, RobustnessVerdict, Summary
from orchestrator.runs.schema.fleet import Across

_MOST = 300  # characters in a cell: more would hide the table; JSON has all of them
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# Unicode's Bidi_Control: these turn round whatever follows on the line.
_TURNS = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LONE = re.compile(r"[\ud800-\udfff]")  # halves of a character, which no file can hold
_MARKUP = re.compile(r"([\\`*_\[\]|~$])")
_LINKS = re.compile(r"(?i)\b(https?|ftp)(?=://)|\bwww(?=\.)")
_MENTIONS = re.compile(r"@(?=\w)")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;"})
_FORMULAS = tuple("=+-@\t\r\n＝＋－＠")  # noqa: RUF001 - spreadsheets take the wide ones too


def plain(text: str) -> str:
    """Return text on one line, in the direction it is written in."""
    whole = _LONE.sub("\ufffd", text)
    return _TURNS.sub("", _BREAKS.sub(" ", whole)).strip()


def markdown(text: str) -> str:
    """Return text that GitHub's Markdown shows as it is, cut where it is very long.

    No emphasis, code, link, mention, HTML or new cell of a table comes of it; what means something
    at the beginning of a line only (lists, headings, quotes) is kept, so it must not stand there.
    """
    line = plain(text)
    cut = line if len(line) <= _MOST else f"{line[:_MOST]}…"
    escaped = _MARKUP.sub(r"\\\1", cut.translate(_ENTITIES))
    # An escaped colon or dot ends what would become a link without being asked to.
    linkless = _LINKS.sub(r"\g<0>\\", escaped)
    return _MENTIONS.sub("@<!-- -->", linkless)


def row(cells: Iterable[str]) -> str:
    """Return one line of a Markdown table, its cells escaped."""
    return f"| {' | '.join(map(markdown, cells))} |\n"


def table(titles: Sequence[str], rows: Iterable[Iterable[str]], right: Collection[str] = ()) -> str:
    """Return a Markdown table; the columns named in `right` hold numbers."""
    rules = ("--:" if title in right else "---" for title in titles)
    return row(titles) + f"| {' | '.join(rules)} |\n" + "".join(map(row, rows))


def spreadsheet(text: str) -> str:
    """Return text that no spreadsheet takes for a formula: an apostrophe in front says it is text.

    Source: OWASP, "CSV Injection".
    """
    line = plain(text)
    return f"'{line}" if line.startswith(_FORMULAS) or text.startswith(_FORMULAS) else line


def as_markdown(*summaries: Summary) -> str:
    """Return one document: a section a run, with a rule between two."""
    return "\n---\n\n".join(map(_section, summaries))


def _section(summary: Summary) -> str:
    parts = [f"{markdown(f'{wording.about(summary)}; run {summary.run_id}')}\n"]
    if summary.verdict:
        parts.append(f"**{markdown(summary.verdict.headline)}**\n")
    parts += _backends("markdown", summary.ranked)
    if remote := wording.remote(summary):
        parts.append(f"{markdown(remote)}\n")
    parts += _backends("markdown", summary.apart)
    parts += [part for section in sections.sections(summary) for part in _beside(section)]
    if lines := imported.lines(summary):
        parts += [f"{markdown(imported.sentence(summary))}:\n", *_backends("errors", lines)]
    if changes := choices.rows(summary):
        parts.append(f"What each choice buys:\n\n{table(choices.TITLES, changes)}")
    if summary.pairs:
        pairs = map(sections.versus, summary.pairs)
        parts.append(_folded("Every pair", table(sections.VERSUS, pairs)))
    if summary.differences:
        errors = table(["errors"], [[each.sentence] for each in summary.differences])
        parts.append(_folded("Differences in errors", errors))
    said = [f"{v.case}: {v.contender}: {v.verdict}" for v in summary.robustness]
    said += [f"{note.kind}: {note}" for note in wording.notes(summary)]
    if said:
        parts.append("".join(f"- {markdown(sentence)}\n" for sentence in said))
    if heard := wording.transcripts((*summary.contenders, *summary.imported)):
        texts = [(h.clip, ", ".join(h.backends), units.percent(h.wer), h.text) for h in heard]
        titles = ("clip", "backends", "WER", "transcript")
        parts.append(_folded("Transcripts", table(titles, texts, right=["WER"])))
    return "\n".join(parts)


def _beside(section: Section) -> Iterator[str]:
    """Yield what was measured beside: how to read it, its tables, and what they say."""
    yield f"{markdown(section.heading)}:\n"
    for sheet in section.sheets:
        if sheet.folded:
            yield _folded(sheet.caption, _sheet(sheet))
            continue
        if sum(not each.folded for each in section.sheets) > 1:
            yield f"{markdown(sheet.caption)}:\n"
        yield _sheet(sheet)
    if section.sentences:
        yield "".join(f"- {markdown(sentence)}\n" for sentence in section.sentences)


def _backends(place: Place, lines: Sequence[ContenderSummary]) -> list[str]:
    """Return the table of these lines, if there are any."""
    return [_sheet(sections.by_backend("", place, lines))] if lines else []


def _sheet(sheet: Sheet) -> str:
    return table(sheet.head, sheet.rows, right=sheet.numbers)


def comparison_as_markdown(found: Comparison) -> str:
    """Return the tables, what must be known to read them, and all that changed."""
    names = found.within or (found.old.name, found.new.name)
    run = f"In {markdown(found.new.name)}, from" if found.within else "From"
    parts = [f"{run} {markdown(names[0])} to {markdown(names[1])}\n"]
    parts += [table(titles, rows) for titles, rows in report.by_table(found)]
    said = [*report.notes(found), *filter(None, [report.unchanged(found)])]
    parts.append("".join(f"- {markdown(sentence)}\n" for sentence in said))
    changed = [
        (whose, change.what, change.old or "none", change.new or "none")
        for whose, changes in report.changes(found)
        for change in changes
    ]
    if changed:
        listed = table(("for", "what", *(found.within or ("was", "is"))), changed)
        what = "What differs" if found.within else "What changed"
        parts.append(f"{what}, the likeliest suspects first:\n\n{listed}")
    return "\n".join(parts)


def across_as_markdown(found: Across) -> str:
    """Return the tables of what a suite found across machines, and what to know to read them."""
    parts = [f"Run {markdown(found.id)} of a fleet\n"]
    parts += [table(each.titles, each.rows, right=each.numbers) for each in across.tables(found)]
    parts.append("".join(f"- {markdown(sentence)}\n" for sentence in across.notes(found)))
    return "\n".join(parts)


def robustness_as_markdown(verdicts: Iterable[RobustnessVerdict]) -> str:
    """Return the table of verdicts and, for all that is no pass, what was found."""
    listed = list(verdicts)
    titles, rows = wording.cases(listed)
    parts = [table(titles, ([wording.case(case), *cells] for case, *cells in rows))]
    for each in listed:
        if each.verdict != "pass":
            parts.append(f"**{markdown(f'{each.contender}, {each.case}: {each.verdict}')}**\n")
            parts.append("".join(f"- {markdown(sentence)}\n" for sentence in each.evidence))
    return "\n".join(parts)


def _folded(title: str, text: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{text}\n</details>\n"
