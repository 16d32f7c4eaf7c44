"""The user's own folders: used in place, hashed, and refused with what is missing."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from checkpoints import backend, write_checkpoint

from orchestrator.backends import Backend
from orchestrator.cache import store
from orchestrator.errors import ModelError, ModelUnavailable, UsageError
from orchestrator.files import sha256_of
from orchestrator.models import parity, provision


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the test a store of its own, and no network."""
    monkeypatch.setenv("WHISPER_CLEANROOM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def taker(tmp_path: Path, form: str = "ct2", name: str = "faster-whisper") -> Backend:
    """Return a backend that has another model on record."""
    folder = tmp_path / form
    folder.mkdir(exist_ok=True)
    text = '[models.tiny]\nsources = [{ kind = "hub", repository = "a/b" }]\n'
    (folder / "models.toml").write_text(text, encoding="utf-8")
    return backend(folder, form, name)


@pytest.mark.parametrize("key", ["mine", "faster-whisper/mine"])
def test_a_folder_is_used_where_it_is(tmp_path: Path, key: str) -> None:
    """Under a name no record has: nothing is copied, every file is hashed for the row."""
    source = write_checkpoint(tmp_path / "mine")
    (source / "README.md").write_text("notes", encoding="utf-8")
    before = {p: p.stat().st_mtime_ns for p in source.iterdir()}
    plan = provision.plan(taker(tmp_path), "mine", local={key: source})
    assert (plan.present, plan.download_bytes, plan.convert) == (True, 0, False)
    assert not (tmp_path / "cache").exists()
    done = provision.ensure(plan)
    assert (done.path, done.source, done.revision) == (source, "local", None)
    assert {p: p.stat().st_mtime_ns for p in source.iterdir()} == before
    manifest = plan.entry.check(deep=True).manifest
    assert manifest is not None
    assert manifest.files["model.bin"].sha256 == sha256_of(source / "model.bin")
    assert store.size_on_disk(tmp_path / "cache") < 2000
    again = provision.plan(taker(tmp_path), "mine", local={key: source})
    told: list[str] = []
    assert provision.ensure(again, lambda doing, _fraction: told.append(doing)) == done
    assert told == []


@pytest.mark.parametrize("key", ["large", "large-v3", "faster-whisper/large"])
@pytest.mark.parametrize("asked", ["large", "large-v3"])
def test_a_folder_may_be_given_under_an_alias(tmp_path: Path, asked: str, key: str) -> None:
    """By whichever of its two names the model is asked for."""
    source = write_checkpoint(tmp_path / "source")
    assert provision.plan(taker(tmp_path), asked, local={key: source}).path == source


def test_a_changed_folder_is_hashed_again(tmp_path: Path) -> None:
    """The user's files may change: the row says what was there when it ran."""
    source = write_checkpoint(tmp_path / "mine")
    first = provision.ensure(provision.plan(taker(tmp_path), "tiny", local={"tiny": source}))
    (source / "config.json").write_text("{}", encoding="utf-8")
    second = provision.ensure(provision.plan(taker(tmp_path), "tiny", local={"tiny": source}))
    assert second.path == first.path
    assert second.sha256 != first.sha256


def test_removing_it_leaves_the_users_files(tmp_path: Path) -> None:
    """Only what the store remembers goes."""
    source = write_checkpoint(tmp_path / "mine")
    plan = provision.plan(taker(tmp_path), "mine", local={"mine": source})
    provision.ensure(plan)
    assert [entry.origin for entry in store.entries()] == [plan.entry.origin]
    plan.entry.remove()
    assert list(store.entries()) == []
    assert (source / "model.bin").exists()


@pytest.mark.parametrize("given", ["file", "folder", "other-name"])
def test_a_single_file_is_found(tmp_path: Path, given: str) -> None:
    """For a format that is one file: the file, its folder, or a folder with one of another name."""
    name = "custom.bin" if given == "other-name" else "ggml-mine.bin"
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / name).write_bytes(b"weights")
    chosen = taker(tmp_path, "ggml", "whisper-cpp")
    path = folder / name if given == "file" else folder
    done = provision.ensure(provision.plan(chosen, "mine", local={"mine": path}))
    assert done.path == folder / name


def spoil_folder(folder: Path) -> None:
    """Put a file where the folder was."""
    shutil.rmtree(folder)
    folder.write_text("", encoding="utf-8")


