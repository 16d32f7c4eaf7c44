"""Runs in which clips were spoken, for tests: streams with known lags, whole runs, summaries."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pages
from stored_runs import measured, passes, settings, summed

from orchestrator.host.energy import Energy
from orchestrator.runs.folder import RunFolder
from orchestrator.runs.schema import (
    ErrorDifference,
    Estimate,
    LivePass,
    LiveSummary,
    Rate,
    SegmentText,
    Shown,
)
from orchestrator.runs.schema.plan import Cell, exactly

WORDS = ("what", "was", "said")


def stream(lag: float, clip: str = "talk") -> LivePass:
    """Return a stream of 5 s whose words end at 1, 2, 3 s: shown then and settled `lag` later.

    First "was" is heard as "wars"; the final text comes `lag` after the end.
    """
    times = [(1, " what", " wars"), (2, " was", ""), (3, " said", "")]
    return LivePass(
        clip=clip,
        resolved={"policy": "local-agreement"},
        partials=tuple(
            Shown(at=at + lag, stands=stands, may_change=may, heard=float(at))
            for at, stands, may in times
        ),
        ended=5.0,
        final=5.0 + lag,
        text="What was said.",
        words=tuple(
            SegmentText(start=n - 0.5, end=float(n), text=w) for n, w in enumerate(WORDS, 1)
        ),
    )


def store(
    path: Path, lags: Mapping[str, Sequence[float]], clips: Sequence[str] = ("talk",)
) -> Path:
    """Write a run of these lags, by contender and block, over these clips."""
    listed = [pages.clip(name, "what was said") for name in clips]
    blocks = max(map(len, lags.values()))
    rows = [
        measured(name, block).model_copy(
            update={"clips": len(clips), "live_energy": energy(30.0, 60.0)}
        )
        for name, own in lags.items()
        for block, _ in enumerate(own, 1)
    ]
    heard = dict.fromkeys(lags, tuple(passes(name) for name in clips))
    asked = settings(exactly(blocks), pace=1.0)
    pages.store(path, listed, rows, heard, asked)
    folder = RunFolder(path)
    for name, own in lags.items():
        for block, lag in enumerate(own, 1):
            with folder.keeping_live(Cell(block, name).key, 1) as keep:
                keep([stream(lag, clip) for clip in clips])
    return summed(path, "as planned")


def energy(seconds: float, joules: float) -> Energy:
    """Return what a meter counted, all of it by the CPU."""
    return Energy(
        seconds=seconds, cpu_joules=joules, gpu_joules=None, ane_joules=None, dram_joules=None
    )


def figures(**changed: object) -> LiveSummary:
    """Return live figures in which nothing is lacking, changed as asked."""
    time = Estimate(median=0.75, low=0.5, high=1.0, n=6)
    numbers = {name: time for name in LiveSummary.model_fields if name.endswith("_seconds")}
    known = numbers | {
        "policy": "local-agreement",
        "resolved": {"policy": "local-agreement"},
        "pace": 1.0,
        "clips": 12,
        "failed": 1,
        "timed_words": 99,
        "taken_back": time,
        "revoked": 2,
        "keeps_up": True,
        "processors": time,
        "joules_an_audio_hour": 7200.0,
        "wer": Rate(value=0.05, low=0.04, high=0.06, clusters=12),
        "against_batch": ErrorDifference(
            first="live",
            second="batch",
            fewer=-1.0,
            low=None,
            high=None,
            clips=12,
            clusters=9,
            outcome=None,
            sentence="live makes 1.0 more errors in 100 words than batch",
        ),
        "late_seconds": 0.001,
    }
    return LiveSummary.model_validate(known | changed)
