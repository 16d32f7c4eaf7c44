"""A transcript is held against the reference that it comes closest to."""

from pathlib import Path

import pytest
from stored_runs import Recipe, clip, make

from orchestrator.analysis.references import closest
from orchestrator.reports.html import page
from orchestrator.runs.stored import RunFiles

SEVERAL = clip(reference="he is gone away", alternatives=("he has gone off", "gone"))


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        ("he has gone", "he has gone off"),
        ("he is gone", "he is gone away"),
        (None, "gone"),
    ],
    ids=["second", "first of equals", "failed"],
)
def test_the_closest_is_taken(heard: str | None, expected: str) -> None:
    """By its errors; a failure misses the words of the shortest."""
    assert closest(SEVERAL, heard, "en", "auto") == expected


def test_a_run_scores_by_it(tmp_path: Path) -> None:
    """Each contender by its own; the page shows all."""
    recipe = Recipe(
        {"ada": [1.0], "bob": [1.0]},
        clips=[SEVERAL],
        texts={"ada": "he has gone off", "bob": "gone off"},
    )
    run = make(tmp_path, recipe)
    summary = RunFiles(run).summary()
    assert summary
    rates = {line.contender: line.wer for line in summary.contenders}
    assert rates == {"ada": 0.0, "bob": 1.0}  # "off" is one word too many of "gone"
    assert "he is gone away | he has gone off | gone" in page([run])
