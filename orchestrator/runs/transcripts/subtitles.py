"""Subtitles out of what was heard: every text on screen for a while, whatever its times are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from orchestrator.runs.transcripts.spoken import Piece, Spoken, in_order, one_line

# No text may be taken for markup. SubRip has no way to write `<` or an arrow as text: look-alikes
# stand in. The library reads a backslash as the beginning of a command: a word joiner parts them.
_PLAIN = {
    "srt": str.maketrans({"<": "\u2039", ">": "\u203a", "\\": "\\\u2060"}),
    "vtt": str.maketrans({"<": "&lt;", ">": "&gt;", "&": "&amp;", "\\": "\\\u2060"}),
}


@dataclass(frozen=True, slots=True)
class Cue:
    """A text on screen, in milliseconds from the clip's start; it ends after it begins."""

    start: int
    end: int
    text: str


def subtitles(spoken: Spoken, form: str) -> str:
    """Return the file's text in one of the forms "srt" and "vtt"."""
    from pysubs2 import SSAEvent, SSAFile  # noqa: PLC0415 - most commands never need it

    file = SSAFile()
    file.events = [
        SSAEvent(start=cue.start, end=cue.end, text=cue.text.translate(_PLAIN[form]))
        for cue in cues(spoken)
    ]
    return file.to_string(form, keep_ssa_tags=True)  # else it drops what stands in braces


def cues(spoken: Spoken) -> list[Cue]:
    """Return what is shown when: within the clip, by beginning; nothing for a clip without text.

    Segments without any times become one cue over the whole clip.
    """
    pieces = [Piece(p.start, p.end, one_line(p.text)) for p in in_order(spoken.segments)]
    pieces = [piece for piece in pieces if piece.text]
    length = max(round(spoken.seconds * 1000), 1)
    if any((piece.start, piece.end) != (None, None) for piece in pieces):
        return list(_timed(pieces, length))
    text = one_line(spoken.text)
    return [Cue(0, length, text)] if text else []


def _timed(pieces: Sequence[Piece], length: int) -> Iterator[Cue]:
    """Fill in the times that are unknown or cannot be, from those of the neighbours."""
    starts = [None if p.start is None else _within(p.start, length - 1) for p in pieces]
    shown = Cue(0, 0, "")
    for piece, known, after in zip(pieces, starts, [*starts[1:], length], strict=True):
        begins = min(shown.end, length - 1) if known is None else known
        start = max(min(begins, begins if after is None else after), shown.start)
        ends = None if piece.end is None else _within(piece.end, length)
        end = next(t for t in (ends, after, length) if t is not None and t > start)
        shown = Cue(start, end, piece.text)
        yield shown


def _within(seconds: float, most: int) -> int:
    """Return milliseconds from 0 to `most`."""
    return min(round(max(0.0, min(seconds, most / 1000)) * 1000), most)
