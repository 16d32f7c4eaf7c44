"""Terms against counts by hand, against an independent count, and in stored runs."""

import json
import random
from collections.abc import Mapping
from pathlib import Path

import jiwer
import pytest
from stored_runs import Recipe, clip, contender, make

from orchestrator.analysis.compare import changes
from orchestrator.analysis.rescore import rescore
from orchestrator.analysis.scoring.accuracy import Errors
from orchestrator.analysis.scoring.terms import Lexicon
from orchestrator.analysis.terms import TermErrors, compare_all
from orchestrator.reports.files import as_csv
from orchestrator.reports.files.markdown import as_markdown
from orchestrator.reports.html import page
from orchestrator.runs.schema import Summary, Term
from orchestrator.runs.stored import read
from orchestrator.runs.terms import parsed

LINES = ("Kubernetes | k8s", "GitHub", "New York", "York", "Envoy")
SAID = "Kubernetes runs in New York, and GitHub hosts Envoy for York."


def lexicon(*lines: str) -> Lexicon:
    """Return the terms of these lines."""
    return Lexicon(parsed(lines or LINES, "here"))


def heard(
    said: str, hypothesis: str, *lines: str, language: str = "en"
) -> tuple[dict[str, tuple[int, int, int]], int, int]:
    """Return for each term how often it was said, heard and found; other words, errors in them."""
    own = lexicon(*lines)
    found = own.heard(said, hypothesis, language)
    terms = {
        term.name: (found.said[number], found.heard[number], found.found[number])
        for number, term in enumerate(own.terms)
        if found.said[number] or found.heard[number]
    }
    return terms, found.words, found.errors


def test_a_sentence_is_counted_as_by_hand() -> None:
    """A variant, a split word, the longer of two, a term missed here and invented there.

    Envoy is heard as two words: one stands in its place, the other is an error of other words.
    """
    terms, words, errors = heard(
        SAID, "K8s runs in new york, and git hub hosts on boy for Envoy York!"
    )
    assert terms == {
        "Kubernetes": (1, 1, 1),
        "GitHub": (1, 1, 1),
        "New York": (1, 1, 1),
        "York": (1, 1, 1),
        "Envoy": (1, 1, 0),
    }
    assert (words, errors) == (5, 1)  # runs in and hosts for; "boy"


@pytest.mark.parametrize(
    ("said", "hypothesis", "expected", "others"),
    [
        ("Envoy and Envoy", "Envoy and Envoy Envoy", (2, 3, 2), (1, 0)),
        ("Envoy", "", (1, 0, 0), (0, 0)),
        ("nothing of it", "Envoy of it", (0, 1, 0), (3, 1)),
        ("", "Envoy too", (0, 1, 0), (0, 1)),
        ("an envoy's seat", "an Envoy is seat", (1, 1, 1), (3, 0)),
        ("envoys", "envoys", None, (1, 0)),
    ],
    ids=["twice", "none", "invented", "silence", "possessive", "another word"],
)
def test_small_cases(
    said: str, hypothesis: str, expected: tuple[int, int, int] | None, others: tuple[int, int]
) -> None:
    """Whole words only; what is invented in place of a word has lost that word too."""
    terms, *rest = heard(said, hypothesis)
    assert terms.get("Envoy") == expected
    assert tuple(rest) == others


def test_other_languages_have_terms_too() -> None:
    """In German an umlaut counts; in Japanese, without spaces, a term is some characters."""
    assert heard("Grüße aus Köln", "grüße aus Koln", "Köln", language="de")[0] == {
        "Köln": (1, 0, 0)
    }
    assert heard("東京都に行く", "東京都に行く", "東京", language="ja")[0] == {"東京": (1, 1, 1)}


def test_without_terms_all_words_are_others() -> None:
    """Then the errors are those that jiwer counts, in 200 texts with words wrong by chance."""
    draw = random.Random(7)  # noqa: S311 - a repeatable text
    words = ["moss", "lake", "bird", "tree", "stone", "cloud"]
    own = Lexicon([Term(name="Kubernetes")])
    for _ in range(200):
        said = draw.choices(words, k=12)
        other = [draw.choice(words) if draw.random() < 0.3 else word for word in said]
        hypothesis = [word for word in other if draw.random() > 0.1]
        found = own.heard(" ".join(said), " ".join(hypothesis))
        counted = jiwer.process_words(" ".join(said), " ".join(hypothesis))
        assert found.words == 12
        assert found.errors == counted.substitutions + counted.deletions + counted.insertions


def corpus_of(found: list[tuple[str, str]]) -> tuple[Errors, TermErrors]:
    """Return a contender's counts over clips, each what was said and what was heard."""
    errors = Errors()
    terms = TermErrors(lexicon(), errors)
    for number, (said, hypothesis) in enumerate(found):
        errors.add(f"clip {number}", said, hypothesis)
        terms.add(said, hypothesis, "en")
    return errors, terms


