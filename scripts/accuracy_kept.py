"""What docs/records/accuracy/ keeps of a run: its summary, and figures of its texts."""

from collections import Counter
from collections.abc import Iterator
from itertools import groupby, zip_longest
from pathlib import Path
from unicodedata import combining, normalize

import jiwer

from orchestrator.analysis.references import spoken
from orchestrator.analysis.robustness.checks import losses
from orchestrator.analysis.robustness.verdicts import WINDOW_SECONDS
from orchestrator.analysis.scoring.text import edits, normalise
from orchestrator.analysis.totals import side_by_side
from orchestrator.runs.folder import RunFolder
from orchestrator.runs.schema import (
    ClipRecord,
    ContenderSummary,
    Measured,
    Passes,
    Settings,
    Summary,
)
from orchestrator.runs.schema.record import Record

_MOST_SLIPS = 8


class Slip(Record):
    """A word said and what was heard in its place, empty where nothing was; how often by whom."""

    said: str
    heard: str
    times: dict[str, int]


class Aside(Record):
    """Errors in 100 words that say little of an engine."""

    accents: float  # gone where letters with and without accents are equal
    digits: float  # of the rest, those with a digit on either side: "1" heard as "uno"


class Kept(Record):
    """One run as the page needs it; everything but the summary is by backend."""

    summary: Summary
    aside: dict[str, Aside]
    slips: tuple[Slip, ...]  # accents aside, the most frequent over all backends
    lost: dict[str, tuple[str, ...]]  # runs of words, in clips longer than a window


def keep(folder: RunFolder, summary: Summary) -> Kept:
    """Read a finished run's transcripts; return it as anybody's machine would have it."""
    measured = (row for row in folder.rows() if isinstance(row, Measured))
    readings: dict[str, _Reading] = {}
    for row in measured:
        if row.backend not in readings:
            readings[row.backend] = _Reading(summary.settings)
            for clip, (passes,) in side_by_side([row], folder):
                readings[row.backend].add(clip, passes)
    often = sum((reading.slips for reading in readings.values()), Counter[tuple[str, str]]())
    return Kept(
        summary=_anonymous(summary),
        aside={name: reading.aside for name, reading in readings.items() if reading.words},
        slips=tuple(
            Slip(said=pair[0], heard=pair[1], times={b: r.slips[pair] for b, r in readings.items()})
            for pair, _ in often.most_common(_MOST_SLIPS)
        ),
        lost={name: tuple(reading.lost) for name, reading in readings.items()},
    )


class _Reading:
    """One backend's transcripts against their references, accents aside."""

    def __init__(self, settings: Settings) -> None:
        self.words = self._errors = self._unaccented = self._digits = 0
        self.slips: Counter[tuple[str, str]] = Counter()
        self.lost: list[str] = []
        self._settings = settings

    def add(self, clip: ClipRecord, passes: Passes) -> None:
        """Take in one clip that has a reference."""
        if clip.reference is None:
            return
        language = spoken(clip, self._settings, passes)
        texts = [normalise(text, language) for text in (clip.reference, passes.text)]
        said, heard = (_bare(text).split() for text in texts)
        pairs = list(_pairs(said, heard))
        self.words += len(said)
        self._errors += sum(edits(*(text.split() for text in texts)))
        self._unaccented += sum(edits(said, heard))
        self._digits += sum(any(map(str.isdigit, one + other)) for one, other in pairs)
        self.slips.update(pairs)
        if clip.seconds > WINDOW_SECONDS:
            self.lost += _lost(said, heard, clip.seconds)

    @property
    def aside(self) -> Aside:
        """What of the errors is accents, and digits."""
        accents, digits = self._errors - self._unaccented, self._digits
        return Aside(accents=100 * accents / self.words, digits=100 * digits / self.words)


def _anonymous(summary: Summary) -> Summary:
    """Leave out every text and path, names of files excepted."""
    settings = summary.settings
    local = {name: Path(path).name for name, path in settings.local.items()}
    corpus = settings.corpus and Path(settings.corpus).name
    fields = {
        "settings": settings.model_copy(update={"corpus": corpus, "local": local}),
        "contenders": tuple(map(_nowhere, summary.contenders)),
        "clips": (),
        "disputed": (),
    }
    return summary.model_copy(update=fields)


def _nowhere(line: ContenderSummary) -> ContenderSummary:
    model = line.model and line.model.model_copy(update={"path": Path(line.model.path.name)})
    return line.model_copy(update={"model": model, "transcripts": ()})


def _bare(text: str) -> str:
    """Return a text without its accents."""
    return normalize("NFC", "".join(c for c in normalize("NFD", text) if not combining(c)))


def _pairs(said: list[str], heard: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each wrong word beside what was said, by jiwer's alignment; "" stands for nothing.

    Compounds merely split or joined are no errors, as in scoring.
    """
    if not (said and heard):
        yield from ((word, "") for word in said)
        return
    chunks = jiwer.process_words(" ".join(said), " ".join(heard)).alignments[0]
    for equal, run in groupby(chunks, lambda chunk: chunk.type == "equal"):
        pairs = [pair for chunk in run for pair in _placed(chunk, said, heard)]
        ours, theirs = ("".join(words) for words in zip(*pairs, strict=True))
        if not equal and ours != theirs:
            yield from pairs


def _placed(
    chunk: jiwer.AlignmentChunk, said: list[str], heard: list[str]
) -> Iterator[tuple[str, str]]:
    """Put the words of a chunk side by side."""
    ours = said[chunk.ref_start_idx : chunk.ref_end_idx]
    theirs = heard[chunk.hyp_start_idx : chunk.hyp_end_idx]
    return zip_longest(ours, theirs, fillvalue="")


def _lost(said: list[str], heard: list[str], seconds: float) -> Iterator[str]:
    """Tell of every run of lost words; when it was said is known by its share of the clip."""
    timed = [(seconds * number / len(said), word) for number, word in enumerate(said)]
    for loss in losses(timed, heard):
        minute, second = divmod(round(loss.start), 60)
        yield f"{loss.words} words about {minute}:{second:02}, in “{loss.text}”"
