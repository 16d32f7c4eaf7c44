"""Runs over time: what lines up, where a step is, what is left out, and how it is drawn."""

import io
from pathlib import Path

import pytest
from rich.console import Console
from stored_runs import HOST, Recipe, contender, make

from orchestrator.analysis.history import series
from orchestrator.errors import UsageError
from orchestrator.reports.terminal import comparison as report
from orchestrator.runs.find import all_runs

SIX = (1.0, 1.01, 0.99, 1.02, 0.98, 1.005)
HALF = tuple(seconds / 2 for seconds in SIX)


def at(day: int, **fields: object) -> Recipe:
    """Return a run of that day."""
    known = {
        "times": {"ada": SIX},
        "run_id": f"202611{day:02d}-120000-aaaa",
        "started_at": f"2026-11-{day:02d}T12:00:00+00:00",
    }
    return Recipe(**(known | fields))  # type: ignore[arg-type]


def drawn(results: Path, encoding: str = "utf-8") -> str:
    """Return what `history` prints of a folder on a terminal of this encoding."""
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    console = Console(file=file, width=150)
    report.history(series(all_runs(results)[0]), console)
    file.seek(0)
    return file.read()


def test_a_step_is_marked_with_what_changed_then(tmp_path: Path) -> None:
    """Two runs alike, then an upgrade that halves the time: one step, at the third run."""
    for day in (1, 2):
        make(tmp_path, at(day))
    make(tmp_path, at(3, times={"ada": HALF}, packages={"numpy": "2.5.0"}))
    (line,) = series(all_runs(tmp_path)[0])
    before, step = line.steps
    assert before is None
    assert step
    assert step.to.name == "20261103-120000-aaaa"
    assert [change.new for change in step.suspects] == ["2.5.0"]
    assert line.latest
    assert line.latest.outcome == "faster"
    text = drawn(tmp_path)
    assert "▇▇|▁" in text
    assert "from 20261103-120000-aaaa on; changed: numpy 2.4.6 -> 2.5.0" in text


def test_only_like_is_lined_up_with_like(tmp_path: Path) -> None:
    """Other settings and another machine are lines of their own; imported ones come last."""
    make(tmp_path, at(1))
    make(tmp_path, at(2, asked={"threads": 2}))
    host = HOST.model_copy(update={"chip": "Ideal 2"})
    make(tmp_path, at(3, manifest={"host": host}, run_id="imported-20261103-120000-aaaa"))
    found = series(all_runs(tmp_path)[0])
    assert [len(line.runs) for line in found] == [1, 1, 1]
    text = drawn(tmp_path)
    assert text.index("this folder's machine: Ideal 1") < text.index("(imported): Ideal 2")
    assert not series(all_runs(tmp_path)[0], "bob")
    assert not series(all_runs(tmp_path)[0], model="base")


def test_a_contender_is_the_same_under_another_name(tmp_path: Path) -> None:
    """What was asked lines runs up; of one name that stands twice, what differs is said."""
    manifest = {"contenders": (contender("fast", backend="ada"),)}
    make(tmp_path, at(1, asked={"precision": "int8"}))
    make(tmp_path, at(2))
    make(tmp_path, at(3, times={"fast": HALF}, manifest=manifest))
    make(tmp_path, at(4))
    found = series(all_runs(tmp_path)[0])
    assert [(line.contender, len(line.runs)) for line in found] == [
        ("ada int8", 1),
        ("ada default", 3),
    ]
    assert found[1].steps[0] is not None
    assert [len(line.runs) for line in series(all_runs(tmp_path)[0], "fast")] == [3]
    twins = make(tmp_path / "aa", Recipe({"ada#1": SIX, "ada#2": SIX})).parent
    assert [line.contender for line in series(all_runs(twins)[0])] == ["ada#1", "ada#2"]


def test_what_cannot_be_read_is_left_out_with_a_sentence(tmp_path: Path) -> None:
    """An older schema, a broken row, a folder of something else: one sentence each."""
    make(tmp_path, at(1))
    old, broken = make(tmp_path, at(2)), make(tmp_path, at(3))
    (old / "manifest.json").write_text('{"schema_version": 1}', encoding="utf-8")
    (broken / "rows.jsonl").write_text("{}\n", encoding="utf-8")
    (tmp_path / "other").mkdir()
    (tmp_path / "recordings").mkdir()
    runs, skipped = all_runs(tmp_path)
    assert [run.name for run in runs] == ["20261101-120000-aaaa"]
    assert [sentence.split(" is left out: ")[0] for sentence in skipped] == [
        old.name,
        broken.name,
        "other",
    ]
    assert all("\n" not in sentence for sentence in skipped)
    with pytest.raises(UsageError, match="no folder of runs"):
        all_runs(tmp_path / "nowhere")


def test_terminals_without_unicode_get_plain_bars(tmp_path: Path) -> None:
    """The same line in ASCII."""
    make(tmp_path, at(1))
    make(tmp_path, at(2, times={"ada": HALF}))
    assert "#|_" in drawn(tmp_path, "ascii")


def test_noise_is_no_mountain_range() -> None:
    """Two per cent stay at one height; twice the time is the whole height."""
    assert report.spark((1.0, 1.02, 1.0), (False, False)) == "▁▁▁"
    assert report.spark((1.0, 1.4, 2.0), (False, True)) == "▁▃|▇"
