"""Robustness as a table, a case a line and a backend a column, with the evidence under it."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from orchestrator import units
from orchestrator.clips.robustness.cases import CASES, LANGUAGES
from orchestrator.reports.terminal.tables import add, columns, show
from orchestrator.runs.schema import RobustnessVerdict

_STYLES = {"pass": "green", "weak": "yellow", "fail": "red", "no-answer": "red"}
_ORDER = tuple(case.name for case in (*CASES, LANGUAGES))
_WHAT = {case.name: case.what for case in (*CASES, LANGUAGES)}
_MARKUP = str.maketrans({c: f"\\{c}" for c in "\\`*_[]<>|~&"})


def render(verdicts: Sequence[RobustnessVerdict], console: Console) -> None:
    """Print the table of words and, for all that is no pass, what was found."""
    backends, cases = _sides(verdicts)
    table = columns("case", *backends)
    by_place = {(each.case, each.backend): each.verdict for each in verdicts}
    for case in cases:
        cells = (by_place.get((case, backend), units.NONE) for backend in backends)
        add(table, case, *(Text(cell, _STYLES.get(cell, "")) for cell in cells))
    show(table, console)
    for each in _found(verdicts):
        title = f"{each.backend}, {case_title(each.case)}: {each.verdict}"
        console.print(Text(title, _STYLES[each.verdict]), soft_wrap=True)
        for sentence in each.evidence:
            console.print(Text(f"  {sentence}"), soft_wrap=True)


def as_markdown(verdicts: Sequence[RobustnessVerdict]) -> str:
    """Return the same as Markdown; what engines said is escaped, not trusted."""
    backends, cases = _sides(verdicts)
    by_place = {(each.case, each.backend): each.verdict for each in verdicts}
    rows = [["case", *map(_plain, backends)], ["---"] * (1 + len(backends))]
    rows += [
        [_plain(case_title(case)), *(by_place.get((case, b), units.NONE) for b in backends)]
        for case in cases
    ]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    for each in _found(verdicts):
        lines += ["", f"**{_plain(each.backend)}, {_plain(each.case)}: {each.verdict}**", ""]
        lines += [f"- {_plain(sentence)}" for sentence in each.evidence]
    return "\n".join(lines) + "\n"


def case_title(case: str) -> str:
    """Return a case's name with what it is."""
    return f"{case} ({_WHAT[case]})" if case in _WHAT else case


def _sides(verdicts: Iterable[RobustnessVerdict]) -> tuple[list[str], list[str]]:
    """Return the backends as they come, and the cases in their own order."""
    listed = list(verdicts)
    there = {each.case for each in listed}
    ordered = [*(name for name in _ORDER if name in there), *sorted(there - set(_ORDER))]
    return list(dict.fromkeys(each.backend for each in listed)), ordered


def _found(verdicts: Iterable[RobustnessVerdict]) -> list[RobustnessVerdict]:
    return [each for each in verdicts if each.verdict != "pass"]


def _plain(text: str) -> str:
    """Return text that Markdown shows as it is."""
    return text.translate(_MARKUP)
