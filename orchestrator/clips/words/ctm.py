"""CTM, NIST's table of timed words: recording, channel, start, duration, word, confidence.

A line is a word, `;;` begins a comment. Source: sclite's `ctm` format (SCTK).
"""

import math

from orchestrator.runs.schema import TimedWord

_FIELDS = 5
_COMMENT = ";;"
_NO_WORDS = {"<eps>", "<sil>", "<unk>", "[noise]", "[laughter]", "[sil]", "sil", "sp", "spn", ""}


def is_word(label: str) -> bool:
    """Tell words from the marks that aligners set for silence, noise and what they do not know."""
    return label not in _NO_WORDS and any(c.isalnum() for c in label)


def words(text: str, recording: str) -> list[TimedWord]:
    """Return the words of a recording; a file that names one only is taken to mean this one.

    Raises ValueError, which says the line, for what is no CTM, and where it lacks the recording.
    """
    found = by_recording(text)
    if recording in found:
        return found[recording]
    if len(found) == 1:
        return next(iter(found.values()))
    named = ", ".join(sorted(found)[:3])
    raise ValueError(f"it has no line for {recording}, but for {named}" if named else "it is empty")


def by_recording(text: str) -> dict[str, list[TimedWord]]:
    """Return the words of every recording, of all its channels; raise ValueError, as `words`."""
    found: dict[str, list[TimedWord]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        fields = line.split()
        if not fields or fields[0].startswith(_COMMENT):
            continue
        if len(fields) < _FIELDS:
            raise ValueError(f"line {number} has {len(fields)} fields: a word takes {_FIELDS}")
        name, _, start, duration, word = fields[:_FIELDS]
        begin, length = (_seconds(each, number) for each in (start, duration))
        own = found.setdefault(name, [])
        if is_word(word):
            own.append(TimedWord(start=begin, end=begin + length, text=word))
    return found


def _seconds(text: str, line: int) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise ValueError(f"line {line}: {text} is no number of seconds")
    return seconds
