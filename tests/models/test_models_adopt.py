"""Adoption: other programs' downloads are found, verified and linked, and stay as they are."""

import io
import json
import os
import shutil
import signal
import subprocess
import time
import tomllib
from pathlib import Path

import pytest
import tomlkit
from checkpoints import MELS, write_checkpoint
from rich.console import Console
from user_machine import REVISION, Machine, cache_repository, git_sha1, sha1, sha256

from orchestrator import backends
from orchestrator.errors import program
from orchestrator.models import catalogue
from orchestrator.models.adopt import linking
from orchestrator.models.status import selection
from orchestrator.reports.terminal import store

CT2 = """\
wanted = ["config.json", "model.bin", "preprocessor_config.json", "tokenizer.json", "vocabulary.*"]
optional = ["preprocessor_config.json"]
[models.small]
sources = [{ kind = "hub", repository = "Systran/faster-whisper-small" }]
"""
FILES = {
    "config.json": b'{"alignment_heads": []}',
    "model.bin": b"weights" * 1000,
    "preprocessor_config.json": b'{"feature_size": 80}',
    "tokenizer.json": b"{}",
    "vocabulary.txt": b"a\nb\n",
}
ENTRY = "ct2/small/hub-Systran--faster-whisper-small-unlocked"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Return a machine with one backend and nothing else, for processes and for this one."""
    found = Machine(tmp_path)
    for name in ("HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in found.environment(XDG_DATA_HOME=str(found.home / "data")).items():
        monkeypatch.setenv(name, value)
    found.backend("faster-whisper", "ct2", CT2)
    return found


def adopted(machine: Machine) -> str:
    """Adopt in this process, on the machine's folders; return what is printed."""
    catalogue.models.cache_clear()
    wanted = selection.select(backends.discover(machine.root / "envs"), ["*"])
    said = io.StringIO()
    store.adopted(linking.adopt(linking.offers(wanted)), Console(file=said, width=400))
    return said.getvalue()


def own_caches(name: str) -> str:
    """Return where the backend of this name says that its own program keeps models."""
    records = tomllib.loads((backends.ENVS / name / "models.toml").read_text("utf-8"))
    return tomlkit.dumps({"caches": records["caches"]})


def nothing_stored(machine: Machine) -> bool:
    """Whether the store holds no file that could count."""
    return not [p for p in machine.store.rglob("*") if p.is_file() and p.suffix != ".lock"]


def test_a_cached_repository_is_used_in_place(machine: Machine) -> None:
    """Files join the store by hard link with the snapshot's revision, and count as complete."""
    snapshot = cache_repository(machine.hub_cache, "Systran/faster-whisper-small", FILES)
    done = machine.run("adopt")
    assert done.returncode == 0, done.stderr
    assert "adopted   faster-whisper small  from the Hugging Face cache: 7 kB" in done.stdout
    assert f"revision {REVISION[:12]}" in done.stdout
    for name in FILES:
        assert (machine.store / ENTRY / name).samefile(snapshot / name)
        assert not (machine.store / ENTRY / name).is_symlink()
    checked = machine.run("check", "-m", "small", "--deep")
    assert (checked.returncode, "complete" in checked.stdout) == (0, True)
    assert REVISION in machine.run("explain", "faster-whisper", "small").stdout
    again = machine.run("adopt")
    assert again.stdout == "nothing found that is not in the store already\n"


