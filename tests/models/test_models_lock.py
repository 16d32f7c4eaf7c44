"""Locking: what the hub says goes into models.toml, and nothing else in the file moves."""

import tomllib
from pathlib import Path

import pytest
from checkpoints import backend

from orchestrator.backends import ENVS, Backend
from orchestrator.cache import hub
from orchestrator.cache.sources import File, HubSource
from orchestrator.errors import ModelError, ModelUnavailable, UsageError
from orchestrator.models import catalogue, lock
from orchestrator.models.lock import Change, Slot

REVISION = "0123456789abcdef0123456789abcdef01234567"
PUBLISHED_SHA1 = "bd577a113a864445d4c299885e0cb97d4ba92b5f"


def slots_of(path: Path, name: str = "whisper-cpp") -> list[Slot]:
    """Return every hub source of a models.toml of the repository, copied to `path`."""
    return [s for m in catalogue.models(copied(path, name)).values() for s in lock.slots(m)]


def copied(path: Path, name: str) -> Backend:
    """Return a backend with a copy of a real models.toml."""
    path.mkdir(exist_ok=True)
    (path / "models.toml").write_text(
        (ENVS / name / "models.toml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    return backend(path, "ggml", name)


def locked(slot: Slot) -> HubSource:
    """Return a source with a revision and two files."""
    files = (
        File(name="a/model.bin", size=5, sha256="0" * 64),
        File(name="config.json", size=2, git_sha1="1" * 40),
    )
    return slot.source.model_copy(update={"revision": REVISION, "files": files})


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(ENVS.glob("*/models.toml")), ids=lambda p: p.parent.name)
def test_only_the_source_moves(path: Path, tmp_path: Path) -> None:
    """Every source of every real file can be recorded; comments and all other lines stay."""
    text = path.read_text(encoding="utf-8")
    found = slots_of(tmp_path, path.parent.name)
    if not found:
        assert lock.rewritten(text, {}) == text
    for slot in found[:: max(1, len(found) // 5)]:
        fresh = lock.rewritten(text, {slot: locked(slot)})
        before, after = text.splitlines(), fresh.splitlines()
        files = ("        { name = ", "    ] }")  # the source's own list, a line a file
        gone = [line for line in before if line not in after and not line.startswith(files)]
        assert len(gone) <= 1, "more than the line of the source moved"
        assert [line for line in before if line.startswith("#")] == [
            line for line in after if line.startswith("#")
        ]
        (tmp_path / "models.toml").write_text(fresh, encoding="utf-8")
        catalogue.models.cache_clear()
        model = catalogue.models(backend(tmp_path, "ggml", path.parent.name))[slot.model]
        assert locked(slot) in [s.source for s in lock.slots(model)]
        was, now = tomllib.loads(text), tomllib.loads(fresh)
        changed = [name for name in was["models"] if was["models"][name] != now["models"][name]]
        assert changed == [slot.model]


def test_what_is_inherited_stays_inherited(tmp_path: Path) -> None:
    """A source that takes `wanted` from the top of its file does not get one of its own."""
    slot = next(s for s in slots_of(tmp_path, "faster-whisper") if s.model == "small")
    text = (tmp_path / "models.toml").read_text(encoding="utf-8")
    fresh = tomllib.loads(lock.rewritten(text, {slot: locked(slot)}))
    assert "wanted" not in fresh["models"]["small"]["sources"][0]
    assert fresh["models"]["small"]["sources"][0]["revision"] == REVISION


def test_recording_twice_is_recording_once(tmp_path: Path) -> None:
    """The file does not grow or move when the hub says the same again."""
    slot = slots_of(tmp_path)[0]
    once = lock.rewritten(
        (tmp_path / "models.toml").read_text(encoding="utf-8"), {slot: locked(slot)}
    )
    again = lock.rewritten(once, {slot: locked(slot)})
    assert again == once


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        (File(name="f", sha1=PUBLISHED_SHA1), File(name="f", size=9, sha256="0" * 64), True),
        (File(name="f", size=9, sha1=PUBLISHED_SHA1), File(name="f", size=9), True),
        (File(name="f", size=8, sha1=PUBLISHED_SHA1), File(name="f", size=9), False),
        (
            File(name="f", sha256="1" * 64, sha1=PUBLISHED_SHA1),
            File(name="f", sha256="0" * 64),
            False,
        ),
    ],
)
def test_a_published_sha1_stays_while_it_can_be_right(old: File, new: File, kept: bool) -> None:  # noqa: FBT001 - a case
    """A hash published elsewhere is dropped as soon as the file is known to be another."""
    source = HubSource(kind="hub", repository="a/b", files=(old,))
    there = source.model_copy(update={"revision": REVISION, "files": (new,)})
    change = lock.change("whisper-cpp", Slot("tiny", "sources", 0, source), there)
    assert change.after is not None
    assert change.after.files[0].sha1 == (PUBLISHED_SHA1 if kept else None)


def test_differences_name_each_file() -> None:
    """Added, changed and dropped files are told apart; equal ones are not mentioned."""
    same, old, new = File(name="same", size=1), File(name="b", size=2), File(name="b", size=3)
    before = HubSource(kind="hub", repository="a/b", files=(same, old, File(name="gone")))
    after = before.model_copy(update={"files": (same, new, File(name="added"))})
    change = Change("x", Slot("tiny", "sources", 0, before), after)
    pairs = [
        (d.before and d.before.name, d.after and d.after.name) for d in lock.differences(change)
    ]
    assert pairs == [(None, "added"), ("b", "b"), ("gone", None)]


def test_a_source_that_cannot_be_had_stays_as_it_was() -> None:
    """An error is part of the answer, not the end of it."""
    source = HubSource(kind="hub", repository="a/b")
    change = lock.change("x", Slot("tiny", "sources", 0, source), ModelError("gone away"))
    assert (change.moved, change.error, lock.differences(change)) == (False, "gone away", [])


def test_offline_is_a_sentence_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the hub the command says so at once."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    hub.obstacle.cache_clear()
    chosen = copied(tmp_path, "whisper-cpp")
    text = (tmp_path / "models.toml").read_text(encoding="utf-8")
    with pytest.raises(ModelUnavailable, match="HF_HUB_OFFLINE rules out; nothing was changed"):
        lock.lock([chosen])
    assert (tmp_path / "models.toml").read_text(encoding="utf-8") == text
    hub.obstacle.cache_clear()


def test_an_installed_program_keeps_its_records(tmp_path: Path) -> None:
    """They are replaced by an upgrade; nothing is asked of the network."""
    installed = copied(tmp_path / "site-packages", "whisper-cpp")
    with pytest.raises(UsageError, match="installed program") as caught:
        lock.lock([installed])
    assert "upgrade it" in caught.value.fix
