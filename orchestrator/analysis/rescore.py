"""`score`: a stored run's raw transcripts scored again, with nothing run."""

from pathlib import Path

from orchestrator.analysis.scoring.text import Normalizer
from orchestrator.analysis.summary import summarise
from orchestrator.runs.folder import RunFolder
from orchestrator.runs.schema import Summary


def rescore(path: Path, normalizer: Normalizer) -> Summary:
    """Return the summary of a stored run with its texts normalised in this way.

    With `auto`, as runs are scored, summary.json is written anew; another normaliser leaves it.
    Raises UsageError where there is no run, ConfigError where a file of it is broken.
    """
    folder = RunFolder(path)
    manifest, stored = folder.manifest(), folder.summary()
    settings = manifest.settings.model_copy(update={"normalizer": normalizer})
    summary = summarise(
        manifest.model_copy(update={"settings": settings}),
        list(folder.rows()),
        folder,
        ended=stored.ended if stored else "cut off",
        interrupted=stored.interrupted if stored else True,
    )
    if normalizer == "auto":
        folder.write(summary)
    return summary
