"""Reads a text file line by line: what of each line is read aloud, or why it cannot be."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orchestrator import files
from orchestrator.clips.audio.clips import Fault
from orchestrator.errors import UsageError

# About an hour of speech: a line is one clip, and a clip is made in memory.
LONGEST_CHARACTERS = 60_000

# The voice reads what is in brackets, normalisers delete it: every engine would have invented it.
_BRACKETS = r"[()\[\]{}<>]+"
_BETWEEN_WORDS = re.compile(rf"(?<=\w){_BRACKETS}(?=\w)")
_ANYWHERE = re.compile(_BRACKETS)


@dataclass(frozen=True, slots=True)
class Line:
    """A line that can be read aloud: its number in the file, from 1, and what is said."""

    number: int
    text: str


def lines(path: Path) -> Iterator[Line | Fault]:
    """Yield every line of a UTF-8 file that is not blank, or what is wrong with it.

    Raises UsageError for a file that cannot be read or is not UTF-8.
    """
    if path.exists() and not path.is_file():  # a pipe could be read only once
        raise UsageError(f"{path} is no regular file", "name a text file, a clip a line")
    try:
        with files.regular(path) as file:
            for number, raw in enumerate(file, 1):
                if text := _spoken(raw.decode("utf-8-sig" if number == 1 else "utf-8")):
                    fault = _fault(text)
                    yield (
                        Fault(f"{path.name}, line {number}", fault) if fault else Line(number, text)
                    )
    except FileNotFoundError as error:
        raise UsageError(f"{path} does not exist", "name a text file, a clip a line") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "name a text file") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text", "save it as UTF-8") from error


def _spoken(line: str) -> str:
    """Return the line as it is read and scored: composed letters, no brackets, single spaces."""
    composed = unicodedata.normalize("NFC", line)
    shown = "".join(c if c.isprintable() else " " for c in composed)
    return " ".join(_ANYWHERE.sub("", _BETWEEN_WORDS.sub(" ", shown)).split())


def _fault(text: str) -> str:
    """Say why a text cannot be read aloud, empty where it can.

    The voice knows English. Letters of other scripts it skips or reads as noise, and says nothing.
    """
    if foreign := [c for c in text if _is_foreign(c)]:
        shown = "".join(dict.fromkeys(foreign))[:10]
        return f"the voice reads English and knows no {shown!r}"
    if not any(c.isalnum() for c in text):
        return "it holds no word that can be read aloud"
    if len(text) > LONGEST_CHARACTERS:
        return f"it has {len(text):,} characters, a clip {LONGEST_CHARACTERS:,} at most: cut it"
    return ""


def _is_foreign(character: str) -> bool:
    """Whether this is a letter that is not Latin or a digit that is not 0 to 9."""
    if character.isalpha():
        return "LATIN" not in unicodedata.name(character, "")
    return character.isdecimal() and not character.isascii()
