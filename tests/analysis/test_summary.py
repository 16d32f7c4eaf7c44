"""The order of a summary's lines, by which every table goes."""

from pathlib import Path

from stored_runs import Recipe, contender, failed, make

from orchestrator.runs.stored import RunFiles


def test_lines_of_one_backend_stand_together(tmp_path: Path) -> None:
    """Where the quickest of them would stand, by their times; pairs go by that order."""
    times = {"ada large": [4.0], "bob": [2.0], "ada small": [1.0], "cyd": [3.0]}
    names = [*times, "ada broken"]
    contenders = [contender(name, backend=name.split()[0], model=name) for name in names]
    broken = failed("ada", 1).model_copy(update={"contender": "ada broken"})
    recipe = Recipe(times, more_rows=[broken], manifest={"contenders": contenders})
    summary = RunFiles(make(tmp_path, recipe)).summary()
    assert summary is not None
    assert [line.contender for line in summary.contenders] == [
        "ada small",
        "ada large",
        "bob",
        "cyd",
        "ada broken",
    ]
    assert summary.verdict is not None
    assert [(pair.first, pair.second) for pair in summary.verdict.pairs][:4] == [
        ("ada small", "ada large"),
        ("ada small", "bob"),
        ("ada small", "cyd"),
        ("ada large", "bob"),
    ]
