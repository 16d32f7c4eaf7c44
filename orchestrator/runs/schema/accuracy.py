"""What a summary says of accuracy: rates with intervals, differences between backends, disputes."""

from typing import Literal

from orchestrator.runs.schema.record import Record


class Rate(Record):
    """A share with its 95 % interval over so many recordings or speakers; null where none is."""

    value: float
    low: float | None
    high: float | None
    clusters: int


class Formatting(Record):
    """Errors in 100 words of the references as written: `written` is the sum of all others.

    A part below 0 says that peeling made errors: "its" for "it's" is one error, for "it is" two.
    """

    written: float  # as `normalizer="none"` has it
    lexical: float  # wrong words; the WER is the same errors, over words once normalised
    numbers: float | None  # digits or words; null where no normaliser knows the language's numbers
    spelling: float  # hyphens, compounds; in English spelling variants, contractions, fillers too
    casing: float
    punctuation: float


class Languages(Record):
    """How often a backend that had to detect the language of a clip was right; and what it cost."""

    right: int
    wrong: int
    silent: int  # it did not say
    seconds: float | None  # what detecting adds to a clip, by the median over processes


class Accuracy(Record):
    """One backend's errors over all clips with a reference; a failed clip is all deletions."""

    clips: int
    words: int
    substitutions: int
    insertions: int
    deletions: int
    characters: int
    character_errors: int
    wer: Rate
    cer: float | None
    by_character: bool  # in languages written without spaces each character is a word
    empty: int  # the transcript has no word although the reference has
    failed: int
    looping: int
    formatting: Formatting | None = None  # null where no reference is formatted


class ErrorDifference(Record):
    """How many fewer errors in 100 words the first makes, over the same clips: below 0, it is more.

    Without limits, under 10 clusters, `outcome` is null.
    """

    first: str
    second: str
    fewer: float
    low: float | None
    high: float | None
    clips: int
    clusters: int
    outcome: Literal["fewer", "more", "undecided"] | None
    sentence: str


class Disagreement(Record):
    """How far two backends differ where nobody knows the truth: edits a word."""

    first: str
    second: str
    rate: float | None


class Disputed(Record):
    """A stretch of a clip that backends hear differently, and what each heard."""

    clip: str
    start: float | None
    end: float | None
    share: float  # of words that others hear differently
    heard: dict[str, str]
