"""Errors by group against counts by hand; gaps that are there, and gaps that are not."""

from pathlib import Path

import numpy as np
import pytest
from stored_runs import Recipe, clip, make

from orchestrator.analysis.groups import GroupErrors, of
from orchestrator.analysis.rescore import rescore
from orchestrator.analysis.scoring.accuracy import Errors
from orchestrator.errors import UsageError
from orchestrator.reports import groups as said
from orchestrator.reports.files import as_csv
from orchestrator.reports.files.markdown import as_markdown
from orchestrator.reports.html import page
from orchestrator.runs.schema import Breakdown

TEN = "one bird in the tree by a lake of moss"


def broken_down(wrong: dict[str, list[int]], language: str = "en") -> Breakdown:
    """Return errors by accent, of clips of ten words with so many of them wrong."""
    errors = Errors()
    groups = GroupErrors(("accent",), errors)
    words = TEN.split()
    for accent, counts in wrong.items():
        for number, count in enumerate(counts):
            heard = " ".join(["wrong"] * count + words[count:])
            name = f"{accent} {number}"
            errors.add(name, TEN, heard)
            known = {"accent": accent} if accent else {}
            groups.add(clip(name, reference=TEN, groups=known), language)
    (found,) = groups.breakdowns()
    return found


def test_groups_are_counted_as_by_hand() -> None:
    """Two wrong of 30 words, five of 20, and a clip without an accent that is in no group."""
    found = broken_down({"us": [0, 1, 1], "scottish": [2, 3], "": [9]})
    assert [(g.name, g.clips, g.words, g.wer.value) for g in found.groups] == [
        ("us", 3, 30, 2 / 30),
        ("scottish", 2, 20, 5 / 20),
    ]
    assert (found.without, found.gap) == (1, None)  # too few clips for any interval
    assert all(group.wer.low is None for group in found.groups)


def test_a_gap_is_between_the_best_and_the_worst() -> None:
    """Of three groups the two that are farthest apart, with limits that hold for all pairs."""
    wide = {"us": [0, 1] * 10, "uk": [1, 2] * 10, "scottish": [3, 4] * 10}
    gap = broken_down(wide).gap
    assert gap
    assert (gap.best, gap.worst, gap.groups, gap.outcome) == ("us", "scottish", 3, "more")
    assert gap.more == pytest.approx(30)
    assert 0 < gap.low < 30 < gap.high
    two = broken_down({name: wide[name] for name in ("us", "scottish")}).gap
    assert two
    assert two.high - two.low < gap.high - gap.low


@pytest.mark.slow
def test_a_gap_by_chance_is_undecided() -> None:
    """In 15 corpora of four equal groups a gap is called in no more than a few."""
    draw = np.random.Generator(np.random.PCG64(3))
    called = 0
    for _ in range(15):
        wrong = {name: draw.binomial(10, 0.2, 20).tolist() for name in ("a", "b", "c", "d")}
        gap = broken_down(wrong).gap
        assert gap
        called += gap.outcome == "more"
    assert called <= 3  # less than one expected, at 5 %


def test_characters_and_words_have_no_gap() -> None:
    """A rate over characters is no rate over words."""
    errors = Errors()
    groups = GroupErrors(("language",), errors)
    for number in range(24):
        language, text = (("en", TEN), ("ja", "今日は東京へ行く"))[number % 2]
        errors.add(f"{number}", text, text, language)
        groups.add(clip(f"{number}", reference=text, language=language), language)
    (found,) = groups.breakdowns()
    assert [group.by_character for group in found.groups] == [False, True]
    assert found.gap is None


def test_what_is_known_of_a_clip() -> None:
    """Its language, speaker and folder, and whatever column its corpus has of that name."""
    known = clip("calls/1", speaker="x", groups={"language": "Scots", "gender": "f"})
    assert of(known) == {"language": "Scots", "speaker": "x", "folder": "calls", "gender": "f"}


def test_a_stored_run_is_grouped_later(tmp_path: Path) -> None:
    """By a column of its corpus; another is told with those that there are."""
    clips = [clip(name, groups={"device": name[0]}) for name in ("a1", "a2", "b1")]
    run = make(tmp_path, Recipe({"ada": [1.0]}, clips=clips, texts={"ada": "what was"}))
    with pytest.raises(UsageError, match="--by devise: the corpus says nothing of that") as told:
        rescore(run, "auto", by=("devise",))
    assert "device" in told.value.fix
    summary = rescore(run, "auto", by=("Device",))
    assert summary.settings.by == ("device",)
    assert "| a | 2 | 6 | 33.3 % |" in as_markdown(summary)
    assert list(said.sentences(summary, "device")) == [
        "by device: no gap: it takes two groups of ten speakers, recordings or clips each"
    ]
    assert '""device"": {""a"": 0.33' in as_csv(summary)
    assert "Word error rate by device" in page([run])
