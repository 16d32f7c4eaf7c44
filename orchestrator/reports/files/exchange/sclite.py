"""Runs as NIST's sclite reads them: trn, stm and ctm, of the words as they were scored.

So it aligns the words that were compared here, and counts as everybody's papers do: it merges no
compounds, and a substitution costs 4 where an insertion or a deletion costs 3. Characters that say
something to it are written as their wide forms, in references and transcripts alike.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from orchestrator.analysis.references import spoken
from orchestrator.analysis.scoring.text import Normalizer, normalise
from orchestrator.analysis.totals import side_by_side
from orchestrator.reports.files.exchange.word_times import Word, timed
from orchestrator.runs.folder import replacing
from orchestrator.runs.run_files import WORD_PASSES
from orchestrator.runs.schema import Passes, SegmentText
from orchestrator.runs.stored import Run
from orchestrator.runs.transcripts import FileNames, Spoken

REFERENCE = "reference"
_CHANNEL = "A"
# Alternatives, their null word, optional words, and tags: U+FF01 to U+FF5E look like ASCII's.
_WIDE = {ord(sign): ord(sign) + 0xFEE0 for sign in "{}/@()<>;\\"}
_COMMENTS = {
    "trn": "",
    "stm": ";; words as they were scored; times are of whole clips\n",
    "ctm": ";; words as they were scored; times are the engine's: of words where the run has them,"
    " else of segments, shared out among their words\n",
}


@dataclass(frozen=True, slots=True)
class _Clip:
    """A clip under the names that sclite takes, and what was said and heard in it."""

    key: str  # in the order of the clips: sclite wants its files sorted by it
    speaker: str
    seconds: float
    said: str  # with alternatives as sclite has them
    heard: tuple[tuple[Word, ...], ...]  # by each contender


def write(run: Run, folder: Path, form: str) -> list[Path]:
    """Write a file a contender, and for trn and stm the reference, into a folder that is there.

    Return them. Raises UsageError where they cannot be written, ConfigError where the run is
    damaged.
    """
    names, whose = FileNames(), [REFERENCE, *run.rows]
    paths = [folder / f"{names(name)}.{form}" for name in whose]
    if form == "ctm":  # which has no place for a clip without words
        paths = paths[1:]
    with ExitStack() as stack:
        files = [stack.enter_context(replacing(path, f"--{form} DIR")) for path in paths]
        for file in files:
            file.write(_COMMENTS[form].encode())
        for clip in _clips(run):
            for file, text in zip(files, _texts(clip, form), strict=True):
                file.write(text.encode("utf-8", "replace"))
    return paths


def _texts(clip: _Clip, form: str) -> list[str]:
    """Return what each file says of a clip, in the order of the files."""
    if form == "ctm":
        return [
            "".join(
                f"{clip.key} {_CHANNEL} {w.start:.3f} {w.end - w.start:.3f} {_word(w.text)}\n"
                for w in words
            )
            for words in clip.heard
        ]
    lines = [clip.said, *(" ".join(_word(w.text) for w in words) for words in clip.heard)]
    if form == "trn":
        return [f"{line} ({clip.speaker}_{clip.key})\n" for line in lines]
    begin = f"{clip.key} {_CHANNEL} {clip.speaker} 0.000 {clip.seconds:.3f}"
    return [f"{begin} {line}\n" for line in lines]


def _clips(run: Run) -> Iterator[_Clip]:
    """Yield the clips that have a reference, as each contender's first process heard them."""
    rows, settings = [own[0] for own in run.rows.values()], run.manifest.settings
    times = [_Times(run.folder.accuracy(WORD_PASSES, name)) for name in run.rows]
    for number, (clip, passes) in enumerate(side_by_side(rows, run.folder), 1):
        words = [known.of(clip.name) for known in times]
        if clip.reference is None:
            continue
        language = spoken(clip, settings, passes[0])
        words_of = partial(_words, language=language, normalizer=settings.normalizer)
        yield _Clip(
            key=f"{number:06}_{_name(clip.name)}",
            speaker=_name(clip.speaker or "unknown").replace("_", "."),
            seconds=clip.seconds,
            said=_said(map(words_of, (clip.reference, *clip.alternatives))),
            heard=tuple(
                timed(Spoken(p.text, p.language, clip.seconds, own or p.segments), words_of)
                for p, own in zip(passes, words, strict=True)
            ),
        )


def _words(text: str, language: str, normalizer: Normalizer) -> list[str]:
    return normalise(text, language, normalizer).split()


def _said(references: Iterable[list[str]]) -> str:
    """Return the words of a reference; of several, alternatives: { one text / another }."""
    written = [" ".join(map(_word, words)) or "@" for words in references]
    if len(written) > 1:
        return f"{{ {' / '.join(written)} }}"
    return written[0] if written[0] != "@" else ""


class _Times:
    """The words that a contender timed apart from what was scored, of clips in their order."""

    def __init__(self, passes: Iterator[Passes]) -> None:
        self._passes = passes
        self._next = next(passes, None)

    def of(self, clip: str) -> Sequence[SegmentText]:
        """Return the words of a clip; none where it was not among those that were timed."""
        if self._next is None or self._next.clip != clip:
            return ()
        words = self._next.words
        self._next = next(self._passes, None)
        return words or ()


def _word(word: str) -> str:
    return word.translate(_WIDE)


def _name(name: str) -> str:
    """Return a name without spaces, brackets and the signs that part an utterance's name."""
    return re.sub(r"[^\w.]+", "_", name)
