"""Verdicts on lags of live text: pair by pair, over fresh processes, as on times of clips."""

from pathlib import Path

import live_runs
import pytest
from stored_runs import measured, settings

from orchestrator.analysis import live
from orchestrator.analysis.live.process import JUDGED, Process
from orchestrator.analysis.live.stream import Figures
from orchestrator.reports import live as report
from orchestrator.runs.folder import RunFolder
from orchestrator.runs.schema import Summary, Verdict
from orchestrator.runs.schema.plan import exactly

QUICK = (0.50, 0.51, 0.49, 0.52, 0.48, 0.50, 0.51)


def summary(path: Path) -> Summary:
    """Return what a run found."""
    found = RunFolder(path).summary()
    assert found is not None
    return found


def process(block: int, lag: float, failed: int = 0) -> Process:
    """Return a process that showed everything so much later."""
    shown = Figures(
        first_word=lag,
        known=0,
        shown=(lag,),
        settled=(lag,),
        added=1,
        removed=0,
        revoked=0,
        final=lag,
        behind=1.0,
        unheard=1.0,
    )
    return Process(measured("ada", block), [shown], failed=failed)


def test_who_shows_words_sooner_is_told_with_an_interval(tmp_path: Path) -> None:
    """Half the lag in seven blocks is a verdict on each lag; the same again is a tie."""
    lags = {"slow": [2 * lag for lag in QUICK], "quick": QUICK, "same": QUICK}
    found = summary(live_runs.store(tmp_path / "run", lags))
    assert tuple(found.live_verdicts) == JUDGED
    settled = found.live_verdicts["settled_p50_seconds"]
    outcomes = {(p.first, p.second): (p.outcome, p.ratio and p.ratio.median) for p in settled.pairs}
    assert outcomes["quick", "same"] == ("tie", 1.0)
    assert outcomes["quick", "slow"] == ("faster", pytest.approx(2.0))
    assert settled.headline == "fastest here: quick, but not shown faster than same (tie)"
    assert list(report.verdicts(found))[1] == f"settled p50: {settled.headline}"
    assert len(list(report.pairs(found))) == 3 * len(JUDGED)


def test_a_few_blocks_are_told_once_to_be_too_few(tmp_path: Path) -> None:
    """Three blocks rank nobody, by whatever lag."""
    found = summary(live_runs.store(tmp_path / "run", {"ada": QUICK[:3], "bob": QUICK[:3]}))
    assert list(report.verdicts(found)) == [
        "live: no ranking: too few blocks (6 are needed, as in --profile full)"
    ]
    four = dict.fromkeys(("ada", "bob", "cyd", "dee"), QUICK[:3])
    assert list(report.verdicts(summary(live_runs.store(tmp_path / "four", four)))) == [
        "live: no ranking: too few blocks (7 are needed, as in --profile full)"
    ]


def test_lags_without_a_ratio_and_clips_that_failed_are_not_judged() -> None:
    """A word shown before it ended has no ratio; who did less work is not compared."""
    asked = settings(exactly(6))
    six = range(1, 7)

    def judged(**processes: list[Process]) -> dict[str, Verdict]:
        return live.verdicts(processes, asked)

    good = [process(block, 0.5) for block in six]
    early = [process(block, 0.0 if block == 1 else 0.5) for block in six]
    partly = [process(block, 0.1, failed=1) for block in six]
    assert judged(ada=good, bob=early) == {}
    assert judged(ada=good, bob=partly) == {}
    assert judged(ada=good, bob=good).keys() == set(JUDGED)


def test_energy_while_clips_are_spoken_is_by_the_hour_of_audio(tmp_path: Path) -> None:
    """60 J above idle over 5 s of speech in each process; nothing where nothing was metered."""
    found = summary(live_runs.store(tmp_path / "run", {"ada": QUICK[:2]})).contenders[0]
    assert found.live is not None
    assert found.live.joules_an_audio_hour == pytest.approx(3600 * 120 / 10)
    assert found.joules_an_audio_hour is None
