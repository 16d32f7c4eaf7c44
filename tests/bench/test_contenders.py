"""Contenders: products of wishes, names of what differs, and what is alike."""

from pathlib import Path

import pytest
from fake_envs import described
from hypothesis import given
from hypothesis import strategies as st

from orchestrator import backends
from orchestrator.bench import selection
from orchestrator.bench.contenders import expand, labelled, usual_instead
from orchestrator.cache.manifest import Facts
from orchestrator.errors import UsageError
from orchestrator.models import provision
from orchestrator.runs import suite
from orchestrator.runs.schema.contender import MOST, Wish


def names(*wishes: Wish, **own_models: tuple[str, ...]) -> list[str]:
    """Return the names of all contenders."""
    return [contender.name for contender in expand(wishes, own_models)[0]]


def test_one_contender_a_backend_is_called_by_its_backend() -> None:
    """Nothing differs within a backend, so nothing is said of it."""
    assert names(Wish(("ada", "bob"), models=("base",), threads=(4,))) == ["ada", "bob"]


def test_names_say_what_differs_and_nothing_else() -> None:
    """Model and precision by their value, everything else with its name."""
    wish = Wish(("ada",), models=("base",), precisions=(None, "int8"), threads=(1, 2))
    assert names(wish) == [
        "ada default threads=1",
        "ada default threads=2",
        "ada int8 threads=1",
        "ada int8 threads=2",
    ]
    assert names(Wish(("ada",), settings={"vad": (True, None)})) == ["ada vad=true", "ada vad=null"]


def test_each_backend_is_named_by_its_own_differences() -> None:
    """What differs between backends needs no word: their names differ already."""
    assert names(Wish(("ada",)), Wish(("bob",), models=("base", "small"))) == [
        "ada",
        "bob base",
        "bob small",
    ]


def test_settings_of_one_backend_are_not_asked_of_another() -> None:
    """`--set bob:beams=1,5` makes two of bob and leaves ada alone."""
    wish = Wish(("ada", "bob"), settings={"x": (1,)}, own={"bob": {"beams": (1, 5)}})
    contenders, _ = expand([wish], {})
    assert [c.name for c in contenders] == ["ada", "bob beams=1", "bob beams=5"]
    assert [c.settings for c in contenders] == [
        {"x": 1},
        {"x": 1, "beams": 1},
        {"x": 1, "beams": 5},
    ]


def test_terms_are_given_to_those_that_can_use_them() -> None:
    """A contender without and one with; of others one, and it is said."""
    wish = Wish(("ada", "bob"), boosts=(False, True))
    contenders, notices = expand([wish], {}, {"ada"})
    assert [(c.name, c.boost) for c in contenders] == [
        ("ada", False),
        ("ada boosted", True),
        ("bob", False),
    ]
    assert notices == ["no terms can be given to bob"]
    plain, boosted, _ = contenders
    assert boosted.asks
    assert list(boosted.differences(plain)) == ["boost"]
    assert "boost" not in plain.factors
    assert "boost" not in plain.model_dump()


@pytest.mark.parametrize(
    ("asked", "runs", "said"),
    [
        (("base", "small"), ["v3"], "own has no base or small: it runs v3"),
        (("base", "v2"), ["v2"], ""),
        (("v2", "v3"), ["v2", "v3"], ""),
        ((), ["v3"], ""),
    ],
)
def test_a_backend_with_models_of_its_own_runs_those_that_are_asked_for(
    asked: tuple[str, ...], runs: list[str], said: str
) -> None:
    """Else its usual one, and where another was asked for that is said."""
    own = {"own": ("v3", "v2")}
    wish = Wish(("ada", "own"), models=asked)
    found, _ = expand([wish], own)
    assert [each.model for each in found if each.backend == "own"] == runs
    assert [each.model for each in found if each.backend == "ada"] == list(asked or ["tiny.en"])
    assert list(usual_instead([wish], own)) == [said] * bool(said)


def test_a_model_that_only_such_backends_could_have_is_left_to_be_refused() -> None:
    """Nobody else takes what was asked for: a slip of the pen must not run another model."""
    wish = Wish(("own",), models=("v22",))
    (found,), _ = expand([wish], {"own": ("v3", "v2")})
    assert found.model == "v22"
    assert not list(usual_instead([wish], {"own": ("v3", "v2")}))


def test_a_name_of_the_users_stands_before_what_differs() -> None:
    """Also over several backends, and beside what is unnamed."""
    greedy = Wish(("ada",), settings={"beams": (1,)}, name="greedy")
    assert names(Wish(("ada",)), greedy) == ["ada", "greedy"]
    both = Wish(("ada", "bob"), models=("base", "small"), name="both")
    assert names(both) == ["both ada base", "both ada small", "both bob base", "both bob small"]