def spoil_weights(folder: Path) -> None:
    """Remove the weights."""
    (folder / "model.bin").unlink()


def spoil_settings(folder: Path) -> None:
    """Remove all but the weights."""
    (folder / "config.json").unlink()
    (folder / "tokenizer.json").unlink()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (shutil.rmtree, "it does not exist"),
        (spoil_weights, "model.bin is missing"),
        (spoil_settings, "config.json, tokenizer.json is missing"),
        (spoil_folder, "it is no folder"),
    ],
    ids=["absent", "weights", "settings", "file"],
)
def test_a_wrong_folder_is_refused_with_what_is_missing(
    tmp_path: Path, spoil: object, says: str
) -> None:
    """Before anything runs, with the path as given and the format wanted."""
    assert callable(spoil)
    source = write_checkpoint(tmp_path / "mine")
    spoil(source)
    with pytest.raises(UsageError, match=rf"mine is no model in the format ct2: {says}") as told:
        provision.plan(taker(tmp_path), "mine", local={"mine": source})
    assert "--model-path" in told.value.fix


def test_several_files_are_not_guessed_among(tmp_path: Path) -> None:
    """Two candidates in a folder are an error that counts them."""
    folder = tmp_path / "weights"
    folder.mkdir()
    for name in ("a.bin", "b.bin"):
        (folder / name).write_bytes(b"weights")
    chosen = taker(tmp_path, "ggml", "whisper-cpp")
    with pytest.raises(UsageError, match=r"2 files end in \.bin"):
        provision.plan(chosen, "mine", local={"mine": folder})


@pytest.mark.parametrize(
    ("says", "files", "lacking"),
    [
        ({"needs": ("graph.bin", "words.txt|words.json")}, ("graph.bin",), "words.txt or words.js"),
        ({"needs": ("graph.bin", "words.txt|words.json")}, ("graph.bin", "words.json"), ""),
        ({"file": "{}.onnx"}, ("mine.bin",), "mine.onnx is missing"),
        ({"file": "{}.onnx"}, ("mine.onnx", "other.onnx"), ""),
    ],
)
def test_a_format_of_a_new_backend_is_what_the_backend_says(
    tmp_path: Path, says: dict[str, Any], files: tuple[str, ...], lacking: str
) -> None:
    """A format that nobody has heard of is checked by what `[tool.bench]` says it needs."""
    chosen = taker(tmp_path, "brand-new").model_copy(update=says)
    source = tmp_path / "mine"
    source.mkdir()
    for name in files:
        (source / name).write_text(name, encoding="utf-8")
    if lacking:
        with pytest.raises(UsageError, match=f"in the format brand-new: {lacking}"):
            provision.plan(chosen, "mine", local={"mine": source})
        return
    done = provision.ensure(provision.plan(chosen, "mine", local={"mine": source}))
    assert done.path == (source / "mine.onnx" if "file" in says else source)


def test_what_no_backend_reads_cannot_be_converted(tmp_path: Path) -> None:
    """A .pt needs the python of a backend that loads such files; without one that is said."""
    path = tmp_path / "mine.pt"
    path.write_bytes(b"zip")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parity.backends, "discover", list)
        with pytest.raises(ModelUnavailable, match="no backend loads pt"):
            provision.plan(taker(tmp_path), "mine", parity=True, local={"mine": path})


def test_weights_come_with_a_package(tmp_path: Path) -> None:
    """They wait for the environment, and are used where its package has put them."""
    taking = taker(tmp_path)
    text = '[models.en]\nsources = [{ kind = "package", path = "engine/model" }]\n'
    (taking.folder / "models.toml").write_text(text, encoding="utf-8")
    before = provision.plan(taking, "en")
    assert (before.present, before.makers, before.download_bytes) == (False, {taking.name}, 0)
    with pytest.raises(ModelError, match=r"no package of faster-whisper has engine/model"):
        provision.ensure(before)
    place = taking.folder / ".venv" / "lib" / "python3.11" / "site-packages" / "engine" / "model"
    write_checkpoint(place)
    done = provision.ensure(before)
    assert (done.path, done.source) == (place, "package")
    assert provision.plan(taking, "en").present
    (place / "config.json").write_text("{}", encoding="utf-8")
    assert provision.ensure(provision.plan(taking, "en")).sha256 != done.sha256
