"""Errors over a corpus: intervals that cover, differences in pairs, and who is worth choosing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.analysis.scoring import rates
from orchestrator.analysis.scoring.accuracy import Errors, compare, compare_all, judged
from orchestrator.analysis.scoring.ranking import pareto
from orchestrator.runs.schema import Rate

TOO_FEW = "too few for a verdict: 4, and it takes 10 speakers, recordings or clips"
TEN = "one bird in the tree by a lake of moss"


def with_errors(counts: list[int], speakers: int | None = None) -> Errors:
    """Return a backend with so many words of ten wrong in each clip, speakers taking turns."""
    backend = Errors()
    words = TEN.split()
    for clip, count in enumerate(counts):
        heard = " ".join(["wrong"] * count + words[count:])
        speaker = f"speaker {clip % speakers}" if speakers else None
        backend.add(f"clip {clip}", TEN, heard, cluster=speaker)
    return backend


def test_a_corpus_is_counted_as_by_hand() -> None:
    """A wrong word, an invented one, a failure as ten deletions, an empty output, a loop."""
    backend = Errors()
    backend.add("a", TEN, TEN.replace("bird", "word"))
    backend.add("b", TEN, f"{TEN} indeed")
    assert not backend.faults
    failed = backend.add("c", TEN, None)
    assert backend.faults == {"failed": 1}
    backend.add("d", "hello", "...")
    backend.add("e", "hello", "hello " * 15)
    backend.add("f", "", "thank you")
    assert failed.deletions == 10
    assert failed.character_errors == failed.characters == len(TEN)
    counts = backend.score
    assert (counts.words, counts.substitutions, counts.insertions, counts.deletions) == (
        32,
        1,
        1 + 14 + 2,
        10 + 1,
    )
    assert backend.faults == {"failed": 1, "empty": 1, "looping": 1}
    assert len(backend) == 6
    found = backend.wer()
    assert found
    assert (found.value, found.low, found.high) == (29 / 32, None, None)
    assert found.clusters == 5


def test_without_words_there_is_no_rate() -> None:
    """No clips, or references without words, have no rate, and not 0."""
    assert Errors().wer() is None
    silent = Errors()
    silent.add("a", "", "thank you")
    assert silent.wer() is None
    assert compare({"A": silent, "B": silent}, "A", "B") is None


def test_few_speakers_have_no_interval() -> None:
    """Nine speakers of many clips are nine, ten are enough, and clips alone count as themselves."""
    counts = [0, 1, 2, 0, 3] * 12
    nine, ten, alone = (with_errors(counts, speakers).wer() for speakers in (9, 10, None))
    assert nine
    assert ten
    assert alone
    assert (nine.low, nine.clusters) == (None, 9)
    assert (ten.clusters, alone.clusters) == (10, 60)
    assert ten.low is not None
    assert ten.value == nine.value == alone.value == 0.12


def test_clusters_make_an_interval_wider() -> None:
    """Ten speakers, each wrong in their own way throughout, are sure of less than 60 clips."""
    counts = [clip % 10 for clip in range(60)]
    apart, together = with_errors(counts).wer(), with_errors(counts, 10).wer()
    assert apart
    assert together
    assert apart.low is not None
    assert apart.high is not None
    assert together.low is not None
    assert together.high is not None
    assert together.low < apart.low < apart.value < apart.high < together.high


def test_intervals_repeat_and_need_no_order() -> None:
    """The same clips give the same limits, in whatever order they came."""
    counts = [0, 1, 5, 2, 0, 0, 3, 1, 0, 4, 1, 0]
    backward = Errors()
    forward = with_errors(counts)
    words = TEN.split()
    for clip, count in reversed(list(enumerate(counts))):
        backward.add(f"clip {clip}", TEN, " ".join(["wrong"] * count + words[count:]))
    assert forward.wer() == with_errors(counts).wer() == backward.wer()


def test_no_errors_are_not_certainty() -> None:
    """Of 20 clips without an error, 1 - .05^(1/20) = 13.9 % of all may yet be wrong."""
    found = with_errors([0] * 20).wer()
    assert found
    assert (found.value, found.low) == (0, 0)
    assert found.high == pytest.approx(0.1391, abs=1e-4)


def test_a_long_recording_weighs_more_where_nothing_is_wrong() -> None:
    """Ten clusters of which one has half the words are 3.6 by Kish's count: 1 - .05^(1/3.6)."""
    words = np.array([9] + [1] * 9)
    found = rates.estimate(rates.rate, np.arange(10, dtype=np.uint64), np.zeros(10, int), words)
    assert found.high == pytest.approx(1 - 0.05 ** (90 / 324))


def test_many_clusters_are_put_together() -> None:
    """Of 5,000 clips the half width is that of theory, 1.96 standard errors of a share."""
    draw = np.random.default_rng(5)
    clusters = draw.permutation(5_000).astype(np.uint64)
    errors = (draw.random(5_000) < 0.2).astype(int)
    found = rates.estimate(rates.rate, clusters, errors, np.ones(5_000, int))
    share = errors.mean()
    assert found.low is not None
    assert found.high is not None
    half = 1.96 * (share * (1 - share) / 5_000) ** 0.5
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.1)
    assert found.clusters == 5_000


def test_intervals_cover_the_truth() -> None:
    """Of 50 corpora of 20 speakers with rates around 5 %, at least 43 intervals have the 5 %."""
    draw = np.random.default_rng(1)
    covered = 0
    for _ in range(50):
        words = draw.integers(50, 150, 20)
        errors = draw.poisson(words * draw.gamma(2, 0.025, 20))
        found = rates.estimate(rates.rate, np.arange(20, dtype=np.uint64), errors, words)
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0.05 <= found.high
    assert 43 <= covered < 50


