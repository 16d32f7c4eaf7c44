"""Transcripts side by side, with their audio: the worst marked word by word, the rest in brief."""

import base64
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import av
import numpy as np
from markupsafe import escape

from orchestrator import units
from orchestrator.analysis.references import spoken, texts
from orchestrator.analysis.scoring import text
from orchestrator.clips.audio.decoded_cache import decode
from orchestrator.clips.audio.samples import RATE
from orchestrator.errors import AudioError
from orchestrator.places import decoded_folder
from orchestrator.reports.html.marks import Marker, Piece
from orchestrator.reports.html.run_data import Story
from orchestrator.runs.schema import ClipRecord, Passes, Settings

_MARKED_BYTES = 1_300_000
_OTHER_BYTES = 500_000
_PIECE_BYTES = 45  # the elements around a marked piece
_LINE_BYTES = 90
_SHEET_BYTES = 1000
_LEAST_CHARACTERS, _LINE_CHARACTERS = 600, 300
_A_PAGE = 100  # clips
_AUDIO_BYTES = 20_000_000  # of all clips: an hour and a half of speech
_BITS_A_SECOND = 32_000


@dataclass(frozen=True, slots=True)
class Voice:
    """What was heard in a clip, and by whom; `more` characters are left out of it."""

    backends: tuple[str, ...]
    pieces: tuple[Piece, ...]
    more: int
    failed: str | None = None
    wer: float | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A clip with what was said and what was heard, equal transcripts once.

    `space` stands between two words, `audio` is a data URL.
    """

    clip: ClipRecord
    file: str
    said: str | None
    space: str
    voices: tuple[Voice, ...]
    audio: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """A clip in brief: who heard the same stands together."""

    clip: ClipRecord
    heard: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Transcripts:
    """What a page shows, of so many clips; `mute` says what became of audio to be embedded."""

    sheets: tuple[Sheet, ...]
    pages: tuple[tuple[Line, ...], ...]
    clips: int
    mute: str

    @property
    def left_out(self) -> int:
        """Return how many clips are only in the run's folder."""
        return self.clips - len(self.sheets) - sum(map(len, self.pages))


def transcripts(story: Story, *, embed_audio: bool = False, share: float = 1.0) -> Transcripts:
    """Return what fits into this share of a page."""
    audio, mute = embedded([h.clip for h in story.worst]) if embed_audio else ({}, "")
    sheets = tuple(_within(story, _MARKED_BYTES * share, audio))
    lines = _lines(story, _OTHER_BYTES * share)
    pages = tuple(tuple(lines[i : i + _A_PAGE]) for i in range(0, len(lines), _A_PAGE))
    return Transcripts(sheets, pages, story.summary.corpus.clips, mute)


def _within(story: Story, room: float, audio: dict[str, str]) -> Iterator[Sheet]:
    """Yield sheets until the room is used; every text has its share, and a sentence at least."""
    texts = sum(len(heard.by) for heard in story.worst)
    most = max(_LEAST_CHARACTERS, int(room / 3 / max(texts, 1)))
    rates = {(b.contender, t.clip): t.wer for b in story.summary.contenders for t in b.transcripts}
    settings = story.summary.settings
    for heard in story.worst:
        clip = heard.clip
        same: dict[tuple[str, str | None], list[str]] = {}
        for name, passes in heard.by.items():
            same.setdefault((passes.text, passes.failed), []).append(name)
        voices = tuple(
            replace(
                _voice(names, clip, heard.by[names[0]], settings, most),
                wer=rates.get((names[0], clip.name)),
            )
            for names in same.values()
        )
        said = clip.reference and " | ".join((clip.reference, *clip.alternatives))[:most]
        room -= sum(map(_bytes, voices)) + _size(said or "") + _SHEET_BYTES
        if room < 0:
            return
        space = " " if text.is_spaced(spoken(clip, settings, next(iter(heard.by.values())))) else ""
        yield Sheet(clip, clip.path.name, said, space, voices, audio.get(clip.name))


