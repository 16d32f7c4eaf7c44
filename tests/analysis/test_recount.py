"""Errors by the rules of other tools: golden cases, and an independent count of the same texts."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import kaldialign
import pytest
import stored_runs
from fake_envs import orchestrator
from hypothesis import given
from hypothesis import strategies as st
from stored_runs import Recipe, clip
from whisper_normalizer.english import EnglishTextNormalizer

from orchestrator.analysis.scoring import text
from orchestrator.analysis.scoring.recount import recount
from orchestrator.errors import UsageError
from orchestrator.runs import stored

WORDS = st.lists(st.sampled_from(["a", "b", "c", "ab"]), max_size=7)


@cache
def cheapest(said: tuple[str, ...], heard: tuple[str, ...]) -> frozenset[tuple[int, int, int, int]]:
    """Return (cost, substitutions, insertions, deletions) of every cheapest alignment of sclite."""
    if not said or not heard:
        inserted, deleted = len(heard), len(said)
        return frozenset({(3 * (inserted + deleted), 0, inserted, deleted)})
    wrong = said[-1] != heard[-1]
    ways = [
        *((c + 4 * wrong, s + wrong, i, d) for c, s, i, d in cheapest(said[:-1], heard[:-1])),
        *((c + 3, s, i + 1, d) for c, s, i, d in cheapest(said, heard[:-1])),
        *((c + 3, s, i, d + 1) for c, s, i, d in cheapest(said[:-1], heard)),
    ]
    least = min(cost for cost, *_ in ways)
    return frozenset(way for way in ways if way[0] == least)


@pytest.mark.parametrize(
    ("said", "heard", "counts"),
    [
        ("a b", "b c", (0, 1, 1)),  # two substitutions would cost 8, this costs 6
        ("a b", "c d", (2, 0, 0)),
        ("voice mail", "voicemail", (1, 0, 1)),  # which is no error where compounds are merged
        ("a b c", "", (0, 0, 3)),
        ("", "a", (0, 1, 0)),
        ("a b c d", "a x c d e", (1, 1, 0)),
    ],
)
def test_sclites_costs_by_hand(said: str, heard: str, counts: tuple[int, int, int]) -> None:
    """A substitution costs 4, an insertion and a deletion 3 each, and no compound is merged."""
    assert text.edits(said.split(), heard.split(), merge=False, sclite=True) == counts


@given(WORDS, WORDS)
def test_sclites_counts_are_those_of_a_cheapest_alignment(
    said: Sequence[str], heard: Sequence[str]
) -> None:
    """Counted by a recursion over all alignments, which knows nothing of kaldialign."""
    counts = text.edits(list(said), list(heard), merge=False, sclite=True)
    assert counts in {way[1:] for way in cheapest(tuple(said), tuple(heard))}


def test_both_counts_stand_side_by_side(tmp_path: Path) -> None:
    """Of the same words: ours merges a compound, sclite counts it; a failed clip is all missed."""
    clips = [clip("one", reference="The voice mail of Mr. Smith"), clip("two", reference="yes")]
    path = stored_runs.make(
        tmp_path,
        Recipe({"ada": (1.0,)}, clips=clips, texts={"ada": "the voicemail of mister smith"}),
    )
    ours, theirs = recount(stored.read(path), "sclite-like", "auto")
    assert (ours.rules, theirs.rules) == (None, "sclite-like")
    assert (ours.contender, theirs.contender) == ("ada", "ada")
    assert (ours.score.words, ours.score.errors) == (7, 5)  # "yes" for five other words
    assert (theirs.score.words, theirs.score.errors) == (7, 7)
    assert theirs.score.wer == pytest.approx(1.0, abs=1e-9)


def test_the_leaderboards_count_is_its_own_procedure(tmp_path: Path) -> None:
    """Whisper's normaliser, then kaldialign over the whole batch: WER agrees to 1e-9."""
    said = ["I've got $20 (really), colour me surprised", "one hundred and one", "Dr. No"]
    clips = [clip(str(number), reference=each) for number, each in enumerate(said)]
    heard = "I have got twenty dollars, color me surprised one hundred one doctor no"
    path = stored_runs.make(tmp_path, Recipe({"ada": (1.0,)}, clips=clips, texts={"ada": heard}))
    normalise = EnglishTextNormalizer()
    expected = kaldialign.batch_error_rate(
        [normalise(each).split() for each in said],
        [normalise(heard).split()] * 3,
        merge_compounds=True,
    )
    _, found = recount(stored.read(path), "asr-leaderboard", "auto")
    assert found.score.wer == pytest.approx(expected["err_rate"], abs=1e-9)
    counted = (found.score.substitutions, found.score.insertions, found.score.deletions)
    assert counted == (expected["sub"], expected["ins"], expected["del"])


def test_what_cannot_be_counted_is_said(tmp_path: Path) -> None:
    """Without a reference there is nothing to count; the leaderboard's rules are English."""
    silent = stored_runs.make(tmp_path / "1", Recipe({"ada": (1.0,)}, clips=[clip(reference=None)]))
    with pytest.raises(UsageError, match="has no transcript of a clip with a reference"):
        recount(stored.read(silent), "sclite-like", "auto")
    german = stored_runs.make(tmp_path / "2", Recipe({"ada": (1.0,)}, clips=[clip(language="de")]))
    with pytest.raises(UsageError, match="known here for English, and a clip is in de"):
        recount(stored.read(german), "asr-leaderboard", "auto")


def test_the_command_prints_both_counts(envs: Path, tmp_path: Path) -> None:
    """A line each; unknown rules are refused with those there are."""
    path = stored_runs.make(tmp_path, Recipe({"ada": (1.0,)}, texts={"ada": "what is said"}))
    done = orchestrator(envs, "score", str(path), "--with", "sclite-like")
    assert done.returncode == 0, done.stderr
    head, here, there = done.stdout.splitlines()
    assert head.split() == [
        "backend",
        "counted",
        "words",
        "substitutions",
        "insertions",
        "deletions",
        "WER",
    ]
    assert here.split() == ["ada", "here", "3", "1", "0", "0", "33.3", "%"]
    assert there.split() == ["sclite-like", "3", "1", "0", "0", "33.3", "%"]
    wrong = orchestrator(envs, "score", str(path), "--with", "sclite")
    assert wrong.returncode == 2
    assert "sclite-like, asr-leaderboard" in wrong.stderr
