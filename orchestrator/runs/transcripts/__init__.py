"""Transcripts as files that other programs open: txt, srt, vtt and JSON."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

from orchestrator import files
from orchestrator.errors import UsageError
from orchestrator.runs.transcripts.names import FileNames, safe
from orchestrator.runs.transcripts.spoken import Spoken, Timed, in_order, one_line
from orchestrator.runs.transcripts.subtitles import subtitles

__all__ = ["FORMATS", "FileNames", "Spoken", "document", "expect_writable", "rendered", "write"]

FORMATS = ("txt", "srt", "vtt", "json")


def write(folder: Path, stem: str, spoken: Spoken, formats: Sequence[str] = FORMATS) -> list[Path]:
    """Write one file a format into the folder, made if missing; return their paths.

    Files of these names are replaced, each whole or not at all. `stem` may be any text: see
    `names.safe`; where several clips share the folder their names come from a `FileNames`. Raises
    UsageError for a format there is not, and where the folder cannot be written.
    """
    texts = {form: rendered(spoken, form) for form in formats}
    name = safe(stem)
    with _writing(folder):
        for form, text in texts.items():
            files.write(folder / f"{name}.{form}", text.encode("utf-8", "replace"))
        return [folder / f"{name}.{form}" for form in texts]


def expect_writable(folder: Path) -> None:
    """Make the folder if missing; raise UsageError now where nothing could be written later."""
    with _writing(folder):
        TemporaryFile(dir=folder).close()


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise UsageError(
            f"transcripts cannot be written into {folder}: {error.strerror}",
            "free some space, or name another folder",
        ) from error


def rendered(spoken: Spoken, form: str) -> str:
    """Return the text of the file in this format; raise UsageError for one there is not."""
    match form:
        case "txt":
            return "".join(f"{line}\n" for line in _lines(spoken))
        case "srt" | "vtt":
            return subtitles(spoken, form)
        case "json":
            return json.dumps(document(spoken), ensure_ascii=False, indent=2) + "\n"
        case _:
            raise UsageError(f"there is no format {form!r}", f"one of: {', '.join(FORMATS)}")


def document(spoken: Spoken) -> dict[str, object]:
    """Return the transcript as JSON has it: pieces in time order, unknown times null.

    Times are those of the recording; `offset` is there where its sound begins late.
    """
    written: dict[str, object] = {
        "text": spoken.text,
        "language": spoken.language,
        "seconds": spoken.seconds,
        "segments": _timed(spoken, spoken.segments),
        "words": None if spoken.words is None else _timed(spoken, spoken.words),
    }
    return written | ({"offset": spoken.offset} if spoken.offset else {})


def _timed(spoken: Spoken, pieces: Iterable[Timed]) -> list[dict[str, object]]:
    """Return pieces with the times of the recording."""
    return [
        {
            "start": None if piece.start is None else piece.start + spoken.offset,
            "end": None if piece.end is None else piece.end + spoken.offset,
            "text": piece.text,
        }
        for piece in in_order(spoken, pieces)
    ]


def _lines(spoken: Spoken) -> list[str]:
    """Return a line a segment, in time order, where they hold the text the engine gave; else it."""
    whole = one_line(spoken.text)
    lines = [one_line(piece.text) for piece in in_order(spoken, spoken.segments)]
    return [line for line in (lines if _same(lines, whole) else [whole]) if line]


def _same(lines: Iterable[str], whole: str) -> bool:
    return "".join(lines).replace(" ", "") == whole.replace(" ", "")