@pytest.mark.parametrize("variable", ["HF_HUB_CACHE", "HF_HOME", "HUGGINGFACE_HUB_CACHE"])
def test_a_moved_cache_is_found(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """The hub's own variables say where its cache is."""
    moved = tmp_path / "moved"
    cache = moved / "hub" if variable == "HF_HOME" else moved
    cache_repository(cache, "Systran/faster-whisper-small", FILES)
    assert adopted(machine).startswith("nothing found")
    monkeypatch.setenv(variable, str(moved))
    assert adopted(machine).startswith("adopted")


def test_a_blob_that_is_a_link_itself_is_followed(machine: Machine, tmp_path: Path) -> None:
    """A cache with shared blobs: the hash is the first link's name, the content the last one's."""
    snapshot = cache_repository(machine.hub_cache, "Systran/faster-whisper-small", FILES)
    blob = (snapshot / "model.bin").resolve()
    shared = tmp_path / "shared" / "xet"
    shared.parent.mkdir()
    blob.rename(shared)
    blob.symlink_to(shared)
    assert adopted(machine).startswith("adopted")
    assert (machine.store / ENTRY / "model.bin").samefile(shared)


def test_a_dry_run_verifies_and_leaves_no_trace(machine: Machine) -> None:
    """What could be adopted is said; the store is not even begun."""
    cache_repository(machine.hub_cache, "Systran/faster-whisper-small", FILES)
    done = machine.run("adopt", "--dry-run")
    assert (done.returncode, done.stdout.startswith("could be  faster-whisper")) == (0, True)
    assert not machine.store.exists()


@pytest.mark.parametrize("flag", [(), ("--dry-run",)])
def test_a_wrong_byte_is_named_and_left_alone(machine: Machine, flag: tuple[str, ...]) -> None:
    """A content that is not what its name says is refused with both hashes."""
    snapshot = cache_repository(machine.hub_cache, "Systran/faster-whisper-small", FILES)
    blob = (snapshot / "model.bin").resolve()
    wrong = FILES["model.bin"][:-1] + b"!"
    blob.write_bytes(wrong)
    done = machine.run("adopt", *flag)
    assert done.returncode == 1
    assert f"expected sha256 {blob.name}, found sha256 {sha256(wrong)}" in done.stdout
    assert nothing_stored(machine)
    assert blob.read_bytes() == wrong


@pytest.mark.parametrize("name", ["model.bin", "vocabulary.txt"])
def test_a_copy_that_lacks_a_file_is_refused(machine: Machine, name: str) -> None:
    """An interrupted download of another program is no model; its blob may be there or not."""
    files = {n: content for n, content in FILES.items() if n != name}
    cache_repository(machine.hub_cache, "Systran/faster-whisper-small", files)
    assert f"it lacks {name[:10]}" in adopted(machine)
    assert nothing_stored(machine)


def test_a_link_into_nothing_is_a_file_that_lacks(machine: Machine) -> None:
    """A snapshot whose blob was deleted does not count as having it."""
    snapshot = cache_repository(machine.hub_cache, "Systran/faster-whisper-small", FILES)
    (snapshot / "model.bin").resolve().unlink()
    assert "it lacks model.bin" in adopted(machine)


def test_what_the_library_does_without_may_be_absent(machine: Machine) -> None:
    """Older repositories have no preprocessor_config.json; the store writes one."""
    folder = write_checkpoint(machine.root / "source")
    files = {path.name: path.read_bytes() for path in folder.iterdir()} | {"vocabulary.txt": b"a"}
    assert "preprocessor_config.json" not in files
    cache_repository(machine.hub_cache, "Systran/faster-whisper-small", files)
    assert adopted(machine).startswith("adopted")
    written = json.loads(
        (machine.store / ENTRY / "preprocessor_config.json").read_text(encoding="utf-8")
    )
    assert written["feature_size"] == MELS


def test_a_file_that_is_no_model_is_refused(machine: Machine) -> None:
    """What has the right hash and cannot be read as a model is named, and nothing is left of it."""
    files = {n: content for n, content in FILES.items() if n != "preprocessor_config.json"}
    cache_repository(machine.hub_cache, "Systran/faster-whisper-small", files)
    assert "binary version" in adopted(machine)
    assert nothing_stored(machine)


def test_the_second_snapshot_is_used_when_the_first_is_cut(machine: Machine) -> None:
    """Of several revisions the newest whole one is taken."""
    cache_repository(machine.hub_cache, "Systran/faster-whisper-small", FILES, "a" * 40)
    cache_repository(
        machine.hub_cache, "Systran/faster-whisper-small", {"config.json": b"{}"}, "b" * 40
    )
    assert f"revision {'a' * 12}" in adopted(machine)


def test_one_file_serves_two_backends(machine: Machine) -> None:
    """Two libraries that read one repository share its weights: three names, one content."""
    record = (
        'wanted = ["config.json", "weights.npz"]\n[models.small]\n'
        'sources = [{ kind = "hub", repository = "mlx-community/whisper-small-mlx" }]\n'
    )
    machine.backend("lightning-whisper-mlx", "mlx-npz", record)
    machine.backend("mlx-whisper", "mlx-safetensors", record)
    files = {"config.json": b"{}", "weights.npz": b"weights"}
    snapshot = cache_repository(machine.hub_cache, "mlx-community/whisper-small-mlx", files)
    assert adopted(machine).count("adopted") == 2
    assert (snapshot / "weights.npz").stat().st_nlink == 3
    used = machine.run("du").stdout
    assert "the same" not in used
    assert used.count("whisper-small-mlx-unlocked") == 2


def test_another_file_system_gets_a_symbolic_link(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no hard link is possible a symbolic one leads to the file; nothing is copied."""
    elsewhere = Path("/dev/shm")  # noqa: S108 - a second file system, if it is one
    if not elsewhere.is_dir() or elsewhere.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("this machine has one file system")
    cache = elsewhere / f"cleanroom-{os.getpid()}"
    try:
        cache_repository(cache, "Systran/faster-whisper-small", FILES)
        monkeypatch.setenv("HF_HUB_CACHE", str(cache))
        assert adopted(machine).startswith("adopted")
        assert (machine.store / ENTRY / "model.bin").is_symlink()
        assert machine.run("check", "-m", "small").returncode == 0
    finally:
        shutil.rmtree(cache)
    lost = machine.run("check", "-m", "small")
    assert (lost.returncode, "incomplete" in lost.stdout) == (1, True)


def ggml(machine: Machine, content: bytes, **known: str) -> Path:
    """Put a file into pywhispercpp's folder with a record of it; return the file."""
    fields = "".join(f', {key} = "{value}"' for key, value in known.items())
    machine.backend(
        "whisper-cpp",
        "ggml",
        f"{own_caches('whisper-cpp')}[models.tiny]\n"
        'sources = [{ kind = "hub", repository = "ggerganov/whisper.cpp",'
        f' wanted = ["ggml-tiny.bin"], files = [{{ name = "ggml-tiny.bin"{fields} }}] }}]\n',
    )
    folder = machine.home / "data" / "pywhispercpp" / "models"
    folder.mkdir(parents=True)
    (folder / "ggml-tiny.bin").write_bytes(content)
    return folder / "ggml-tiny.bin"


def test_pywhispercpps_file_is_verified_by_its_published_sha1(machine: Machine) -> None:
    """The SHA-1 of the record is enough to know the file."""
    there = ggml(machine, b"ggml", sha1=sha1(b"ggml"))
    said = adopted(machine)
    assert "whisper-cpp tiny  from pywhispercpp" in said
    (entry,) = (machine.store / "ggml" / "tiny").glob("hub-*")
    assert (entry / "ggml-tiny.bin").samefile(there)


def test_a_cut_file_of_pywhispercpp_is_refused(machine: Machine) -> None:
    """Its downloader checks nothing, so half a file looks like a whole one there; not here."""
    ggml(machine, b"gg", sha1=sha1(b"ggml"))
    said = adopted(machine)
    assert f"found sha1 {sha1(b'gg')}" in said
    assert nothing_stored(machine)


def test_what_nothing_vouches_for_is_not_trusted(machine: Machine) -> None:
    """A file of which neither record nor downloader noted a hash waits for `models lock`."""
    ggml(machine, b"ggml")
    said = adopted(machine)
    assert "nothing says what ggml-tiny.bin should hash to" in said
    assert f"{program()} models lock -b whisper-cpp" in said
    assert nothing_stored(machine)


def test_openais_file_in_whispers_folder_is_used(machine: Machine) -> None:
    """The checkpoint that OpenAI's package downloaded is one link away."""
    machine.backend(
        "whisper-mps",
        "pt",
        f"{own_caches('whisper-mps')}[models.tiny]\n"
        'sources = [{ kind = "url", url = "https://example.org/x/tiny.pt",'
        f' sha256 = "{sha256(b"checkpoint")}" }}]\n',
    )
    folder = machine.home / ".cache" / "whisper"
    folder.mkdir(parents=True)
    (folder / "tiny.pt").write_bytes(b"checkpoint")
    assert "whisper-mps tiny  from OpenAI's Whisper" in adopted(machine)
    (entry,) = (machine.store / "pt" / "tiny").glob("url-*")
    assert (entry / "tiny.pt").samefile(folder / "tiny.pt")


def record(name: str, content: bytes) -> str:
    """Return a file of a record."""
    return f'{{ name = "{name}", size = {len(content)}, sha256 = "{sha256(content)}" }}'


def test_whisperkits_folder_and_its_tokenizer_are_used(machine: Machine) -> None:
    """CoreML folders from Documents, the tokenizer from another repository's cache."""
    compiled = {f"openai_whisper-tiny/{n}.mlmodelc/coremldata.bin": n.encode() for n in "ABC"}
    tokenizer = {"tokenizer.json": b"{}"}
    machine.backend(
        "whisperkit",
        "coreml",
        f"{own_caches('whisperkit')}[models.tiny]\n"
        'sources = [{ kind = "hub", repository = "argmaxinc/whisperkit-coreml",'
        f' revision = "{REVISION}", wanted = ["openai_whisper-tiny/*"],'
        f" files = [{', '.join(record(n, c) for n, c in compiled.items())}] }}]\n"
        'tokenizer = { kind = "hub", repository = "openai/whisper-tiny",'
        ' wanted = ["tokenizer.json"] }\n',
    )
    documents = machine.home / "Documents/huggingface/models/argmaxinc/whisperkit-coreml"
    for name, content in compiled.items():
        (documents / name).parent.mkdir(parents=True)
        (documents / name).write_bytes(content)
    assert "its tokenizer (openai/whisper-tiny) is not there" in adopted(machine)
    cache_repository(machine.hub_cache, "openai/whisper-tiny", tokenizer)
    assert "whisperkit tiny  from WhisperKit" in adopted(machine)
    (entry,) = (machine.store / "coreml" / "tiny").glob("hub-*")
    files = {p.relative_to(entry).as_posix() for p in entry.rglob("*") if p.is_file()}
    expected = {f"{n}.mlmodelc/coremldata.bin" for n in "ABC"}
    assert files == expected | {"manifest.json", "tokenizer/tokenizer.json"}


def test_a_hub_client_notes_hashes_beside_a_plain_folder(machine: Machine) -> None:
    """Without a locked record the ETag in the download's metadata says what a file must be."""
    content = b"ggml"
    machine.backend(
        "whisper-cpp",
        "ggml",
        'caches = [{ program = "X", folder = "~/Documents/huggingface/models/{repository}" }]\n'
        '[models.tiny]\nsources = [{ kind = "hub", repository = "a/b", wanted = ["ggml-tiny.bin"]'
        " }]\n",
    )
    folder = machine.home / "Documents/huggingface/models/a/b"
    notes = folder / ".cache/huggingface/download"
    notes.mkdir(parents=True)
    (folder / "ggml-tiny.bin").write_bytes(content)
    (notes / "ggml-tiny.bin.metadata").write_text(
        f"{REVISION}\n{sha256(content)}\n1.5\n", encoding="utf-8"
    )
    assert f"revision {REVISION[:12]}" in adopted(machine)


@pytest.mark.parametrize("name", ["parakeet-coreml", "parakeet"])
def test_fluidaudios_folder_needs_a_locked_record(machine: Machine, name: str) -> None:
    """Which files a folder should have, only a locked record knows; then it is used."""
    files = {"Encoder.mlmodelc/coremldata.bin": b"c", "vocab.json": b"{}"}
    known = f"""revision = "{REVISION}", files = [
        {{ name = "Encoder.mlmodelc/coremldata.bin", size = 1, sha256 = "{sha256(b"c")}" }},
        {{ name = "vocab.json", size = 2, git_sha1 = "{git_sha1(b"{}")}" }}], """
    text = f"{own_caches('fluidaudio')}[models.parakeet]\n"
    text += 'sources = [{ kind = "hub", repository = "FluidInference/parakeet-coreml", '
    wanted = 'wanted = ["Encoder.mlmodelc/*", "vocab.json"] }]\n'
    folder = machine.home / "Library/Application Support/FluidAudio/Models" / name
    for place, content in files.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_bytes(content)
    machine.backend("fluidaudio", "coreml", text + wanted)
    assert "the record does not list its files yet" in adopted(machine)
    machine.backend("fluidaudio", "coreml", text + known + wanted)
    assert "fluidaudio parakeet  from FluidAudio" in adopted(machine)
    (folder / "Encoder.mlmodelc" / "coremldata.bin").write_bytes(b"x")
    spoilt = machine.run("check", "-m", "parakeet")
    assert (spoilt.returncode, "corrupt" in spoilt.stdout) == (1, True)


@pytest.mark.slow
def test_a_kill_in_the_middle_leaves_nothing_half(machine: Machine) -> None:
    """SIGKILL while the files are read: nothing counts, nothing is lost, the next run ends it."""
    snapshot = cache_repository(machine.hub_cache, "Systran/faster-whisper-small", FILES)
    blob = (snapshot / "model.bin").resolve()
    os.truncate(blob, 300_000_000)  # zeros that take no room, and long enough to hash
    digest = sha256(blob.read_bytes())
    (snapshot / "model.bin").unlink()
    blob = blob.rename(blob.with_name(digest))
    (snapshot / "model.bin").symlink_to(blob)
    process = subprocess.Popen(
        machine.command("adopt"), env=machine.environment(), stdout=subprocess.PIPE
    )
    while not list(machine.store.glob("ct2/small/.*.partial/model.bin")):
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not list(machine.store.rglob("manifest.json"))
    assert not (machine.store / ENTRY).exists()
    assert blob.stat().st_size == 300_000_000
    assert machine.run("check", "-m", "small").returncode == 1
    done = machine.run("adopt")
    assert (done.returncode, "adopted" in done.stdout) == (0, True)
    assert not list(machine.store.rglob("*.partial"))
    assert blob.stat().st_nlink == 2


def test_removing_what_was_adopted_leaves_the_others_files(machine: Machine) -> None:
    """The store's name of a file goes, the other program's stays."""
    snapshot = cache_repository(machine.hub_cache, "Systran/faster-whisper-small", FILES)
    adopted(machine)
    done = machine.run("remove", "-m", "small", "--yes")
    assert (done.returncode, "freed" in done.stdout) == (0, True)
    assert not (machine.store / ENTRY).exists()
    assert (snapshot / "model.bin").read_bytes() == FILES["model.bin"]
