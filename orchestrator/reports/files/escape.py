"""Text that others wrote, made harmless: on one line, and plain wherever it is put."""

import re
from collections.abc import Iterable, Sequence

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


def table(titles: Sequence[str], rows: Iterable[Iterable[str]], right: Sequence[str] = ()) -> str:
    """Return a Markdown table; the columns named in `right` hold numbers."""
    rules = ("--:" if title in right else "---" for title in titles)
    return row(titles) + f"| {' | '.join(rules)} |\n" + "".join(map(row, rows))


def spreadsheet(text: str) -> str:
    """Return text that no spreadsheet takes for a formula: an apostrophe in front says it is text.

    Source: OWASP, "CSV Injection".
    """
    line = plain(text)
    return f"'{line}" if line.startswith(_FORMULAS) or text.startswith(_FORMULAS) else line
