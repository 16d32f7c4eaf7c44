"""The places that backends dispute, cut out of their clips for a person to listen to."""

import shutil
from pathlib import Path

import numpy as np

from orchestrator.bench.clip_list import Playlist
from orchestrator.clips.audio.clips import Clip
from orchestrator.clips.audio.samples import RATE, flac
from orchestrator.runs.schema import Disputed, Summary

_LEAST_SECONDS = 0.5  # a shorter cut cannot be understood


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
        stem.with_suffix(".flac").write_bytes(flac(_cut(found[dispute.clip], dispute)))
        heard = "".join(f"{name}: {text}\n" for name, text in dispute.heard.items())
        stem.with_suffix(".heard").write_text(heard, encoding="utf-8")
        draft = next(iter(dispute.heard.values()))
        stem.with_suffix(".draft").write_text(f"{draft}\n", encoding="utf-8")


def _cut(clip: Clip, dispute: Disputed) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    samples = np.fromfile(clip.pcm, "<f4")
    start = 0.0 if dispute.start is None else dispute.start - clip.offset
    end = clip.seconds if dispute.end is None else dispute.end - clip.offset
    middle, half = (start + end) / 2, max(end - start, _LEAST_SECONDS) / 2
    return samples[max(0, int((middle - half) * RATE)) : int((middle + half) * RATE)]
