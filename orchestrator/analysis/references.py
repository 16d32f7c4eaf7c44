"""What a transcript is held against: the closest of a clip's references, in the clip's language."""

from typing import NamedTuple, TypeAlias

from orchestrator.analysis.scoring import text
from orchestrator.analysis.scoring.text import Normalizer
from orchestrator.clips.audio.clips import Utterance
from orchestrator.runs.schema import ClipRecord, Passes, Settings

Referenced: TypeAlias = ClipRecord | Utterance
"""A clip as far as its texts are scored: of a run, or of a corpus whose audio nobody decoded."""


class Texts(NamedTuple):
    """What of a clip is compared: nothing was `said` without a reference, or `heard` in failing."""

    said: str | None
    heard: str | None
    language: str


def texts(
    clip: Referenced, passes: Passes, settings: Settings, normalizer: Normalizer | None = None
) -> Texts:
    """Return what is compared of a clip; by the settings' own normaliser where none is given."""
    language = spoken(clip, settings, passes)
    heard = None if passes.failed is not None else passes.text
    said = closest(clip, heard, language, normalizer or settings.normalizer)
    return Texts(said, heard, language)


def spoken(clip: Referenced, settings: Settings, passes: Passes) -> str:
    """Return the language a clip is scored in: known, asked for, or as detected."""
    asked = settings.language if settings.language != "auto" else None
    return clip.language or asked or passes.language or "en"


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
