"""Where everything is kept, and what of it nobody uses: listed, asked about, deleted."""

import json
import re
from pathlib import Path

import pytest
from fake_envs import orchestrator

from orchestrator.bench import storage
from orchestrator.cache import disk
from orchestrator.clips.audio import decoded_cache
from orchestrator.clips.robustness import recordings


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with the test's own cache and data."""
    for name in ("CACHE", "DATA", "SERVERS"):
        monkeypatch.setenv(f"WHISPER_CLEANROOM_{name}", str(tmp_path / name.lower()))
    return tmp_path


def write(path: Path, size: int = 1000) -> Path:
    """Write a file, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))
    return path


def test_where_names_every_folder_its_size_and_what_moves_it(folders: Path, envs: Path) -> None:
    """As a table, and as JSON for other programs."""
    write(folders / "cache" / "models" / "ggml" / "tiny" / "here" / "ggml.bin", 2000)
    write(folders / "cache" / "decoded" / "x.f32", 3000)
    write(folders / "data" / "environments" / "ada" / "0123456789ab" / "file", 4000)
    write(envs.parent / "results" / "run" / "rows.jsonl", 5000)
    write(folders / "servers", 6000)
    write(folders / "data" / "fleet" / "clips" / "0123.wav", 7000)
    done = orchestrator(envs, "where", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    found = {each.pop("name"): each for each in document["folders"]}
    data, cache = str(folders / "data"), str(folders / "cache")
    expected = {
        "environments": (4000, f"{data}/environments", "WHISPER_CLEANROOM_DATA"),
        "weights": (2000, f"{cache}/models", "WHISPER_CLEANROOM_CACHE"),
        "decoded audio": (3000, f"{cache}/decoded", "WHISPER_CLEANROOM_CACHE"),
        "a fleet's clips and runs": (7000, f"{data}/fleet", "WHISPER_CLEANROOM_DATA"),
        "servers": (6000, str(folders / "servers"), "WHISPER_CLEANROOM_SERVERS"),
        "results": (5000, str(envs.parent / "results"), "--output"),
    }
    for name, (size, path, variable) in expected.items():
        assert found[name] == {"path": path, "bytes": size, "moved_by": variable}
    assert found["program"]["bytes"] > 100_000
    assert found["backends"]["path"] == str(envs)
    assert {"lock", "Swift builds", "corpora", "robustness set"} <= found.keys()
    (old,) = (each for each in document["unused"] if each["bytes"] == 4000)
    assert (old["what"], old["why"]) == ("environment of ada", "made from another lock")
    shown = orchestrator(envs, "where").stdout
    assert re.search(r"^results +5 kB ", shown, re.MULTILINE)
    assert re.search(r"^\d+ kB of it is no longer used: .* clean$", shown, re.MULTILINE)


def test_what_nobody_uses_is_found(folders: Path) -> None:
    """An old environment, a cut download, a format without a backend, old decoded audio and voice.

    What is in use is left: weights that a record or a converter knows, audio of this decoder.
    """
    cache = folders / "cache"
    old = [
        write(folders / "data" / "environments" / "ada" / "0123456789ab" / "file").parent,
        write(cache / "models" / "ggml" / "tiny" / ".hub-x.kept" / "part").parent,
        write(cache / "corpora" / "hub" / "x" / ".y.abc.partial" / "part").parent,
        write(cache / "models" / "of-nobody" / "tiny" / "hub-x" / "manifest.json").parent,
        write(cache / "decoded" / "x.1-av9.f32"),
        write(cache / "robustness" / "0-old" / "loops.flac").parent,
    ]
    write(cache / "models" / "ggml" / "tiny" / "wheel-x-c1" / "manifest.json")
    write(cache / "decoded" / f"x{decoded_cache.SUFFIX}")
    write(recordings.folder() / "loops.flac")
    found = list(storage.leftovers())
    assert sorted(one.path for one in found) == sorted(old)
    assert all(one.bytes == 1000 for one in found)
    assert [fault for _, fault in storage.remove(found)] == [""] * len(found)
    assert not any(path.exists() for path in old)
    assert list(storage.leftovers()) == []


def test_a_download_that_goes_on_is_left(folders: Path) -> None:
    """Another process holds its lock."""
    kept = write(folders / "cache" / "models" / "ggml" / "tiny" / ".hub-x.kept" / "part")
    (one,) = storage.leftovers()
    with disk.locked(kept.parents[1] / ".hub-x.lock", lambda: None):
        ((_, fault),) = storage.remove([one])
    assert "another process is making it" in fault
    assert kept.exists()


def test_clean_asks_first(folders: Path, envs: Path) -> None:
    """Where nobody can be asked it lists and refuses; --yes deletes; results are never touched."""
    write(envs.parent / "results" / "run" / "rows.jsonl")
    path = write(folders / "cache" / "decoded" / "x.1-av9.f32")
    refused = orchestrator(envs, "clean")
    assert refused.returncode == 2
    assert "decoded audio" in refused.stdout
    assert "add --yes to delete them" in refused.stderr
    assert path.exists()
    done = orchestrator(envs, "clean", "--yes")
    assert done.returncode == 0
    assert done.stdout.endswith("1 kB freed\n")
    assert not path.exists()
    assert (envs.parent / "results" / "run" / "rows.jsonl").exists()
    assert "everything here is in use" in orchestrator(envs, "clean").stdout
