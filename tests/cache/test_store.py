"""The store: a folder is complete or it does not count, whatever happened while it was made."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from checkpoints import write_checkpoint
from fake_envs import wait_for

from orchestrator.cache.manifest import MANIFEST, Facts, State
from orchestrator.cache.store import Draft, Entry
from orchestrator.errors import ModelError
from orchestrator.places import cache_folder

FACTS = Facts(source="wheel", revision="1", digest="d")
ENTRY = Entry("ggml", "tiny", "here")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test a store of its own."""
    monkeypatch.setenv("WHISPER_CLEANROOM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def fill(draft: Draft) -> Facts:
    """Write two files, one in a folder."""
    (draft.folder / "weights.bin").write_bytes(b"w" * 1000)
    (draft.folder / "sub").mkdir()
    (draft.folder / "sub" / "config.json").write_text("{}", encoding="utf-8")
    return FACTS


def state() -> State:
    """Return the entry's state by the fast check."""
    return ENTRY.check().state


def leftovers() -> list[str]:
    """Name whatever lies beside the finished folder, but the lock."""
    files = ENTRY.folder.parent.iterdir() if ENTRY.folder.parent.exists() else ()
    return [p.name for p in files if p != ENTRY.folder and not p.name.endswith(".lock")]


def test_what_was_filled_is_complete_and_recorded() -> None:
    """Size, hash, source and digest are in the manifest, and nothing else lies about."""
    assert state() == "missing"
    manifest = ENTRY.obtain(fill, 1)
    assert state() == "complete"
    assert ENTRY.check(deep=True).manifest == manifest
    assert list(manifest.files) == ["sub/config.json", "weights.bin"]
    stored = json.loads((ENTRY.folder / MANIFEST).read_text(encoding="utf-8"))
    assert stored["schema"] == 1
    facts = {"source": "wheel", "revision": "1", "digest": "d", "place": None}
    assert stored["facts"] == facts
    assert leftovers() == []


def test_a_complete_folder_is_not_made_again() -> None:
    """The second time nobody fills."""
    first = ENTRY.obtain(fill, 1)
    assert ENTRY.obtain(lambda _draft: pytest.fail("filled again"), 1) == first


def test_the_folders_hash_is_what_sha256sum_gives() -> None:
    """A person can repeat the hash in the row with the system's own tools."""
    manifest = ENTRY.obtain(fill, 1)
    lines = "".join(
        f"{manifest.files[n].sha256}  {n}\n" for n in ("sub/config.json", "weights.bin")
    )
    script = "import sys, hashlib; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())"
    command = [sys.executable, "-c", script]
    said = subprocess.run(
        command, input=lines, capture_output=True, encoding="utf-8", check=True
    ).stdout
    assert manifest.sha256 == said.strip()


@pytest.mark.parametrize("fault", [ModelError("no"), KeyboardInterrupt(), ZeroDivisionError()])
def test_a_failed_filling_leaves_nothing(fault: BaseException) -> None:
    """Whatever is raised passes through, and no partial folder stays."""

    def fail(draft: Draft) -> Facts:
        fill(draft)
        raise fault

    with pytest.raises(type(fault)):
        ENTRY.obtain(fail, 1)
    assert state() == "missing"
    assert leftovers() == []


def spoil_cut(folder: Path) -> None:
    """Cut a file."""
    os.truncate(folder / "weights.bin", 400)


def spoil_absent(folder: Path) -> None:
    """Remove a file."""
    (folder / "weights.bin").unlink()


def spoil_byte(folder: Path) -> None:
    """Change a byte."""
    (folder / "weights.bin").write_bytes(b"v" + b"w" * 999)


def spoil_long(folder: Path) -> None:
    """Append a byte."""
    (folder / "weights.bin").write_bytes(b"w" * 1001)


def spoil_stray(folder: Path) -> None:
    """Put a file beside that a library might prefer."""
    (folder / "weights.safetensors").write_bytes(b"")


def spoil_manifest(folder: Path) -> None:
    """Cut the manifest."""
    os.truncate(folder / MANIFEST, 40)


@pytest.mark.parametrize(
    ("spoil", "verdict", "says"),
    [
        (spoil_cut, "incomplete", "weights.bin: expected 1000 bytes, found 400 bytes, 600 short"),
        (spoil_absent, "incomplete", "weights.bin: expected 1000 bytes, found no such file"),
        (spoil_byte, "corrupt", "weights.bin: expected sha256 04ffd92a"),
        (spoil_long, "corrupt", "weights.bin: expected 1000 bytes, found 1001 bytes"),
        (spoil_stray, "corrupt", "weights.safetensors: expected no such file, found one"),
        (spoil_manifest, "corrupt", "manifest.json: expected a manifest, found"),
    ],
)
def test_a_fault_is_named_and_mended(spoil: object, verdict: State, says: str) -> None:
    """The check tells file, expected and found; obtaining again makes the folder whole."""
    assert callable(spoil)
    ENTRY.obtain(fill, 1)
    spoil(ENTRY.folder)
    found = ENTRY.check()
    assert found.state == verdict
    assert says in str(found.problems[0])
    ENTRY.obtain(fill, 1)
    assert ENTRY.check(deep=True).state == "complete"
    assert leftovers() == []


def test_only_a_deep_check_sees_a_change_behind_the_stamp() -> None:
    """With size and time as recorded the fast check is satisfied, the deep one is not."""
    ENTRY.obtain(fill, 1)
    path = ENTRY.folder / "weights.bin"
    stamp = path.stat().st_mtime_ns
    path.write_bytes(b"v" * 1000)
    os.utime(path, ns=(stamp, stamp))
    assert ENTRY.check().state == "complete"
    assert ENTRY.check(deep=True).state == "corrupt"


def test_a_new_stamp_alone_is_hashed_once() -> None:
    """A touched file is still complete, and the manifest learns its new time."""
    ENTRY.obtain(fill, 1)
    os.utime(ENTRY.folder / "weights.bin", ns=(1, 1))
    assert ENTRY.check().state == "complete"
    again = ENTRY.check().manifest
    assert again is not None
    assert again.files["weights.bin"].mtime_ns == 1


def test_no_room_is_known_before_anything_is_written() -> None:
    """More than the disk has free is refused with what is needed and what to do."""
    with pytest.raises(ModelError, match=r"needs 1,000,000,000,000\.0 MB, .* MB are free") as told:
        ENTRY.obtain(fill, 10**18)
    assert "WHISPER_CLEANROOM_CACHE" in told.value.fix
    assert leftovers() == []


def test_a_cache_that_cannot_be_written_is_named(cache: Path) -> None:
    """A file where the folder should be is our error, with its path."""
    cache.write_text("", encoding="utf-8")
    with pytest.raises(ModelError, match="cache"):
        ENTRY.obtain(fill, 1)


CONVERT = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from checkpoints import backend
from orchestrator.errors import ModelError
from orchestrator.models import converter
from orchestrator.cache.manifest import Facts
from orchestrator.cache.store import Entry

if limit := int(sys.argv[3]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
here = Path(sys.argv[2])

def fill(draft):
    print("filling", flush=True)
    target = draft.folder / "ggml-tiny.bin"
    job = converter.Conversion(backend(here / "env", "ggml"), "ggml", here / "source", target)
    return Facts(source="wheel", revision="1", digest=converter.convert(job, draft, print))

try:
    manifest = Entry("ggml", "tiny", "here").obtain(fill, 1, lambda: print("waiting", flush=True))
except ModelError as error:
    sys.exit(f"{error} / {error.fix}")
print(manifest.sha256)
"""


def start(tmp_path: Path, limit: int = 0) -> "subprocess.Popen[str]":
    """Start a process that obtains a real conversion, in a session of its own."""
    arguments = [str(Path(__file__).parents[1] / "support"), str(tmp_path), str(limit)]
    return subprocess.Popen(
        [sys.executable, "-c", CONVERT, *arguments],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )


def wait_for_growth() -> None:
    """Return as soon as a converted file has some bytes."""
    deadline = time.monotonic() + 60
    pattern = ".here.*.partial/ggml-tiny.bin"
    while not any(p.stat().st_size for p in ENTRY.folder.parent.glob(pattern)):
        assert time.monotonic() < deadline, "the conversion never began"
        time.sleep(0.001)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Make a checkpoint whose conversion takes long enough to be killed in its middle."""
    return write_checkpoint(tmp_path / "source", vocabulary=3_000_000)


@pytest.mark.usefixtures("large")
def test_a_killed_run_leaves_nothing_that_counts(tmp_path: Path) -> None:
    """Orchestrator and converter SIGKILLed in the middle: missing, then whole and swept."""
    with start(tmp_path) as process:
        wait_for_growth()
        os.killpg(process.pid, signal.SIGKILL)
    assert state() == "missing"
    assert leftovers() != []
    ENTRY.obtain(fill, 1)
    assert state() == "complete"
    assert leftovers() == []


@pytest.mark.slow
@pytest.mark.usefixtures("large")
def test_an_orphaned_converter_keeps_others_out(tmp_path: Path) -> None:
    """The orchestrator alone SIGKILLed: the next one waits for its converter, then sweeps."""
    found: list[str] = []
    with start(tmp_path) as process:
        wait_for_growth()
        (child,) = psutil.Process(process.pid).children()
        child.suspend()
        wait_for(lambda: child.status() == psutil.STATUS_STOPPED)
        process.kill()
    assert state() == "missing"

    def waiting() -> None:  # called again and again while the child ends
        if not found:
            found.append(child.status())
            child.resume()

    ENTRY.obtain(fill, 1, waiting)
    assert found == [psutil.STATUS_STOPPED]
    assert state() == "complete"
    assert leftovers() == []


@pytest.mark.usefixtures("large")
def test_a_killed_converter_is_a_clear_error(tmp_path: Path) -> None:
    """The converter alone SIGKILLed: the orchestrator says so and cleans up."""
    with start(tmp_path) as process:
        wait_for_growth()
        (child,) = psutil.Process(process.pid).children()
        child.kill()
        _, complaint = process.communicate()
    assert process.returncode == 1
    assert "whisper-cpp could not be made: the converter was ended by signal 9" in complaint
    assert state() == "missing"
    assert leftovers() == []


@pytest.mark.slow
def test_a_disk_that_fills_up_is_a_clear_error(tmp_path: Path) -> None:
    """No room in the middle of a conversion: what, how much, what to do, and nothing left."""
    write_checkpoint(tmp_path / "source")
    with start(tmp_path, limit=70_000) as process:
        _, complaint = process.communicate()
    assert process.returncode == 1
    assert f"no room for {ENTRY.folder}" in complaint
    assert "free some space" in complaint
    assert state() == "missing"
    assert leftovers() == []


def test_two_processes_make_it_once(tmp_path: Path) -> None:
    """Both end with the same files, one having filled."""
    write_checkpoint(tmp_path / "source", vocabulary=1_000_000)
    with start(tmp_path) as first, start(tmp_path) as second:
        said = [process.communicate() for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], said
    lines = [out.split() for out, _ in said]
    assert sum("filling" in words for words in lines) == 1
    assert lines[0][-1] == lines[1][-1]


def test_the_cache_is_where_the_user_says(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable moves the store; without it the system's cache folder is used."""
    assert cache_folder() == cache
    monkeypatch.delenv("WHISPER_CLEANROOM_CACHE")
    assert cache_folder().name == "whisper-cleanroom"
    assert cache_folder().is_absolute()