def test_a_run_of_no_named_backend_leaves_out_whom_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`all = false` takes part by name or with everything; a notice says so until it does."""
    for name, more in {"ada": {}, "extra": {"all": False}}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "pyproject.toml").write_text(described(**more), encoding="utf-8")
        (tmp_path / name / "uv.lock").touch()
    monkeypatch.setenv("_WHISPER_CLEANROOM_OWN_ENVS", str(tmp_path))
    usual, notices = selection.contenders([Wish(())])
    assert [contender.name for contender in usual] == ["ada"]
    assert notices == ["not part of --all: extra; -b NAME takes one, --everything all of them"]
    every, notices = selection.contenders([Wish((), everything=True)])
    assert ([contender.name for contender in every], notices) == (["ada", "extra"], [])
    assert selection.contenders([Wish(("extra",))])[1] == []
    with pytest.raises(UsageError, match=r"extra:.* does not take part"):
        selection.contenders([Wish((), own={"extra": {"x": (1,)}})])


@pytest.mark.usefixtures("own_cache")
def test_a_run_of_no_named_backend_leaves_out_what_is_large_to_fetch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model of its own over 1 GB, unless backend or model is named, or it is here."""
    record = '[models."{0}"]\nsources = [{{ kind = "hub", repository = "a/b", wanted = ["x"] }}]\n'
    for name, model, size in (
        ("ada", "tiny.en", 5_000_000_000),  # the usual model, of whatever size
        ("bob", "small-own", 900_000_000),
        ("cyd", "large-own", 2_500_000_000),
    ):
        (tmp_path / name).mkdir()
        own = described(family="other", parity=False, own_model=None if name == "ada" else model)
        (tmp_path / name / "pyproject.toml").write_text(own, encoding="utf-8")
        (tmp_path / name / "models.toml").write_text(
            f"{record.format(model)}about_bytes = {size}\n", encoding="utf-8"
        )
        (tmp_path / name / "uv.lock").touch()
    monkeypatch.setenv("_WHISPER_CLEANROOM_OWN_ENVS", str(tmp_path))

    def asked(wish: Wish) -> tuple[list[str], tuple[str, ...]]:
        found = selection.options(suite.Measurement(), [wish])
        return [contender.name for contender in found.contenders], found.notices

    said = "not part of --all, with over 1 GB to fetch: cyd (2.5 GB); -b NAME takes one"
    everyone = ["ada", "bob", "cyd"]
    names_, notices = asked(Wish(()))
    assert (names_, notices) == (["ada", "bob"], (f"{said}, --everything all of them",))
    assert asked(Wish((), everything=True)) == (everyone, ())
    assert asked(Wish(("cyd",))) == (["cyd"], ())
    assert asked(Wish((), models=("large-own",))) == (everyone, ())
    entry = provision.plan(
        next(b for b in backends.discover() if b.name == "cyd"), "large-own", ask=False
    ).entry
    entry.obtain(lambda draft: _file(draft.folder / "x"), 1, lambda: None)
    assert asked(Wish(())) == (everyone, ())


def _file(path: Path) -> Facts:
    path.write_text("weights", encoding="utf-8")
    return Facts(source="hub", revision="1")


def test_what_is_alike_is_one_or_is_said() -> None:
    """Unnamed twins are one contender; named ones take part, with a notice."""
    assert names(Wish(("ada",)), Wish(("ada",))) == ["ada"]
    contenders, notices = expand([Wish(("ada",)), Wish(("ada",), name="again")], {})
    assert len(contenders) == 2
    assert notices == ["ada and again ask for the same"]
    assert not expand([Wish(("ada",), settings={"vad": (True, 1)})], {})[1]


@pytest.mark.parametrize(
    ("wishes", "says"),
    [
        ([], "no contender"),
        ([Wish(())], "no contender"),
        ([Wish(("ada",), settings={"seed": tuple(range(MOST + 1))})], "more than 500"),
        (
            [Wish(("bob",), name="ada base"), Wish(("ada",), models=("base", "small"))],
            "two contenders are called 'ada base'",
        ),
    ],
)
def test_wishes_that_cannot_be_met_are_refused(wishes: list[Wish], says: str) -> None:
    """None, too many, and two of one name."""
    with pytest.raises(UsageError, match=says):
        expand(wishes, {})


def test_labels_are_contenders_that_are_alike() -> None:
    """They differ in nothing but their names."""
    (ada,), _ = expand([Wish(("ada",))], {})
    first, second = labelled(ada, 2)
    assert (first.name, second.name) == ("ada#1", "ada#2")
    assert not list(first.differences(second))


words = st.lists(st.sampled_from("abcdef"), min_size=1, max_size=3, unique=True).map(tuple)


@given(st.lists(st.builds(Wish, words, words, precisions=words, settings=st.just({})), min_size=1))
def test_names_are_unique_and_tell_contenders_apart(wishes: list[Wish]) -> None:
    """Whatever is asked for: one name each, and nothing twice."""
    contenders, notices = expand(wishes, {})
    assert not notices
    assert len({c.name for c in contenders}) == len(contenders)
    wanted = {(b, m, p) for w in wishes for b in w.backends for m in w.models for p in w.precisions}
    assert {(c.backend, c.model, c.precision) for c in contenders} == wanted
