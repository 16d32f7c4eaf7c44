"""Texts that other systems made of clips, scored as a run's own are; nobody timed them.

A file has a JSON object a line: `clip` (or `audio_filepath`) names a clip, `text` is what was heard
in it. Where a line has `pred_text`, as the manifests of NeMo and of the Open ASR Leaderboard do,
that is meant, because `text` is the reference there.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NoReturn

from orchestrator import units
from orchestrator.analysis.references import Referenced
from orchestrator.analysis.totals import Totals
from orchestrator.clips.corpora.rows import Row, manifest
from orchestrator.errors import ConfigError, UsageError
from orchestrator.runs.schema import ContenderSummary, CorpusRecord, Fault, Notice, Passes, Settings

_NAMED = 3  # clips or lines, where there are more of them
_CLIP, _TEXT = ("clip", "audio_filepath"), ("pred_text", "text")
_EXAMPLE = '{"clip": "talk", "text": "what was heard"}'


@dataclass(frozen=True)
class Hypotheses:
    """One system's texts by the names of clips; `others` are lines that are of none of them."""

    name: str
    file: str
    texts: Mapping[str, str]
    others: tuple[str, ...] = ()


def read(path: Path, name: str, clips: Iterable[Referenced]) -> Hypotheses:
    """Read a file of texts for these clips, each of which it names by its name, path or file.

    Raises ConfigError with the line of what is no such record or a second text for a clip, and
    where no line is about any of the clips; UsageError where none of these has a reference.
    """
    clips = list(clips)
    if not any(clip.reference is not None for clip in clips):
        what = "no clip has a reference: there is nothing to score texts against"
        raise UsageError(what, "name a run of recordings with transcripts")
    known = _names(clips)
    texts: dict[str, str] = {}
    lines: dict[str, str] = {}
    others: list[str] = []
    for row in manifest(path):
        if isinstance(row, Fault):
            _refuse(path, row.where, row.what)
        called, text = _pick(path, row, _CLIP, "clip"), _pick(path, row, _TEXT, "text")
        clip = next((known[each] for each in _forms(called) if each in known), None)
        if clip is None:
            others.append(f"{_line(row)} ({called!r})")
        elif clip in texts:
            _refuse(path, row.where, f"a second text for {clip}, after {lines[clip]}")
        else:
            texts[clip], lines[clip] = text, _line(row)
    if not texts:
        lacks = f", but for others: {units.named(others, _NAMED)}" if others else ": it is empty"
        raise ConfigError(
            f"{path} has no text for a clip of these{lacks}",
            f"name clips as they are called here, such as {next(iter(known.values()), 'talk')!r}",
        )
    return Hypotheses(name, path.name, texts, tuple(others))


def scored(
    found: Hypotheses, clips: Iterable[Referenced], settings: Settings, corpus: CorpusRecord
) -> tuple[ContenderSummary, Totals]:
    """Return a system's line, without times, and its counts; a clip without text is all missed."""
    totals, missing = Totals(settings), list[str]()
    for number, clip in enumerate(clips):
        text = found.texts.get(clip.name)
        missing += [clip.name] if text is None else []
        totals.add(number, clip, _as_passes(clip.name, text, found.file))
    line = ContenderSummary(
        contender=found.name,
        backend=found.file,
        status="imported",
        **totals.accuracy(corpus.languages),
        transcripts=totals.transcripts,
        warnings=tuple(_warnings(found, missing)),
    )
    return line, totals


def _warnings(found: Hypotheses, missing: Sequence[str]) -> Iterable[Notice]:
    if missing:
        clips = f"{units.count(len(missing), 'clip')} ({units.named(missing, _NAMED)})"
        what = f"{found.file} has no text for {clips}: all of their words count as missing"
        yield Notice(kind="missing-texts", message=what)
    if found.others:
        lines = f"{units.count(len(found.others), 'line')} of {found.file} left out"
        what = f"{lines}, for clips that are not here: {units.named(found.others, _NAMED)}"
        yield Notice(kind="other-texts", message=what)


def _line(row: Row) -> str:
    """Return where in its file a row is: line 12."""
    return row.where.rpartition(", ")[2]


def _as_passes(clip: str, text: str | None, file: str) -> Passes:
    return Passes(
        clip=clip,
        failed=f"no text in {file}" if text is None else None,
        seconds=(),
        runner_seconds=(),
        first_segment_seconds=None,
        text=text or "",
        other_texts=(),
        language=None,
        segments=(),
    )


def _names(clips: Sequence[Referenced]) -> dict[str, str]:
    """Return the clip that each name means; what several clips share means none of them."""
    shared = Counter(form for clip in clips for form in set(_forms(clip.name)))
    known = {form: c.name for c in clips for form in _forms(c.name) if shared[form] == 1}
    return known | {_forms(clip.name)[0]: clip.name for clip in clips}


def _forms(called: str) -> list[str]:
    """Return a clip's name as it may be given: whole, without its ending, its last part alone."""
    whole = unicodedata.normalize("NFC", called)
    path = PurePosixPath(whole.replace("\\", "/"))
    return [whole, str(path.parent / path.stem), path.name, path.stem]


def _pick(path: Path, row: Row, names: Sequence[str], what: str) -> str:
    """Return what a line has under the first of the names that it has."""
    value = next((row.fields[name] for name in names if name in row.fields), None)
    if value is None or (what == "clip" and not value.strip()):
        _refuse(path, row.where, f"it has no {' and no '.join(reversed(names))}")
    return value


def _refuse(path: Path, where: str, what: str) -> NoReturn:
    line = where.removeprefix(path.name)
    raise ConfigError(f"{path}{line}: {what}", f"write lines as {_EXAMPLE}")