def test_shares_are_of_all_clips_with_intervals_by_clip() -> None:
    """Of 12 said 9 are found, one is heard elsewhere: 9/12, 9/10, 18/22; by term where it does."""
    clips = [("see Envoy there", "see Envoy there")] * 9 + [("see Envoy there", "see it there")] * 3
    _, terms = corpus_of([*clips, ("only moss", "Envoy moss"), ("GitHub", "GitHub")])
    found = terms.scores()
    assert found
    total = found.total
    assert (total.said, total.heard, total.found, total.inserted) == (13, 11, 10, 1)
    for rate, value in ((total.recall, 10 / 13), (total.precision, 10 / 11), (total.f, 20 / 24)):
        assert rate
        assert rate.value == pytest.approx(value, abs=1e-12)
        assert rate.low is not None
        assert rate.high is not None
        assert 0 <= rate.low < rate.value < rate.high <= 1
    envoy, github = sorted(found.terms, key=lambda one: one.term)
    assert (envoy.said, envoy.found, envoy.inserted, github.found) == (12, 9, 1, 1)
    assert envoy.recall
    assert github.recall
    assert envoy.recall.low is not None
    assert (github.recall.value, github.recall.low) == (1.0, None)
    assert found.others
    assert found.others.value == pytest.approx(1 / 26)  # of "only moss" only is lost


def test_a_failed_clip_misses_all_of_its_terms() -> None:
    """A contender that failed at a clip heard nothing of it."""
    errors = Errors()
    terms = TermErrors(lexicon(), errors)
    errors.add("a", SAID, None)
    terms.add(SAID, None, "en")
    found = terms.scores()
    assert found
    assert (found.total.said, found.total.found, found.total.precision) == (5, 0, None)
    assert found.others
    assert found.others.value == 1.0


def test_two_contenders_are_compared_over_the_same_clips() -> None:
    """One misses half of the terms, the other none but invents one: both ways round the same."""
    said = [("we run Envoy here", "we run Envoy here"), ("we run GitHub here",) * 2] * 10
    half = [(one, one.replace("Envoy", "envelope")) for one, _ in said]
    invents = [(one, f"{one} York" if not n else one) for n, (one, _) in enumerate(said)]
    counts = {"half": corpus_of(half)[1], "all": corpus_of(invents)[1]}
    (found,) = compare_all(counts)
    assert (found.missed.fewer, found.missed.outcome) == (-50.0, "more")
    assert found.missed.sentence.startswith("half misses 50.0 more of 100 terms than all (")
    assert found.inserted == (0, 1)
    (turned,) = compare_all(dict(reversed(counts.items())))
    assert (turned.missed.fewer, turned.missed.outcome) == (50.0, "fewer")
    assert turned.inserted == (1, 0)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return a stored run of two contenders that hear one term and another."""
    texts = {"ada": "it runs in k8s", "bob": "it runs in a cube with Envoy"}
    recipe = Recipe(
        {name: [1.0] for name in texts},
        clips=[clip(reference="It runs in Kubernetes")],
        texts=texts,
    )
    return make(tmp_path, recipe)


def test_a_stored_run_is_scored_by_terms_that_come_later(run: Path) -> None:
    """Its summary then has them, and every report: table, terms, pairs, what nobody says."""
    before = json.loads((run / "summary.json").read_text("utf-8"))
    assert "terms" not in before["settings"]
    assert not any("terms" in line for line in before["contenders"])
    summary = rescore(run, "auto", terms=parsed((*LINES, "Prometheus"), "here"))
    assert Summary.model_validate_json((run / "summary.json").read_bytes()) == summary
    ada, bob = (line.terms for line in summary.contenders)
    assert ada
    assert bob
    assert [(t.total.said, t.total.found, t.total.inserted) for t in (ada, bob)] == [
        (1, 1, 0),
        (1, 0, 1),
    ]
    text = as_markdown(summary)
    assert "| Kubernetes | 1 | 1 | 0 |" in text
    assert "| Envoy | 0 | — | 1 inserted |" in text
    assert "terms in no reference: GitHub, New York, York, Envoy, Prometheus" in text
    assert "terms_recall,terms_recall_low" in as_csv(summary)
    assert "Found, by term" in page([run])
    assert "Kubernetes" in page([run])


def test_terms_move_no_times_unless_they_are_given(tmp_path: Path) -> None:
    """Runs with other terms, or grouped by something, compare; of a boosted one terms are told."""

    def asked(run_id: str, *names: str, boost: bool = False) -> Mapping[str, str | None]:
        terms = [{"name": name} for name in names]
        manifest = {"contenders": [contender("ada", boost=boost)]}
        settings = {"terms": terms, "by": names}
        recipe = Recipe({"ada": [1.0]}, run_id=run_id, settings=settings, manifest=manifest)
        return changes.asked(read(make(tmp_path, recipe)))

    plain, other = asked("20261122-120000-aaaa"), asked("20261122-120000-bbbb", "Ada")
    assert plain == other
    given = asked("20261122-120000-cccc", "Ada", "Bob", boost=True)
    assert given == {**plain, "terms given": "Ada, Bob"}