def test_a_difference_is_paired() -> None:
    """Hard clips are hard for both: rates overlap, yet one error fewer in most clips is sure."""
    hard = [0, 1, 2, 4, 6, 8] * 5
    backends = {
        "A": with_errors(hard),
        "B": with_errors([count + (clip % 3 > 0) for clip, count in enumerate(hard)]),
    }
    one, other = backends["A"].wer(), backends["B"].wer()
    assert one
    assert other
    assert one.high is not None
    assert other.low is not None
    assert one.high > other.low
    found = compare(backends, "A", "B")
    assert found
    assert found.fewer == pytest.approx(20 / 300 * 100)
    assert (found.outcome, found.clips, found.clusters) == ("fewer", 30, 30)
    back = compare(backends, "B", "A")
    assert back
    assert back.outcome == "more"
    assert back.fewer == pytest.approx(-found.fewer)
    assert back.sentence.startswith("B makes 6.7 more errors in 100 words than A (")


def test_only_common_clips_are_compared() -> None:
    """B stopped after 12 clips: what A did later is not held against it, nor for it."""
    longer = with_errors([1] * 12 + [9] * 12)
    found = compare({"A": longer, "B": with_errors([1] * 12)}, "A", "B")
    assert found
    assert (found.fewer, found.clips, found.outcome) == (0, 12, "undecided")
    assert compare({"A": longer, "B": Errors()}, "A", "B") is None


def test_clips_are_matched_by_name() -> None:
    """B met the last six of A's twelve clips, in which it made two errors each to A's one."""
    late = Errors()
    late.add("clip 99", TEN, None)
    for clip in reversed(range(6, 12)):
        late.add(f"clip {clip}", TEN, TEN.replace("in the", "on a"))
    found = compare({"A": with_errors([9] * 6 + [1] * 6), "B": late}, "A", "B")
    assert found
    assert found.clips == 6
    assert found.fewer == pytest.approx(10)


def test_every_pair_is_compared_once() -> None:
    """Three backends are three pairs, each in their order."""
    backends = {name: with_errors([n] * 3) for n, name in enumerate("ABC")}
    found = compare_all(backends)
    assert [(one.first, one.second, one.outcome) for one in found] == [
        ("A", "B", None),
        ("A", "C", None),
        ("B", "C", None),
    ]


def _gap(fewer: float, low: float | None, high: float | None, clusters: int) -> Rate:
    """Return a difference of so many errors in 100 words."""
    low, high = (None if limit is None else limit / 100 for limit in (low, high))
    return Rate(value=fewer / 100, low=low, high=high, clusters=clusters)


@pytest.mark.parametrize(
    ("fewer", "low", "high", "sentence"),
    [
        (0.4, 0.1, 0.7, "A makes 0.4 fewer errors in 100 words than B (0.1 to 0.7)"),
        (-0.4, -0.7, -0.1, "A makes 0.4 more errors in 100 words than B (0.1 to 0.7)"),
        (0.04, 0.03, 0.06, "A makes 0.04 fewer errors in 100 words than B (0.03 to 0.06)"),
        (
            0.2,
            -0.3,
            0.7,
            "A makes 0.2 fewer errors in 100 words than B: undecided (0.3 more to 0.7 fewer)",
        ),
        (
            0.2,
            None,
            None,
            f"A makes 0.2 fewer errors in 100 words than B; {TOO_FEW}",
        ),
        (0.0, None, None, f"A makes as many errors in 100 words as B; {TOO_FEW}"),
    ],
)
def test_a_difference_is_a_sentence(
    fewer: float, low: float | None, high: float | None, sentence: str
) -> None:
    """Direction in words, limits as sizes, decimals as the interval has sense for."""
    assert judged("A", "B", _gap(fewer, low, high, 4), 40).sentence == sentence


@pytest.mark.parametrize(
    ("low", "high", "outcome"),
    [(0.1, 0.2, "fewer"), (0.0, 0.2, "undecided"), (-0.2, 0.0, "undecided"), (-0.2, -0.1, "more")],
)
def test_an_interval_that_touches_zero_decides_nothing(
    low: float, high: float, outcome: str
) -> None:
    """Both limits must lie on one side."""
    assert judged("A", "B", _gap(0.1, low, high, 40), 40).outcome == outcome


def test_the_front_is_what_nobody_beats() -> None:
    """Fast and wrong, slow and right, and equals stand; worse in both, or in one, does not."""
    points = {
        "right": (3.0, 0.02),
        "fast": (1.0, 0.10),
        "equal": (1.0, 0.10),
        "slower": (1.5, 0.10),
        "worse": (3.5, 0.12),
        "unscored": (0.5, None),
        "untimed": (None, 0.0),
    }
    assert pareto(points) == ("fast", "equal", "right")
    assert pareto({}) == ()


@settings(max_examples=30)
@given(st.dictionaries(st.text(max_size=3), st.tuples(st.integers(0, 4), st.integers(0, 4))))
def test_whoever_is_not_on_the_front_is_beaten_by_one_who_is(
    points: dict[str, tuple[int, int]],
) -> None:
    """The front beats all the rest and nobody on it."""
    standing = {points[name] for name in pareto(dict(points))}
    for name, (x, y) in points.items():
        beaten = any(a <= x and b <= y and (a, b) != (x, y) for a, b in standing)
        assert beaten is (name not in pareto(dict(points)))
