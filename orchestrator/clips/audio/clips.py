"""Clips: audio that engines hear, with the text it should become, and those that come with us."""

import codecs
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from orchestrator import files
from orchestrator.clips import references
from orchestrator.clips.audio.decoded_cache import decode, trim
from orchestrator.clips.audio.samples import RATE, Samples
from orchestrator.clips.references import MOST_TEXTS, SUBTITLES
from orchestrator.errors import AudioError, unread
from orchestrator.files import found
from orchestrator.runs import terms
from orchestrator.runs.schema import ClipRecord, Term

BUNDLED = Path(__file__).parent / "bundled"
RECORDINGS = ("names", "numbers", "noisy", "far")
"""A woman's voice: as it was recorded, in noise, and across a hall."""
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SILENCE = 10 ** (-80 / 20)  # -80 dBFS: under the noise of any microphone


@dataclass(frozen=True, slots=True)
class Utterance:
    """A recording with what is known of it; `name` is unique in its corpus."""

    name: str
    path: Path
    reference: str | None = None
    language: str | None = None  # the primary code, such as "en"
    speaker: str | None = None  # or the recording it was cut from: errors cluster by it
    track: int | None = None  # which audio of a film, from 1; None is the file's default
    terms: tuple[Term, ...] = ()  # names and jargon that its corpus lists for it
    groups: Mapping[str, str] = field(default_factory=dict)  # what else it says of it, by column
    alternatives: tuple[str, ...] = ()  # references that are as good as the first
    left_out: Mapping[str, int] = field(default_factory=dict)  # of the references, by kind


class Clip(ClipRecord):
    """A clip, with its 16 kHz mono samples as raw f32le in `pcm`; stored, it is without these."""

    pcm: Annotated[Path, Field(exclude=True)]
    terms: Annotated[tuple[Term, ...], Field(exclude=True)] = ()  # stored for all clips together
    left_out: dict[str, int] = Field(default_factory=dict, exclude=True)  # the same


def load_clip(path: Path, cache: Path, *, language: str | None = None) -> Clip:
    """Decode `path` into `cache`; a `.txt` beside it is its reference. Raises as `decoded`."""
    return _loaded(path.stem, path, cache, language)


def _loaded(
    name: str, path: Path, cache: Path, language: str | None, track: int | None = None
) -> Clip:
    _require_text(path)
    listed = terms_beside(path)
    subtitles, texts = texts_beside(path)
    said = references.said([_reference(text) for text in texts], subtitles=subtitles)
    utterance = Utterance(
        name,
        path,
        said.text,
        language,
        track=track,
        terms=terms.read(listed) if listed else (),
        alternatives=said.alternatives,
        left_out=said.left_out,
    )
    return decoded(utterance, cache)


def decoded(utterance: Utterance, cache: Path, *, silence: bool = False) -> Clip:
    """Decode a recording into `cache`, unless it was before.

    Raises AudioError for audio that cannot be used; silence is for tests of robustness, so it must
    be asked for.
    """
    samples = decode(utterance.path, cache, utterance.track)
    if not silence and _is_silent(samples.pcm):
        raise _silent(utterance.path, utterance.track)
    return Clip(
        name=utterance.name,
        path=utterance.path,
        pcm=samples.pcm,
        sha256=samples.sha256,
        seconds=samples.samples / RATE,
        samples=samples.samples,
        reference=utterance.reference,
        language=utterance.language,
        speaker=utterance.speaker,
        offset=samples.offset,
        track=utterance.track,
        notes=samples.notes,
        terms=utterance.terms,
        groups=dict(utterance.groups),
        alternatives=utterance.alternatives,
        left_out=dict(utterance.left_out),
    )


def load_clips(
    paths: Sequence[Path],
    cache: Path,
    *,
    language: str | None = None,
    track: int | None = None,
) -> list[Clip]:
    """Load every path, in order; the second clip of one stem is called `talk-2`, and so on."""
    return [
        _loaded(name, path, cache, language, track)
        for name, path in zip(_names(paths), paths, strict=True)
    ]


def bundled(cache: Path) -> list[Clip]:
    """Return the clips that are measured when none is given: a minute of English, with its text."""
    return [load_clip(BUNDLED / f"{name}.flac", cache, language="en") for name in RECORDINGS]


