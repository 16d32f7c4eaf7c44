"""A clip's life on the page: its sound, every change, what was taken back, and what is played."""

import html
import json
import re
from pathlib import Path

import live_runs
import numpy as np
import pages
import pytest

from orchestrator.clips.audio.decoded_cache import kept
from orchestrator.places import cache_folder
from orchestrator.reports.html import live_chart, page
from orchestrator.runs.folder import RunFolder
from orchestrator.runs.schema import LivePass, Shown
from orchestrator.runs.schema.plan import Cell


def lives(written: str) -> list[str]:
    """Return each clip's part of the page."""
    ends = '(?=<div class="life"|<ul class="found">)'
    return re.findall(f'<div class="life".*?{ends}', written, re.DOTALL)


def test_a_page_has_the_life_of_a_clip(tmp_path: Path) -> None:
    """Every change is a mark and a moment to play; what was taken back is named, a word each."""
    (life,) = lives(page([live_runs.store(tmp_path / "run", {"ada": (0.5,), "bob": (1.0,)})]))
    for wide in re.findall(r"<svg viewBox=.*?</svg>", life, re.DOTALL):
        assert wide.count('class="cursor"') == 1
        assert wide.count("<title>2.50 s, took back wars: what was</title>") == 1
        assert "<title>1.50 s: was</title>" in wide  # the word, when it was spoken
    ada, bob = map(html.unescape, re.findall(r'data-changes="([^"]*)"', life))
    assert json.loads(ada) == [
        [1.5, "what", " wars", ""],
        [2.5, "what was", "", "wars"],
        [3.5, "what was said", "", ""],
        [5.5, "What was said.", "", ""],
    ]
    assert json.loads(bob)[0] == [2.0, "what", " wars", ""]
    assert 'max="6.0"' in life
    assert life.count('<dd dir="auto">What was said.</dd>') == 2


def test_the_sound_of_a_clip_is_drawn_while_its_samples_are_here(tmp_path: Path) -> None:
    """From the decoded samples in the cache; without them the words alone are there."""
    run = live_runs.store(tmp_path / "run", {"ada": (0.5,)})
    assert 'class="sound"' not in lives(page([run]))[0]
    (clip,) = RunFolder(run).clips()
    samples = kept(clip.sha256, cache_folder() / "decoded")
    samples.parent.mkdir(parents=True, exist_ok=True)
    np.sin(np.arange(clip.samples) / 9).astype("<f4").tofile(samples)
    try:
        assert lives(page([run]))[0].count('class="sound"') == 2
    finally:
        samples.unlink()


def test_three_clips_at_most_are_shown_and_played_while_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many clips the first three; texts that would make the page large are drawn alone."""
    run = live_runs.store(tmp_path / "run", {"ada": (0.5,)}, ("one", "two", "three", "four"))
    assert [life.count("data-changes") for life in lives(page([run]))] == [1, 1, 1]
    monkeypatch.setattr(live_chart, "_PLAYED_BYTES", 200)
    assert [life.count("data-changes") for life in lives(page([run]))] == [1, 0, 0]


def test_hostile_live_text_is_text(tmp_path: Path) -> None:
    """Whatever an engine shows stands escaped in what is played and in tooltips."""
    run = live_runs.store(tmp_path / "run", {"ada": (0.5,)})
    nasty = " ".join(pages.NASTY)
    said = LivePass(
        clip="talk",
        partials=(Shown(at=1.0, stands=nasty, may_change=nasty, heard=1.0),),
        ended=5.0,
        final=5.5,
        text=nasty,
    )
    with RunFolder(run).keeping_live(Cell(1, "ada").key, 1) as keep:
        keep([said])
    (life,) = lives(page([run]))
    assert "<script" not in life
    assert "<img" not in life
    (changes,) = re.findall(r'data-changes="([^"]*)"', life)
    assert json.loads(html.unescape(changes))[0][1] == nasty
