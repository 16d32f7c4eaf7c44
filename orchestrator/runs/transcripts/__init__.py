"""Transcripts as files that other programs open: txt, srt, vtt and JSON, named as their clips."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

from orchestrator import files
from orchestrator.errors import UsageError
from orchestrator.runs.transcripts.spoken import Spoken, Timed, in_order, one_line, subtitles

__all__ = [
    "FORMATS",
    "FileNames",
    "Files",
    "Spoken",
    "document",
    "expect_writable",
    "rendered",
    "write",
]

FORMATS = ("txt", "srt", "vtt", "json")
_NO_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff/\\]")
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # on Windows' disks
_MOST_BYTES = 180  # file systems allow 255: a suffix and a mark must fit, and accents may double


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


def safe(name: str) -> str:
    """Return the name if files can have it, else the nearest that they can, with a mark of its own.

    Safe names stay what they are.
    """
    nearest = _NO_NAME.sub("_", name).strip(" .")  # a dot in front hides a file, ".." leaves
    if not nearest or _DEVICE.fullmatch(nearest):
        nearest = f"_{nearest}"
    if nearest == name and len(name.encode()) <= _MOST_BYTES:
        return name
    mark = f"~{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    kept = nearest.encode()[: _MOST_BYTES - len(mark)].decode("utf-8", "ignore")
    return kept + mark


class FileNames:
    """Gives each clip of one folder a name of its own, also where `Talk` and `talk` are one file.

    The same clips in the same order have the same names again.
    """

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def __call__(self, clip: str) -> str:
        """Return the name of this clip's files: the second of one name is called `talk-2`."""
        name, number = safe(clip), 1
        while (key := _folded(name)) in self._taken:
            number += 1
            name = safe(f"{clip}-{number}")
        self._taken.add(key)
        return name


def _folded(name: str) -> str:
    """Return what is equal for names that some file system takes for one."""
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", name).casefold())


class Files:
    """Writes what is said in recordings; two of one name in one folder become `talk` and `talk-2`.

    Raises UsageError when it is made for a folder that cannot be written, or for a text that would
    stand where `run` looks for what a person says was spoken: backends would be scored against one
    of them.
    """

    def __init__(
        self, recordings: Sequence[Path], folder: Path | None, formats: Sequence[str]
    ) -> None:
        self._folder = folder
        self._formats = formats
        self._names: dict[Path, FileNames] = {}
        for recording in recordings if "txt" in formats else ():
            if (folder or recording.parent).resolve() == recording.parent.resolve():
                raise UsageError(
                    f"{recording.with_suffix('.txt')} is where `run` looks for the reference of"
                    f" {recording.name}: no engine's text may stand there",
                    "write elsewhere: --output DIR, or leave --format txt out",
                )
        if folder is not None:
            expect_writable(folder)

    def write(self, recording: Path, spoken: Spoken) -> list[Path]:
        """Write every format; return the paths. Raises UsageError where they cannot be written."""
        folder = self._folder or recording.parent
        names = self._names.setdefault(folder.resolve(), FileNames())
        return write(folder, names(recording.stem), spoken, self._formats)
