"""What a run ends with: one table, the verdict, the transcripts, and what ought to be known."""

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from orchestrator import units
from orchestrator.analysis.scoring.recount import Recount
from orchestrator.reports import choices, columns, imported, recount, wording
from orchestrator.reports.terminal import sheets, tables
from orchestrator.runs.schema import ContenderSummary, RobustnessVerdict, Summary, ThrottleCurve

_MOST_CLIPS = 5  # with transcripts: a corpus would hide the table
_MOST_CHARACTERS = 600  # of a transcript: an hour of speech would, too
_MOST_DISPUTED = 5
_STYLES = {"failed": "red", "skipped": "dim", "warning": "yellow", "unusable": "yellow"}
_VERDICTS = {"pass": "green", "weak": "yellow", "fail": "red", "no-answer": "red"}


def render(summary: Summary, console: Console, *, pairs: bool = False) -> None:
    """Print a run; with `pairs` the verdict on every pair of backends too."""
    measured = [b for b in summary.contenders if b.seconds is not None]
    tables.say(console, imported.without_run(summary) or wording.about(summary))
    if measured:
        console.print()
        _compared(summary.ranked, console)
    if remote := wording.remote(summary):
        console.print()
        tables.say(console, remote)
    if summary.apart:
        _compared(summary.apart, console)
    sheets.sections(summary, console, pairs=pairs)
    _imported(summary, console)
    _verdict(summary, console, pairs=pairs)
    bought(summary, console)
    _transcripts([*measured, *summary.imported], console)
    _disagreements(summary, console)
    if summary.robustness:
        console.print()
        robustness(summary.robustness, console)
    console.print()
    for note in wording.notes(summary):
        tables.say(console, f"{note.kind:<8} {note}", _STYLES.get(note.kind, "dim"))
        if note.fix:
            tables.say(console, f"{'':<8} {note.fix}", "dim")


def _compared(lines: Sequence[ContenderSummary], console: Console) -> None:
    """Print a line a backend, of whole clips."""
    wanted = [c for c in columns.filled(lines) if not columns.APART.intersection(c.places)]
    sheets.backends([columns.BACKEND, *wanted], lines, console)


def _imported(summary: Summary, console: Console) -> None:
    """Print the errors of other systems' texts beside those of what was measured."""
    if lines := imported.lines(summary):
        console.print()
        if said := imported.sentence(summary):
            tables.say(console, said, "bold")
        sheets.backends(columns.at("errors", lines), lines, console, sheets.whole(summary))


def _verdict(summary: Summary, console: Console, *, pairs: bool) -> None:
    """Print who is fastest, most accurate and Pareto-optimal, and what nothing decides."""
    found = summary.verdict
    own = wording.decided(summary) if not pairs else summary.differences
    said = [found.headline] if found else []
    said += [wording.noise(summary.noise)] if summary.noise else []
    if not (said or own or summary.front):
        return
    console.print()
    for sentence in said:
        tables.say(console, sentence, "bold")
    for pair in summary.pairs:
        if pairs or pair.outcome in {"tie", "undecided"}:
            tables.say(console, f"  {wording.pair(pair)}")
    for difference in own:
        tables.say(console, difference.sentence)
    if pareto := wording.pareto(summary):
        tables.say(console, pareto)


def bought(summary: Summary, console: Console) -> None:
    """Print what each choice buys, one factor at a time, where contenders differ in one."""
    if rows := choices.rows(summary):
        console.print()
        tables.show(console, choices.TITLES, rows, prose=("change", "contender", "verdict"))


def _transcripts(lines: Sequence[ContenderSummary], console: Console) -> None:
    """Print what was heard, equal transcripts once, under the backends that gave them."""
    heard = wording.transcripts(lines)
    clips = list(dict.fromkeys(one.clip for one in heard))
    if not clips or len(clips) > _MOST_CLIPS:
        return
    for one in heard:
        clip = f"{one.clip}: " if len(clips) > 1 else ""
        console.print()
        tables.say(console, f"{clip}{', '.join(one.backends)}", "bold")
        text = Text(units.shortened(one.text, _MOST_CHARACTERS), style="dim")
        console.print(Padding(text, (0, 0, 0, 2)))


def _disagreements(summary: Summary, console: Console) -> None:
    """Print how far every two backends differ, and the places to listen to."""
    if not summary.disagreements:
        return
    console.print()
    rows = ((pair.first, pair.second, units.percent(pair.rate)) for pair in summary.disagreements)
    tables.show(console, ("backend", "with", "words heard differently"), rows)
    for dispute in summary.disputed[:_MOST_DISPUTED]:
        console.print()
        tables.say(console, wording.place(dispute), "bold")
        for name, text in dispute.heard.items():
            tables.say(console, f"  {name}: {text or '(nothing)'}")
    if (more := len(summary.disputed) - _MOST_DISPUTED) > 0:
        tables.say(console, f"{units.count(more, 'more disputed place')} in summary.json")


def robustness(verdicts: Sequence[RobustnessVerdict], console: Console) -> None:
    """Print a case a line and a backend a column and, for all that is no pass, what was found."""
    titles, rows = wording.cases(verdicts)
    styled = (
        (Text(case), *(Text(cell, _VERDICTS.get(cell, "")) for cell in cells))
        for case, *cells in rows
    )
    tables.show(console, titles, styled)
    for each in verdicts:
        if each.verdict != "pass":
            title = f"{each.contender}, {wording.case(each.case)}: {each.verdict}"
            tables.say(console, title, _VERDICTS[each.verdict])
            for sentence in each.evidence:
                tables.say(console, f"  {sentence}")


def counts(found: Sequence[Recount], console: Console) -> None:
    """Print errors as they are counted here, and by other rules, a line each."""
    titles = [column.head for column in recount.COLUMNS_OF_COUNTS]
    numbers = [column.head for column in recount.COLUMNS_OF_COUNTS if column.unit]
    tables.show(console, titles, recount.rows(found), numbers=numbers)


def throttle(curve: ThrottleCurve, console: Console) -> None:
    """Print one line a minute, and what changed about the machine meanwhile."""
    titles = ("minute", "passes", "time, s", "RTFx", "of the first")
    first = curve.minutes[0].rtfx
    rows = (
        (
            str(minute.minute),
            str(minute.passes),
            units.seconds(minute.seconds),
            units.factor(minute.rtfx),
            f"{100 * minute.rtfx / first:.0f} %",
        )
        for minute in curve.minutes
    )
    tables.say(console, f"{curve.contender}, {curve.model.name}, without a pause:")
    tables.show(console, titles, rows, numbers=titles)
    for change in curve.changes:
        tables.say(console, f"meanwhile: {change.message}", "yellow")
