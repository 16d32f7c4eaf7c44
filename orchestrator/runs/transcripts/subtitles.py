"""Subtitles out of what was heard: every text on screen for a while, whatever its times are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from orchestrator.runs.transcripts.spoken import Piece, Spoken, in_order, one_line

# No text may be taken for markup. SubRip has no way to write `<` or an arrow as text: look-alikes
# stand in. Players read a backslash as the beginning of a command: a word joiner parts them.
_PLAIN = {
    "srt": str.maketrans({"<": "\u2039", ">": "\u203a", "\\": "\\\u2060"}),
    "vtt": str.maketrans({"<": "&lt;", ">": "&gt;", "&": "&amp;", "\\": "\\\u2060"}),
}
_BEGINNING = {"srt": "", "vtt": "WEBVTT\n\n"}
_POINT = {"srt": ",", "vtt": "."}
_NO_LENGTH_MILLISECONDS = 3000  # so long a text of no length is shown at most


@dataclass(frozen=True, slots=True)
class Cue:
    """A text on screen, in milliseconds from the clip's start; it ends after it begins."""

    start: int
    end: int
    text: str


def subtitles(spoken: Spoken, form: str) -> str:
    """Return the file's text in one of the forms "srt" and "vtt", with the recording's times."""
    offset = round(spoken.offset * 1000)
    written = (
        f"{number}\n{_clock(cue.start + offset, form)} --> {_clock(cue.end + offset, form)}\n"
        f"{cue.text.translate(_PLAIN[form])}\n\n"
        for number, cue in enumerate(cues(spoken), 1)
    )
    return _BEGINNING[form] + "".join(written)


def _clock(milliseconds: int, form: str) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{_POINT[form]}{rest:03}"


def cues(spoken: Spoken) -> list[Cue]:
    """Return what is shown when: within the clip, by beginning; nothing for a clip without text.

    Segments without any times become one cue over the whole clip.
    """
    pieces = in_order(spoken, spoken.segments)
    pieces = [Piece(p.start, p.end, text) for p in pieces if (text := one_line(p.text))]
    length = max(round(spoken.seconds * 1000), 1)
    if any((piece.start, piece.end) != (None, None) for piece in pieces):
        return list(_timed(pieces, length))
    text = one_line(spoken.text)
    return [Cue(0, length, text)] if text else []


def _timed(pieces: Sequence[Piece], length: int) -> Iterator[Cue]:
    """Fill in the times that are unknown or cannot be, from those of the neighbours."""
    starts = [None if p.start is None else min(round(p.start * 1000), length - 1) for p in pieces]
    shown = Cue(0, 0, "")
    for number, (piece, known) in enumerate(zip(pieces, starts, strict=True)):
        after = starts[number + 1] if number + 1 < len(starts) else length
        begins = min(shown.end, length - 1) if known is None else known
        start = max(min(begins, begins if after is None else after), shown.start)
        shown = Cue(start, _end(piece, start, starts[number + 1 :], length), piece.text)
        yield shown


def _end(piece: Piece, start: int, following: Sequence[int | None], length: int) -> int:
    """Return when a text goes: at its end, or where it has none when a later one begins."""
    end = length if piece.end is None else min(round(piece.end * 1000), length)
    if piece.end is not None and end > start:
        return end
    most = length if piece.end is None else min(length, start + _NO_LENGTH_MILLISECONDS)
    later = (after for after in following if after is not None and start < after < most)
    return next(later, most)
