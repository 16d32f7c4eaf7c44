"""Which reference a transcript is held against, where a clip has several that are as good."""

from typing import TypeAlias

from orchestrator.analysis.scoring import text
from orchestrator.analysis.scoring.text import Normalizer
from orchestrator.clips.audio.clips import Utterance
from orchestrator.runs.schema import ClipRecord

Referenced: TypeAlias = ClipRecord | Utterance
"""A clip as far as its texts are scored: of a run, or of a corpus whose audio nobody decoded."""


def closest(
    clip: Referenced, hypothesis: str | None, language: str, normalizer: Normalizer
) -> str | None:
    """Return the reference with the fewest errors, of equals the first; None where there is none.

    Of a failure, a `hypothesis` of None, it is the one with the fewest words.
    """
    if clip.reference is None or not clip.alternatives:
        return clip.reference
    return min(
        (clip.reference, *clip.alternatives),
        key=lambda said: text.score(said, hypothesis or "", language, normalizer).errors,
    )