def restore(clips: Iterable[Clip], cache: Path) -> None:
    """Decode what was dropped since, then drop what was used longest ago beyond the cap.

    Raises AudioError where a file is no longer what it was when the run began.
    """
    needed = list(clips)
    missing = [clip for clip in needed if not clip.pcm.exists()]
    for clip in missing:
        if decode(clip.path, cache, clip.track).sha256 != clip.sha256:
            raise AudioError(f"{clip.path} changed during the run", "start the run again")
    if missing:
        trim(cache, {clip.pcm for clip in needed})


def _names(paths: Sequence[Path]) -> list[str]:
    """Give each path a name of its own, also where a file system ignores case."""
    names: list[str] = []
    taken: set[str] = set()
    given: set[str] = set()
    for path in paths:
        place = os.path.realpath(path)  # Path.resolve raises on a loop of links; decoding tells it
        if place in given:
            raise AudioError(f"{path} is given twice", "name each clip once")
        given.add(place)
        name, number = path.stem, 1
        while name.casefold() in taken:
            number += 1
            name = f"{path.stem}-{number}"
        taken.add(name.casefold())
        names.append(name)
    return names


def _require_text(path: Path) -> None:
    """Refuse a path whose bytes are no UTF-8: no result file and no terminal could hold it."""
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise AudioError(f"the path {str(path)!a} is not UTF-8", "rename it") from error


def texts_beside(path: Path) -> tuple[bool, list[Path]]:
    """Return whether the first text beside a recording is subtitles, and all of them.

    The first is `talk.txt`, else `talk.vtt` or `talk.srt`, whatever the case of their endings;
    `talk.2.txt` and so on are as good.
    """
    endings = (".txt", ".TXT", ".Txt", *SUBTITLES, *map(str.upper, SUBTITLES))
    first = [text for ending in endings if os.path.lexists(text := found(path.with_suffix(ending)))]
    # Not where it is that of another recording, talk.2.wav.
    numbers = range(2, MOST_TEXTS)
    free = (n for n in numbers if not os.path.lexists(path.with_suffix(f".{n}{path.suffix}")))
    others = (found(path.with_suffix(f".{number}.txt")) for number in free)
    subtitles = bool(first) and first[0].suffix.lower() in SUBTITLES
    return subtitles, [*first[:1], *(text for text in others if os.path.lexists(text))]


def terms_beside(path: Path) -> Path | None:
    """Return the list of names and jargon beside a recording; None without one."""
    beside = found(path.with_suffix(".terms"))
    return beside if os.path.lexists(beside) else None


def decoded_text(data: bytes) -> str:
    """Read a text in UTF-8, or in what its byte order mark says; raise UnicodeDecodeError."""
    return data.decode("utf-16" if data.startswith(UTF_16) else "utf-8-sig")


def _reference(text: Path) -> str:
    """Read the reference transcript at `text`."""
    try:
        reference = decoded_text(files.read_bytes(text)).strip()
    except UnicodeDecodeError as error:
        raise AudioError(f"{text} is not UTF-8 text", "save the transcript as UTF-8") from error
    except OSError as error:
        raise AudioError(f"{text} cannot be read: {error.strerror}", unread(error)) from error
    if not reference:
        raise AudioError(f"{text} is empty", "write in it what the clip says, or delete it")
    return reference


def _silent(path: Path, track: int | None) -> AudioError:
    """Say that a recording is silent, and which of its tracks is not."""
    from orchestrator.clips.audio import decoder  # noqa: PLC0415 - FFmpeg takes a tenth of a second

    tracks = decoder.tracks(path)
    heard = next((t for t in tracks if t.number == track or (track is None and t.default)), None)
    for other in tracks if len(tracks) > 1 else ():
        parts = decoder.blocks(path, other.number)
        if other != heard and any(isinstance(p, np.ndarray) and _is_sound(p) for p in parts):
            return AudioError(
                f"{path} has {len(tracks)} audio tracks: {heard} is silent, {other} is not",
                f"--track {other.number}",
            )
    return AudioError(
        f"{path} is silent: mixed to mono, no sample reaches -80 dBFS",
        "check the recording; of two channels that cancel each other out, save only one",
    )


def _is_silent(pcm: Path) -> bool:
    """Tell whether no sample reaches -80 dBFS; speech is told at its first second."""
    samples = np.memmap(pcm, dtype="<f4", mode="r")
    starts = range(0, len(samples), RATE)
    return not any(_is_sound(samples[start : start + RATE]) for start in starts)


def _is_sound(samples: Samples) -> bool:
    return bool(np.abs(samples).max(initial=0) > _SILENCE)
