"""What a corpus yields: utterances still to be decoded, and faults, which cost only themselves."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Utterance:
    """A recording with what is known of it; `name` is unique in its corpus."""

    name: str
    path: Path
    reference: str | None = None
    language: str | None = None  # the primary code, such as "en"
    speaker: str | None = None  # or the recording it was cut from: errors cluster by it


@dataclass(frozen=True, slots=True)
class Fault:
    """What of a corpus cannot be used: where (a file, or a file and line), and why."""

    where: str
    what: str
