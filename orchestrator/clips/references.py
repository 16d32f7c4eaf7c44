"""References as people have them: what nobody says in a transcript or in subtitles is left out.

Notes in brackets, labels of speakers and time codes are no words; subtitles that roll on repeat
lines. Whatever is left out is counted, to be told.
"""

import html
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["speaker labels", "time codes", "notes in brackets", "repeated lines of subtitles"]
SUBTITLES = (".vtt", ".srt")
MOST_TEXTS = 10
"""That are looked for beside a recording: talk.txt, talk.2.txt and so on."""

_CODE = r"(?:\d{1,2}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?"
_RANGE = rf"{_CODE}(?:\s*(?:-->|-|\u2013|\u2014|to)\s*{_CODE})?"
# Surely a code: in brackets, a range, with hours, or with a fraction. 10:30 may be said.
_SURE_CODE = re.compile(
    rf"\s*(?:\[\s*{_RANGE}\s*\]|\(\s*{_RANGE}\s*\)|<\s*{_RANGE}\s*>"
    rf"|{_CODE}\s*(?:-->|-|\u2013|\u2014)\s*{_CODE}(?![\w:])"
    r"|\d{1,2}:\d{2}:\d{2}(?:[.,]\d{1,3})?(?![\w:])|\d{1,2}:\d{2}[.,]\d{1,3}(?![\w:]))[\s:\u2013-]*"
)
_CODE_AHEAD = re.compile(rf"\s*{_CODE}(?![\w:.,%])[\s:\u2013-]*")
_CODE_WITHIN = re.compile(rf"\[\s*{_RANGE}\s*\]")
# Surely a label: >>, Speaker 1:, SPEAKER_00:, <v Fred>. A name before a colon may be said.
_SURE_LABEL = re.compile(
    r"\s*(?:>{2,3}\s*(?:[A-Z][\w.' -]{0,40}:)?"
    r"|\[?(?i:speaker|spkr?|sprecher)[ _-]?\w{1,3}\]?\s*:)\s*"
)
_LABEL = re.compile(r"\s*\[?(?:[A-Z][\w.'-]*)(?: [A-Z][\w.'-]*){0,3}(?: \([^)]*\))?\]?:(?=\s|$)\s*")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+[^>]*>")
_TAG = re.compile(r"<[^<>]*>|\{\\[^}]*\}")
_NOTE = re.compile(r"\[[^\[\]]*\]|\((?![\d\s.,:%$\u20ac\u00a3\u00a5+-]+\))[^()]+\)|\{[^{}]*\}")
_BRACES = re.compile(r"\{[^{}]*\}")  # which normalising leaves in a text
_MAY_HAVE = re.compile(r"[\[({<>]|\d:\d|\w\]?:")
_NO_CUE = re.compile(r"(?:WEBVTT|NOTE|STYLE|REGION)\b")
_FEW = 2  # lines that begin alike are no chance


@dataclass(slots=True)
class Reference:
    """What is said, and how much of each kind was left out."""

    text: str
    left_out: Counter[Kind] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Said:
    """What is said in a clip: a text, others that are as good, and what was left out of them."""

    text: str | None
    alternatives: tuple[str, ...]
    left_out: dict[str, int]


def said(raw: Sequence[str], *, subtitles: bool = False) -> Said:
    """Return what is said in a clip of which there are such texts; the first may be subtitles."""
    left_out: Counter[str] = Counter()
    texts: list[str] = []
    for number, each in enumerate(raw):
        found = of_subtitles(each) if subtitles and not number else cleaned(each)
        left_out.update(found.left_out)
        texts += [found.text.strip()] if found.text.strip() else []
    return Said(texts[0] if texts else None, tuple(texts[1:]), dict(left_out))


def cleaned(raw: str) -> Reference:
    """Return what is said in a transcript; one that would have nothing left stays as it is."""
    found = Reference(raw)
    if not _MAY_HAVE.search(raw):
        return found
    lines = raw.splitlines()
    lines = _without(lines, _SURE_CODE, _CODE_AHEAD, "time codes", found)
    lines = _without(lines, _SURE_LABEL, _LABEL, "speaker labels", found)
    text = "\n".join(line for line in lines if line.strip())
    text = _counted(_CODE_WITHIN, text, "time codes", found)
    found.left_out["notes in brackets"] += len(_NOTE.findall(text))
    text = _BRACES.sub(" ", text)
    found.left_out = +found.left_out
    if not any(map(str.isalnum, text)):
        return Reference(raw)
    found.text = text.strip()
    return found


def of_subtitles(raw: str) -> Reference:
    """Return what is said in WebVTT or SubRip, without times, markup and lines that roll on."""
    marks: Counter[Kind] = Counter()
    lines: list[str] = []
    shown: list[str] = []  # by the cue before
    for cue in _cues(raw):
        marks["speaker labels"] += len(_VOICE.findall(cue))
        text = html.unescape(_TAG.sub("", _VOICE.sub("", cue)))
        own = [line.strip() for line in text.splitlines() if line.strip()]
        again = _rolled(shown, own)
        marks["repeated lines of subtitles"] += again
        lines += own[again:]
        shown = own or shown
    found = cleaned("\n".join(lines))
    found.left_out = +(marks + found.left_out)
    return found


def _cues(raw: str) -> Iterator[str]:
    """Yield the text of each cue; a paragraph without a time goes on with the cue before."""
    cue: list[str] = []
    for paragraph in re.split(r"\n\s*\n", raw.lstrip("\ufeff").replace("\r\n", "\n")):
        lines = paragraph.strip("\n").split("\n")
        timed = next((n for n, line in enumerate(lines) if "-->" in line), None)
        if timed is not None:
            yield "\n".join(cue)
            cue = lines[timed + 1 :]
        elif cue and not _NO_CUE.match(paragraph):
            cue += lines
    yield "\n".join(cue)


def _rolled(before: list[str], own: list[str]) -> int:
    """Count the first lines that are the last ones of the cue before."""
    most = min(len(before), len(own))
    return next((n for n in range(most, 0, -1) if before[-n:] == own[:n]), 0)


def _without(
    lines: list[str], sure: re.Pattern[str], likely: re.Pattern[str], kind: Kind, found: Reference
) -> list[str]:
    """Take off what lines begin with: what is likely, if it is no single case."""
    spoken = sum(bool(line.strip()) for line in lines)
    alike = sum(bool(sure.match(line) or likely.match(line)) for line in lines)
    usual = alike >= _FEW and (likely is not _CODE_AHEAD or 2 * alike >= spoken)
    kept = []
    for line in lines:
        if match := sure.match(line) or (likely.match(line) if usual else None):
            found.left_out[kind] += 1
            line = line[match.end() :]  # noqa: PLW2901 - what is left of it
        kept.append(line)
    return kept


def _counted(pattern: re.Pattern[str], text: str, kind: Kind, found: Reference) -> str:
    """Take every match out of a text, and count it."""
    text, times = pattern.subn(" ", text)
    found.left_out[kind] += times
    return text
