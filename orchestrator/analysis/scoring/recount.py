"""A run's errors as other tools count them, beside ours: the texts are the same, the rules theirs.

sclite compares the words that are compared here; it merges no compounds, and lets a substitution
cost 4 where an insertion or a deletion costs 3: "a b" for "b c" is one of each, not two
substitutions. The Open ASR Leaderboard's tools merge compounds as we do, after the English rules of
Whisper's authors, to which they have since added a list of names and compounds that is not here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from orchestrator.analysis.references import texts
from orchestrator.analysis.scoring import text
from orchestrator.analysis.scoring.english import EnglishTextNormalizer
from orchestrator.analysis.scoring.text import Normalizer, Score
from orchestrator.analysis.totals import side_by_side
from orchestrator.clips import languages
from orchestrator.errors import UsageError
from orchestrator.runs.stored import Run

Rules = Literal["sclite-like", "asr-leaderboard"]


@dataclass(frozen=True, slots=True)
class Recount:
    """One contender's errors over all clips with a reference, by these rules or, None, by ours."""

    contender: str
    rules: Rules | None
    score: Score


def recount(run: Run, rules: Rules, normalizer: Normalizer) -> list[Recount]:
    """Count each contender's errors by ours and by these rules, in the order it was measured in.

    `normalizer` is that of ours. Raises UsageError where no clip has a reference, and for the
    leaderboard's rules where one is not English; ConfigError where the run is damaged.
    """
    found = []
    for name in run.rows:
        ours, theirs = [], []
        for said, heard, language in _texts(run, name, normalizer):
            ours.append(text.score(said, heard, language, normalizer))
            theirs.append(_score(said, heard, language, rules, normalizer))
        if ours:
            found.append(Recount(name, None, text.total(ours)))
            found.append(Recount(name, rules, text.total(theirs)))
    if not found:
        what = f"run {run.name} has no transcript of a clip with a reference: nothing to count"
        raise UsageError(what, "score a run of recordings with transcripts")
    return found


def _texts(run: Run, name: str, normalizer: Normalizer) -> Iterator[tuple[str, str, str]]:
    """Yield what was said and what was heard in each clip with a reference, and its language.

    Of several references it is the one that is scored. A clip that failed has no text, so that all
    of its words are missing.
    """
    for clip, (passes,) in side_by_side(run.rows[name][:1], run.folder):
        said, heard, language = texts(clip, passes, run.manifest.settings, normalizer)
        if said is not None:
            yield said, heard or "", language


def _score(said: str, heard: str, language: str, rules: Rules, normalizer: Normalizer) -> Score:
    """Return the counts of one clip."""
    if rules == "sclite-like":
        words = [text.normalise(each, language, normalizer).split() for each in (said, heard)]
        counts = text.edits(*words, merge=False, sclite=True)
    else:
        words = [_whisper(language)(each).split() for each in (said, heard)]
        counts = text.edits(*words)
    return Score(len(words[0]), *counts)


@cache
def _whisper(language: str) -> Callable[[str], str]:
    if languages.code(language) != "en":
        raise UsageError(
            f"the leaderboard's rules are known here for English, and a clip is in {language}",
            "its tools score what this writes: report RUN --asr-leaderboard DIR",
        )
    made: Callable[[str], str] = EnglishTextNormalizer()
    return made
