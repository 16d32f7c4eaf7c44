"""A run without references: how far backends disagree, and where a person should listen."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np

from orchestrator.audio.clips import Clip
from orchestrator.audio.decode import RATE
from orchestrator.playlist import Playlist
from orchestrator.results import (
    ClipRecord,
    Disagreement,
    Disputed,
    Measured,
    Passes,
    Settings,
    Summary,
)
from orchestrator.scoring import disagreement
from orchestrator.scoring.disputes import Disputes, Heard
from orchestrator.speech import flac
from orchestrator.tally import Evidence, spoken

_LEAST_SECONDS = 0.5  # a shorter cut cannot be understood


def disagreements(
    measured: Mapping[str, Sequence[Measured]], evidence: Evidence, settings: Settings
) -> tuple[tuple[Disagreement, ...], tuple[Disputed, ...]]:
    """Compare the first transcripts of every two backends; name the places they dispute most.

    Nothing under two backends. The transcripts are read twice, a clip at a time: who is nearest to
    all others, by whose segments places are named, is known after the first time.
    """
    if len(measured) < 2:  # noqa: PLR2004 - it takes two
        return (), ()
    apart = disagreement.Disagreement(list(measured))
    for clip, heard in _side_by_side(measured, evidence):
        texts = {b: None if p.failed is not None else p.text for b, p in heard.items()}
        apart.add(texts, spoken(clip, settings, next(iter(heard.values()))))
    medoid = apart.medoid()
    rates = tuple(
        Disagreement(first=one, second=other, rate=apart.rate(one, other))
        for one, other in combinations(measured, 2)
    )
    return rates, _disputed(medoid, measured, evidence, settings) if medoid else ()


def _disputed(
    medoid: str,
    measured: Mapping[str, Sequence[Measured]],
    evidence: Evidence,
    settings: Settings,
) -> tuple[Disputed, ...]:
    disputes = Disputes(medoid)
    for clip, heard in _side_by_side(measured, evidence):
        whole = {b: Heard(p.text, p.segments) for b, p in heard.items() if p.failed is None}
        disputes.add(clip.name, whole, spoken(clip, settings, next(iter(heard.values()))))
    return tuple(
        Disputed(clip=d.clip, start=d.start, end=d.end, share=d.share, heard=d.texts)
        for d in disputes.found()
    )


def _side_by_side(
    measured: Mapping[str, Sequence[Measured]], evidence: Evidence
) -> Iterator[tuple[ClipRecord, dict[str, Passes]]]:
    files = [evidence.passes(rows[0]) for rows in measured.values()]
    for clip, *passes in zip(evidence.clips(), *files, strict=True):
        yield clip, dict(zip(measured, passes, strict=True))


def write_disputed(summary: Summary, clips: Playlist, folder: Path) -> None:
    """Cut each disputed place out of its clip, with a draft of its text and what each heard.

    Corrected and renamed to `.txt`, a draft is a reference: the folder is a corpus of its own.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    wanted = {dispute.clip for dispute in summary.disputed}
    found = {clip.name: clip for batch in clips.batches() for clip in batch if clip.name in wanted}
    for number, dispute in enumerate(summary.disputed, 1):
        stem = folder / f"{number:02d}"
        stem.with_suffix(".flac").write_bytes(flac.encode(_cut(found[dispute.clip], dispute)))
        heard = "".join(f"{name}: {text}\n" for name, text in dispute.heard.items())
        stem.with_suffix(".heard").write_text(heard, encoding="utf-8")
        draft = next(iter(dispute.heard.values()))
        stem.with_suffix(".draft").write_text(f"{draft}\n", encoding="utf-8")


def _cut(clip: Clip, dispute: Disputed) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    samples = np.fromfile(clip.pcm, "<f4")
    start, end = dispute.start or 0.0, dispute.end or clip.seconds
    middle, half = (start + end) / 2, max(end - start, _LEAST_SECONDS) / 2
    return samples[max(0, int((middle - half) * RATE)) : int((middle + half) * RATE)]
