"""Across machines: ratios within each, rankings that differ, transcripts that agree or not."""

import re
from pathlib import Path

import pytest
from stored_runs import HOST, Recipe, clip, make

from orchestrator.analysis.across import across
from orchestrator.analysis.rescore import summary_of
from orchestrator.reports import across as report
from orchestrator.reports.files.markdown import across_as_markdown
from orchestrator.runs.schema.fleet import Across, FleetRun, Member
from orchestrator.runs.stored import RunFiles

ADA = [1.0, 1.01, 1.0, 0.99, 1.0, 1.0]


def found(folder: Path, *, shared: bool = False, **machines: Recipe) -> Across:
    """Return what is known across runs of these recipes."""
    runs = {name: make(folder / name, recipe) for name, recipe in machines.items()}
    members = tuple(
        Member(id=f"{number:012x}", name=name, host=HOST, state="measured")
        for number, name in enumerate(machines)
    )
    record = FleetRun(
        id="fleet-1", version="1", code="c", suite="{}", source=("files", "files", None),
        digest="", members=members, shared=shared,
    )  # fmt: skip
    return across(record, {n: (RunFiles(path), summary_of(path)) for n, path in runs.items()})


def scaled(seconds: list[float], factor: float) -> list[float]:
    """Return the times of what is so many times as slow."""
    return [second * factor for second in seconds]


def test_ratios_are_within_a_machine(tmp_path: Path) -> None:
    """A machine that is ten times as slow in everything has the same ratios."""
    fast = Recipe({"ada": ADA, "bob": scaled(ADA, 2)})
    slow = Recipe({"ada": scaled(ADA, 10), "bob": scaled(ADA, 20)})
    across_ = found(tmp_path, fast=fast, slow=slow)
    assert across_.baseline == "ada"
    ratios = {
        (s.machine, s.contender): s.against_baseline.ratio.median
        for s in across_.standings
        if s.against_baseline and s.against_baseline.ratio
    }
    assert ratios == pytest.approx({("fast", "bob"): 0.5, ("slow", "bob"): 0.5})
    assert across_.reversals == ()
    assert "the ranking is the same on all machines" in list(report.notes(across_))


def test_a_ranking_that_differs_is_decided_by_intervals(tmp_path: Path) -> None:
    """Two machines that disagree beyond doubt; and two of which one is noise."""
    one = Recipe({"ada": ADA, "bob": scaled(ADA, 2)})
    other = Recipe({"ada": scaled(ADA, 2), "bob": ADA})
    (decided,) = found(tmp_path / "a", one=one, other=other).reversals
    assert decided.decided
    noise = Recipe({"ada": ADA, "bob": [0.8, 1.3, 0.9, 1.2, 0.7, 0.95]})
    (open_,) = found(tmp_path / "b", one=one, noise=noise).reversals
    assert not open_.decided
    assert open_.pairs["noise"].outcome == "undecided"


def test_what_was_found_is_markdown_too(tmp_path: Path) -> None:
    """The tables and sentences of the terminal, numbers to the right."""
    one = Recipe({"ada": ADA, "bob": scaled(ADA, 2)})
    other = Recipe({"ada": scaled(ADA, 2), "bob": ADA})
    text = across_as_markdown(found(tmp_path, one=one, other=other))
    assert "| machine | chip | system | memory | run |\n| --- | --- | --- | --: | --- |" in text
    (speeds,) = re.findall(r"\| RTFx \|.*\n\| --- \| --: \| --: \|\n((?:\|.*\n)+)", text)
    assert [line.split(" | ")[0] for line in speeds.splitlines()] == ["| ada", "| bob"]
    assert "\n- the ranking differs, decided: ada is 2.00" in text


def test_accuracy_is_pooled_where_transcripts_agree(tmp_path: Path) -> None:
    """Else each machine's stands by itself, with how many clips differ."""
    clips = (clip("a"), clip("b"))
    same = Recipe({"ada": ADA, "bob": ADA}, clips=clips)
    other = Recipe({"ada": ADA, "bob": ADA}, clips=clips, texts={"bob": "what was sad"})
    agreement = {a.contender: a for a in found(tmp_path, one=same, other=other).accuracy}
    ada, bob = agreement["ada"], agreement["bob"]
    assert (ada.differing, ada.by_machine) == (0, {})
    assert ada.wer is not None
    assert ada.wer.value == 0
    assert (bob.differing, bob.wer) == (2, None)
    assert bob.by_machine["one"] == 0 != bob.by_machine["other"]


def test_a_contender_of_one_machine_is_no_baseline(tmp_path: Path) -> None:
    """However fast it is there; elsewhere it has no cell."""
    one = Recipe({"ada": ADA, "bob": scaled(ADA, 2), "cyd": scaled(ADA, 0.1)})
    other = Recipe({"ada": ADA, "bob": scaled(ADA, 2)})
    across_ = found(tmp_path, one=one, other=other)
    assert across_.baseline == "ada"
    tables = {titles[0]: rows for titles, rows, _ in report.tables(across_)}
    assert ["cyd", "10.00", "—"] in [
        [row[0], row[1].split(" ")[0], row[2]] for row in tables["against ada"]
    ]


def test_what_never_measured_is_said(tmp_path: Path) -> None:
    """A machine that refused has no column, and a sentence."""
    across_ = found(tmp_path, one=Recipe({"ada": ADA}))
    lost = Member(id="f" * 12, name="two", host=HOST, state="refused", why="on battery")
    with_lost = across_.model_copy(update={"members": (*across_.members, lost)})
    assert "two: refused: on battery" in list(report.notes(with_lost))


def test_shares_of_a_corpus_are_one_accuracy_where_common_texts_agree(tmp_path: Path) -> None:
    """Each clip counts once, and the clips that all heard vouch for the others."""
    one = Recipe({"ada": [1.0]}, clips=(clip("a"), clip("b")))
    other = Recipe({"ada": [9.0]}, clips=(clip("a"), clip("c", reference="what was said then")))
    (ada,) = found(tmp_path, shared=True, one=one, other=other).accuracy
    assert (ada.clips, ada.common, ada.differing) == (3, 1, 0)
    assert ada.wer is not None
    assert ada.wer.value == pytest.approx(1 / 10)


def test_shares_are_not_pooled_where_common_texts_differ(tmp_path: Path) -> None:
    """Nor are times of any use: none is shown."""
    one = Recipe({"ada": [1.0]}, clips=(clip("a"), clip("b")))
    other = Recipe({"ada": [9.0]}, clips=(clip("a"), clip("c")), texts={"ada": "what was sad"})
    across_ = found(tmp_path, shared=True, one=one, other=other)
    (ada,) = across_.accuracy
    assert (ada.differing, ada.wer) == (1, None)
    assert {standing.rtfx for standing in across_.standings} == {None}
    notes = list(report.notes(across_))
    assert any("times are left out" in note for note in notes)
    assert any("is not pooled" in note for note in notes)
