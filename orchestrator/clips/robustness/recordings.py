"""Makes the robustness set once, by the synthetic voice, into the user's cache."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np

from orchestrator.cache import disk
from orchestrator.cache.progress import Progress
from orchestrator.clips.audio.clips import Utterance
from orchestrator.clips.audio.samples import RATE, Samples, flac
from orchestrator.clips.languages import MULTIPLE
from orchestrator.clips.robustness import cases
from orchestrator.clips.robustness.cases import (
    CASES,
    ENGLISH,
    LANGUAGES,
    RECORDING,
    TALK,
    Case,
    talk,
)
from orchestrator.clips.speech import process
from orchestrator.clips.speech.process import Voice
from orchestrator.places import cache_folder
from orchestrator.runs.schema import Fault

# Raise it when a case would become other samples; the lock and the talk stand for the speech.
_MAKER = 1


def corpus(progress: Progress, *, one_language: bool) -> Iterator[Utterance | Fault]:
    """Yield every case in order, having made what is missing.

    Models that know `one_language` each are not asked for several. Silence is among the cases, so
    they have to be loaded with it allowed. Raises EnvironmentFailed, ModelError for a full disk.
    """
    place = folder()
    missing = [case for case in CASES if not _path(case, place).exists()]
    if missing:
        make(missing, place, progress)
    for case in CASES:
        language = ENGLISH if case.reference else None
        yield Utterance(case.name, _path(case, place), case.reference, language)
    if one_language:
        yield Fault(LANGUAGES.name, "not asked of a model that knows one language: -m base")
    else:
        said = RECORDING.with_suffix(".txt").read_text("utf-8").strip()
        yield Utterance(LANGUAGES.name, RECORDING, said, MULTIPLE)


def assembled(case: Case, spoken: Mapping[int, Samples]) -> Samples:
    """Return a case's samples, made of the talk's paragraphs as they were spoken, by number."""
    speech = case.sound(_track(case, case.paragraphs, spoken))
    return cases.under(speech, _track(case, case.other, spoken)) if case.other else speech


def _track(case: Case, paragraphs: range, spoken: Mapping[int, Samples]) -> Samples:
    """Return the paragraphs each at its time, cut or filled to the length of the case."""
    track = np.zeros(round(case.seconds * RATE), np.float32)
    start = -round(case.skip * RATE)
    for number in paragraphs:
        piece = spoken[number][max(0, -start) :][: len(track) - max(0, start)]
        track[max(0, start) :][: len(piece)] += piece
        start += round(talk()[number].seconds * RATE)
    return track


def make(cases: Iterable[Case], place: Path, progress: Progress) -> None:
    """Make these cases as FLAC files in the folder `place`.

    Raises EnvironmentFailed, CleanroomError when the voice dies, ModelError for a full disk.
    """
    process.prepare(lambda what: progress(what, None))
    needed = sorted({number for case in cases for number in (*case.paragraphs, *case.other)})
    spoken = {}
    with Voice() as voice:
        for done, number in enumerate(needed):
            progress("making the robustness set", done / len(needed))
            spoken[number] = voice.say(talk()[number].text).samples
    with disk.explained(place, 0):
        for case in cases:
            with disk.replacing(_path(case, place)) as file:
                file.write(flac(assembled(case, spoken)))


def folder() -> Path:
    """Return where the set is kept: another folder for another voice, talk or maker."""
    lock, text = (path.read_bytes() for path in (process.PROJECT / "uv.lock", TALK))
    digest = hashlib.sha256(lock + text).hexdigest()[:12]
    return cache_folder() / "robustness" / f"{_MAKER}-{digest}"


def _path(case: Case, place: Path) -> Path:
    return place / f"{case.name}.flac"
