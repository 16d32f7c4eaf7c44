"""Facts of models: what a choice goes by, from the rules of each models.toml."""

from pathlib import Path

import pytest
from checkpoints import backend

from orchestrator import backends
from orchestrator.clips import languages
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
        for each in selection.able(wanted, ["punctuates", "words"])
        if languages.knows(each.facts.languages, "de")
    }
    assert {("faster-whisper", "base"), ("parakeet-mlx", "parakeet-tdt-0.6b-v3")} <= found
    assert not any(name.endswith(".en") or name == "parakeet-tdt-0.6b-v2" for _, name in found)
    assert not any(owner == "lightning-whisper-mlx" for owner, _ in found)


@pytest.mark.parametrize(
    ("owner", "model", "spoken", "lack"),
    [
        ("faster-whisper", "tiny.en", "de", "knows en, and not de"),
        ("faster-whisper", "base", "de", ""),
        ("faster-whisper", "base", "yue", "knows 99 languages, and not yue"),
        ("faster-whisper", "large-v3", "yue", ""),
        ("mlx-audio", "moonshine-base", "ja", "knows en, and not ja"),
        ("mlx-audio", "qwen3-asr-0.6b-8bit", "tl", ""),  # its publisher writes fil
        ("parakeet-mlx", "parakeet-tdt-0.6b-v2", "de", "knows en, and not de"),
        ("parakeet-mlx", "parakeet-tdt-0.6b-v3", "de", ""),
        ("parakeet-mlx", "parakeet-tdt-0.6b-v3", "ja", "knows 25 languages, and not ja"),
        ("sherpa-onnx", "gigaam-v3-e2e-ctc", "en", "knows ru, and not en"),
        ("sherpa-onnx", "sense-voice-small", "ru", "knows 5 languages, and not ru"),
        ("onnx-asr", "canary-180m-flash", "ja", "knows en, de, es, fr, and not ja"),
        ("moonshine", "a-model-of-mine", "de", ""),
        ("moonshine", "mine.en", "de", "knows en, and not de"),
        ("speechanalyzer", "system", "de", ""),
    ],
)
def test_a_record_says_which_languages_a_model_knows(
    owner: str, model: str, spoken: str, lack: str
) -> None:
    """Without one a name in `.en` does; where neither does, a model may know any."""
    (found,) = (each for each in backends.discover(backends.ENVS) if each.name == owner)
    recorded = catalogue.facts_of(found, model).languages
    assert languages.lack("it", recorded, [spoken]) == (lack and f"it {lack}")


def test_a_record_of_languages_is_believed_before_a_name(tmp_path: Path) -> None:
    """A name that ends in `.en` tells of a model without one."""
    text = (
        'facts = [{ languages = ["de", "en"] }]\n'
        '[models."my.en"]\nsources = [{ kind = "local", path = "x" }]\n'
    )
    (tmp_path / "models.toml").write_text(text, encoding="utf-8")
    owner = backend(tmp_path, "ggml", "own")
    assert catalogue.facts_of(owner, "my.en").languages == ("de", "en")
    assert catalogue.facts_of(owner, "another.en").languages == ("en",)


def test_a_wrong_fact_names_its_key(tmp_path: Path) -> None:
    """As every other key of the file."""
    text = 'facts = [{ licens = "MIT" }]\n[models.x]\nsources = [{ kind = "local", path = "x" }]\n'
    (tmp_path / "models.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="licens"):
        catalogue.models(backend(tmp_path, "ggml", "wrong"))