def _voice(
    names: Sequence[str], clip: ClipRecord, passes: Passes, settings: Settings, most: int
) -> Voice:
    """Return what the first of several heard, cut where it is too long, for all of them."""
    if passes.failed is not None:
        return Voice(tuple(names), (), 0, passes.failed)
    said, _, language = texts(clip, passes, settings)
    starts = _starts(passes, language)
    pieces = list(Marker(language, settings.normalizer).marked(said, passes.text, starts))
    begins = accumulate((len(piece.heard) + 1 for piece in pieces), initial=0)
    shown = [piece for piece, begin in zip(pieces, begins, strict=False) if begin <= most]
    return Voice(tuple(names), tuple(_short(p, most) for p in shown), _left(pieces, shown, most))


def _short(piece: Piece, most: int) -> Piece:
    return Piece(piece.kind, piece.said[:most], piece.heard[:most], piece.at)


def _left(pieces: Sequence[Piece], shown: Sequence[Piece], most: int) -> int:
    """Count the characters that are not shown."""
    cut = sum(max(0, len(piece.heard) - most) for piece in shown)
    return cut + sum(len(piece.heard) for piece in pieces[len(shown) :])


def _starts(passes: Passes, language: str) -> dict[int, float]:
    """Return when segments begin, by the number of their first word, where words add up."""
    counts = [len(text.tokens(segment.text, language)) for segment in passes.segments]
    if sum(counts) != len(text.tokens(passes.text, language)):
        return {}
    firsts = [0, *accumulate(counts)]
    return {
        first: segment.start
        for first, segment in zip(firsts, passes.segments, strict=False)
        if segment.start is not None
    }


def _bytes(voice: Voice) -> int:
    names = sum(_LINE_BYTES + _size(name) for name in voice.backends)
    return sum(_PIECE_BYTES + _size(p.said) + _size(p.heard) for p in voice.pieces) + names


def _size(written: str) -> int:
    return len(escape(written).encode("utf-8", "replace"))


def _lines(story: Story, room: float) -> list[Line]:
    """Return the clips that are not among the worst, in order, until the room is used."""
    lines: list[Line] = []
    for heard in story.others:
        texts: dict[str, list[str]] = {}
        for name, passes in heard.by.items():
            said = passes.text if passes.failed is None else f"failed: {passes.failed}"
            cut = f"{said[:_LINE_CHARACTERS]}…" if len(said) > _LINE_CHARACTERS else said
            texts.setdefault(cut, []).append(name)
        room -= _LINE_BYTES + sum(
            _size(cut) + sum(map(_size, names)) + _LINE_BYTES for cut, names in texts.items()
        )
        if room < 0:
            break
        lines.append(Line(heard.clip, tuple((cut, tuple(names)) for cut, names in texts.items())))
    return lines


def embedded(clips: Sequence[ClipRecord]) -> tuple[dict[str, str], str]:
    """Return data URLs by clip, and a sentence on those that have none; empty if all have."""
    cache = decoded_folder()
    found: dict[str, str] = {}
    gone: list[str] = []
    room = _AUDIO_BYTES
    for clip in clips:
        size = int(clip.seconds * _BITS_A_SECOND / 8 * 4 / 3)
        try:
            decoded = decode(clip.path, cache, clip.track) if size <= room else None
        except AudioError:
            decoded = None
        if decoded is None or decoded.sha256 != clip.sha256:
            gone.append(clip.name)
            continue
        room -= size
        encoded = base64.b64encode(compressed(np.fromfile(decoded.pcm, "<f4"))).decode()
        found[clip.name] = f"data:audio/mpeg;base64,{encoded}"
    if not gone:
        return found, ""
    missing = units.count(len(gone), "clip")
    return found, f"no audio of {missing}: moved, changed since the run, or too long to embed"


def compressed(samples: "np.ndarray[tuple[int], np.dtype[np.float32]]") -> bytes:
    """Return 16 kHz mono samples as MP3 of 32 kbit/s, which is enough to tell what was said."""
    file = io.BytesIO()
    with av.open(file, "w", "mp3") as container:
        stream = container.add_stream("libmp3lame", rate=RATE, layout="mono", format="fltp")
        stream.bit_rate = _BITS_A_SECOND
        frame = av.AudioFrame.from_ndarray(samples[None], "fltp", "mono")
        frame.sample_rate = RATE
        for piece in (frame, None):
            container.mux(stream.encode(piece))
    return file.getvalue()
