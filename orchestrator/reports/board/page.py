"""The page of a board: its lines as data for a script of ours, and the first as a plain table.

Names are hostile: in the table Jinja escapes them, in the data no character can end the element,
and the script makes texts of them, never markup.
"""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from markupsafe import Markup

from orchestrator import units
from orchestrator.reports.board.groups import Group
from orchestrator.reports.files.markdown import plain
from orchestrator.reports.html import frame

NAMED = ("chip", "engine", "model", "runs as", "speech")
_NUMBERS = ("RTFx", "WER", "peak memory, MB", "load, s", "runs", "failed", "newest")
_FIRST = 200  # lines of the table that is there without the script
_MOST_BYTES = 2_600_000  # of data: the page stays under 3 MB
_LONGEST = 200  # characters of a name
_ESCAPED = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&"}


@dataclass(frozen=True, slots=True)
class _Line:
    """A group as cells: names, then numbers as people read them."""

    names: tuple[str, ...]
    numbers: tuple[str, ...]


def page(groups: Sequence[Group], runs: int) -> tuple[str, int]:
    """Return the page of these groups, in their order, and how many of them had room."""
    data, shown = _data(groups)
    style = Markup("").join((frame.asset("page.css"), frame.asset("board.css")))
    html = frame.page(
        "board.html.j2",
        style,
        frame.asset("board.js"),
        runs=runs,
        lines=shown[:_FIRST],
        shown=len(shown),
        unseen=len(groups) - len(shown),
        named=NAMED,
        numbers=_NUMBERS,
        data=data,
    )
    return html, len(shown)


def _data(groups: Sequence[Group]) -> tuple[Markup, list[_Line]]:
    """Return what the script reads, a name once, and the lines in it: as many as have room."""
    lines = _lines(groups)
    known: list[dict[str, int]] = [{} for _ in NAMED]
    records: list[str] = []
    size = 0
    for line in lines:
        places = []
        for names, name in zip(known, line.names, strict=True):
            if name not in names:
                size += len(_written(name))
                names[name] = len(names)
            places.append(names[name])
        record = _written([*places, *line.numbers])
        size += len(record) + 1
        if size > _MOST_BYTES:
            break
        records.append(record)
    text = f'{{"names":{_written([list(each) for each in known])},"lines":[{",".join(records)}]}}'
    return Markup(text), lines[: len(records)]  # noqa: S704 - nothing in it ends the element


def _written(value: object) -> str:
    """Return JSON of ASCII letters in which nothing means anything to HTML."""
    return json.dumps(value, separators=(",", ":")).translate(_ESCAPED)


def _lines(groups: Sequence[Group]) -> list[_Line]:
    digests = {(g.key.speech, g.key.digest) for g in groups}
    alike = Counter(speech for speech, _ in digests)
    return [_line(group, one_of_many=alike[group.key.speech] > 1) for group in groups]


def _line(group: Group, *, one_of_many: bool) -> _Line:
    key = group.key
    speech = f"{key.speech} ({key.digest[:8]})" if one_of_many else key.speech
    names = (key.chip, key.engine, key.model, key.runs_as, speech)
    numbers = (
        _range(group.rtfx, units.factor),
        _range(group.wer, units.percent),
        f"{median(group.memory) / 1e6:.0f}" if group.memory else units.NONE,
        units.seconds(median(group.load)) if group.load else units.NONE,
        str(len(group.rtfx)),
        str(group.failed),
        group.newest,
    )
    return _Line(tuple(units.shortened(plain(name), _LONGEST) for name in names), numbers)


def _range(values: Sequence[float], show: Callable[[float], str]) -> str:
    """Return the median over runs, with the lowest and the highest: 20.1 (18.0 to 22.4)."""
    if not values:
        return units.NONE
    middle, low, high = (show(each) for each in (median(values), min(values), max(values)))
    ends = "" if low == high else f" ({low.removesuffix(' %')} to {high.removesuffix(' %')})"
    return f"{middle}{ends}"
