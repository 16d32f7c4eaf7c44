"""Facts of models: what a choice goes by, from the rules of each models.toml."""

from pathlib import Path

import pytest
from checkpoints import backend

from orchestrator import backends
from orchestrator.errors import ConfigError
from orchestrator.models import catalogue, facts
from orchestrator.models.facts import Facts, Rule
from orchestrator.models.status import selection


def test_the_later_of_two_rules_is_right() -> None:
    """A rule says what it says of the names it matches, and nothing else."""
    rules = (
        Rule(licence="MIT", languages=("whisper",), streams=False),
        Rule(models="*.en*", languages=("en",)),
    )
    assert facts.said_of("tiny.en", rules) == Facts(licence="MIT", languages=("en",), streams=False)
    assert {"de", "en", "haw"} < set(facts.said_of("tiny", rules).languages)
    assert facts.said_of("tiny", ()) == Facts()


def test_every_model_of_ours_says_what_a_choice_needs() -> None:
    """But the system's own, of which Apple says nothing by model."""
    for each in backends.discover(backends.ENVS):
        for name in catalogue.models(each):
            known = catalogue.facts_of(each, name)
            assert each.name == "speechanalyzer" or (known.languages and known.licence), name


def test_models_are_chosen_by_what_they_can() -> None:
    """German, with punctuation and the time of each word; an English model is none of them."""
    wanted = selection.select(backends.discover(backends.ENVS), ["*"])
    found = {
        (each.backend.name, each.name)
        for each in selection.able(wanted, "de", ["punctuates", "words"])
    }
    assert {("faster-whisper", "base"), ("parakeet-mlx", "parakeet-tdt-0.6b-v3")} <= found
    assert not any(name.endswith(".en") or name == "parakeet-tdt-0.6b-v2" for _, name in found)
    assert not any(owner == "lightning-whisper-mlx" for owner, _ in found)


def test_who_knows_english_alone_is_known_by_name_or_record() -> None:
    """No multilingual model of ours is one, nor is a model that has no record."""
    ours = {each.name: each for each in backends.discover(backends.ENVS)}
    english = {
        (owner, name)
        for owner, each in ours.items()
        for name in catalogue.models(each)
        if catalogue.only_english(each, name)
    }
    assert {("mlx-audio", "moonshine-base"), ("faster-whisper", "tiny.en")} <= english
    assert ("parakeet-mlx", "parakeet-tdt-0.6b-v2") in english
    many = {*catalogue.LADDER, "parakeet-tdt-0.6b-v3"}
    assert not many & {name for _, name in english}
    assert not catalogue.only_english(ours["moonshine"], "a-model-of-mine")


def test_a_record_of_languages_is_believed_before_a_name(tmp_path: Path) -> None:
    """A name that ends in `.en` tells of a model without one."""
    text = (
        'facts = [{ languages = ["de", "en"] }]\n'
        '[models."my.en"]\nsources = [{ kind = "local", path = "x" }]\n'
    )
    (tmp_path / "models.toml").write_text(text, encoding="utf-8")
    owner = backend(tmp_path, "ggml", "own")
    assert not catalogue.only_english(owner, "my.en")
    assert catalogue.only_english(owner, "another.en")


def test_a_wrong_fact_names_its_key(tmp_path: Path) -> None:
    """As every other key of the file."""
    text = 'facts = [{ licens = "MIT" }]\n[models.x]\nsources = [{ kind = "local", path = "x" }]\n'
    (tmp_path / "models.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="licens"):
        catalogue.models(backend(tmp_path, "ggml", "wrong"))
