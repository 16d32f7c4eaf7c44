"""The summary of a stored run: as it was written, or made again from its rows."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from orchestrator.analysis import groups, imported
from orchestrator.analysis.scoring.text import Normalizer
from orchestrator.analysis.summary import summarise
from orchestrator.errors import ConfigError
from orchestrator.runs.folder import RunFolder
from orchestrator.runs.schema import Manifest, Row, Summary, Term
from orchestrator.runs.schema.rows import block_times
from orchestrator.runs.stored import RunFiles


def summary_of(path: Path) -> Summary:
    """Return a run's summary; that of a run that was cut off is made now.

    Raises UsageError where there is no run, ConfigError where a file of it is damaged.
    """
    folder = RunFiles(path)
    stored = folder.summary()
    if stored is not None:
        return stored
    manifest, rows = folder.manifest(), list(folder.rows())
    return summarise(manifest, rows, folder, ended="cut off", interrupted=True)


def rescore(  # noqa: PLR0913 - each is one choice of the user
    path: Path,
    normalizer: Normalizer,
    terms: tuple[Term, ...] = (),
    by: tuple[str, ...] = (),
    *,
    rank_remote: bool = False,
    hypotheses: Mapping[str, Path] = MappingProxyType({}),
) -> Summary:
    """Return the summary of a stored run with its texts normalised in this way.

    With `auto`, as runs are scored, summary.json is written anew; another normaliser leaves it, and
    so does `rank_remote`, which ranks servers beside what computed here. `terms`, and columns to
    group `by`, stand in place of the run's own; `hypotheses` are files of other systems' texts by
    the systems' names. A summary that is damaged or missing is made again from the rows. Raises
    UsageError where there is no run, and for a column that no clip has; ConfigError where a file is
    damaged.
    """
    folder = RunFolder(path)
    manifest, rows = folder.manifest(), list(folder.rows())
    read = [imported.read(file, name, folder.clips()) for name, file in hypotheses.items()]
    ended, interrupted = _end(folder, manifest, rows)
    asked = {"rank_remote": rank_remote, "terms": terms, "by": tuple(map(str.casefold, by))}
    given = {name: value for name, value in asked.items() if value}
    settings = manifest.settings.model_copy(update={"normalizer": normalizer, **given})
    groups.require(settings.by, folder.clips())
    scored = manifest.model_copy(update={"settings": settings})
    summary = summarise(scored, rows, folder, ended=ended, interrupted=interrupted, hypotheses=read)
    if normalizer == "auto" and not rank_remote:
        folder.write(summary)
    return summary


def _end(folder: RunFolder, manifest: Manifest, rows: Sequence[Row]) -> tuple[str, bool]:
    """Return why a run ended, and whether it was interrupted: by its blocks if nothing says so.

    A run that was cut off has no summary; a damaged one says at least that there was an end.
    """
    try:
        if stored := folder.summary():
            return stored.ended, stored.interrupted
    except ConfigError:
        blocks = [len(times) for times in block_times(rows).values()]
        if min(blocks, default=0) >= manifest.settings.plan.least:
            return "", False
    return "cut off", True
