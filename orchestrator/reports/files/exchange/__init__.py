"""Runs as files that tools of others read: NIST's sclite, the Open ASR Leaderboard's scoring."""

from collections.abc import Callable
from pathlib import Path

from orchestrator.errors import UsageError, program
from orchestrator.reports.files.exchange import leaderboard, sclite
from orchestrator.runs.stored import Run
from orchestrator.runs.transcripts import expect_writable


def write(run: Run, folder: Path, form: str, say: Callable[[str], None]) -> list[Path]:
    """Write a run in one of the forms "asr-leaderboard", "trn", "stm" and "ctm"; return the files.

    The texts are those of each contender's first process, which were scored. `say` gets a sentence
    on clips that are left out, having no reference. Raises UsageError where none has one, or the
    folder cannot be written; ConfigError where the run is damaged.
    """
    clips = [clip.reference is not None for clip in run.folder.clips()]
    if not any(clips) or not run.rows:
        lacks = "transcript" if any(clips) else "clip with a reference"
        raise UsageError(
            f"run {run.name} has no {lacks}: there is nothing to write for a tool that scores",
            f"measure recordings with transcripts: {program()} run --all --corpus DIR",
        )
    if missing := clips.count(False):
        say(f"{run.name}: {missing:,} of {len(clips):,} clips are left out: they have no reference")
    expect_writable(folder)
    if form == "asr-leaderboard":
        return leaderboard.write(run, folder)
    return sclite.write(run, folder, form)
