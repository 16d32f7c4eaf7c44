"""Manifests of the Open ASR Leaderboard: a file a contender, a line a clip, texts as written.

Its tools read what lies in a folder by the names of the files, make texts alike by their own rules,
and count. Of several references a clip has the one that is scored. The time of a clip is the median
over processes; one that failed has none, and then theirs is no speed of the whole either.
"""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from orchestrator.analysis.references import texts
from orchestrator.analysis.totals import side_by_side
from orchestrator.runs.folder import replacing
from orchestrator.runs.schema import ClipRecord, Manifest, Measured, Passes
from orchestrator.runs.stored import Run
from orchestrator.runs.transcripts import FileNames

_AUTHOR = "cleanroom"  # what stands before the first hyphen is an organisation there
# Corpora that are the same there, by the end of a file's name as its tables look for it.
_SAME = {"test-clean": "librispeech_test.clean", "test-other": "librispeech_test.other"}
_THEIRS = "hf-audio-esb-datasets-test-only-sorted"


def write(run: Run, folder: Path) -> list[Path]:
    """Write the manifests into a folder that is there; return them.

    Raises UsageError where they cannot be written, ConfigError where the run is damaged.
    """
    models = {contender.name: contender.model for contender in run.manifest.contenders}
    written, names = [], FileNames()
    for name, rows in run.rows.items():
        model = models[name]
        whole = name if model in name.split() else f"{name} {model}"
        stem = f"MODEL_{_AUTHOR}-{_plain(whole)}_DATASET_{_dataset(run.manifest)}"
        path = folder / f"{names(stem)}.jsonl"
        with replacing(path, "--asr-leaderboard DIR") as file:
            file.writelines(_lines(rows, run))
        written.append(path)
    return written


def _lines(rows: Sequence[Measured], run: Run) -> Iterator[bytes]:
    for clip, passes in side_by_side(rows, run.folder):
        reference = texts(clip, passes[0], run.manifest.settings).said
        if reference is not None:
            line = json.dumps(_line(clip, reference, passes), ensure_ascii=False)
            yield line.encode("utf-8", "replace") + b"\n"


def _line(clip: ClipRecord, reference: str, passes: Sequence[Passes]) -> dict[str, object]:
    failed = any(each.failed is not None for each in passes)
    return {
        "audio_filepath": clip.name,
        "duration": clip.seconds,
        "time": None if failed else median(median(each.seconds) for each in passes),
        "text": reference,
        "pred_text": passes[0].text,
    }


def _dataset(run: Manifest) -> str:
    """Return the data set as its tools name it: a sample of one is not that one."""
    corpus, limit = run.corpus, run.settings.limit
    if corpus.kind == "hub" and corpus.name in _SAME and limit is None:
        return f"{_THEIRS}_{_SAME[corpus.name]}"
    return f"{_plain(corpus.name)}{f'-sample-{limit}' if limit else ''}__test"


def _plain(name: str) -> str:
    """Return a name with nothing in it that parts a file's name, or leaves its folder."""
    return re.sub(r"[^\w.]+", "-", name).strip("-.") or "-"
