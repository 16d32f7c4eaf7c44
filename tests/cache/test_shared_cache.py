"""Several users of one cache: what one made the others can use, whatever their umasks."""

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.clips.audio.clips import BUNDLED

USERS = (54321, 54322)
# As each of these users in turn, in one process that has imported everything while it still could.
PROGRAM = """
import os, sys
from pathlib import Path
from orchestrator.cache import archives, disk
from orchestrator.cache.downloads import resume
from orchestrator.cache.manifest import Facts
from orchestrator.cache.store import Entry
from orchestrator.clips.audio import decoder
from orchestrator.clips.audio.decoded_cache import decode
from orchestrator.clips.corpora.entry import Embedded, unpacked
from orchestrator.errors import CleanroomError
from orchestrator.models import wheels

umask, user, clip, *steps = sys.argv[1:]
os.umask(int(umask, 8))
if int(user):
    os.setgroups([])
    os.setgid(int(user))
    os.setuid(int(user))
cache = Path(os.environ["WHISPER_CLEANROOM_CACHE"])

def fill(draft):
    (draft.folder / "weights.bin").write_bytes(b"w" * 1000)
    (draft.folder / "sub").mkdir(exist_ok=True)
    (draft.folder / "sub" / "config.json").write_text("{}")
    return Facts(source="wheel", revision="1", digest="d")

def cut(draft):
    fill(draft)
    raise KeyboardInterrupt

for step in steps:
    do, _, name = step.partition(":")
    entry = Entry("ggml", name or "tiny", "here")
    try:
        if do == "obtain":
            entry.obtain(fill, 1)
            assert entry.check(deep=True).state == "complete"
        elif do == "cut":
            try:
                entry.obtain(cut, 1, keep=True)
            except KeyboardInterrupt:
                pass
        elif do == "note":
            entry.note(Facts(source="wheel", revision="2"), ["sub/config.json", "weights.bin"])
        elif do == "remove":
            entry.remove()
        elif do == "decode":
            decode(Path(clip), cache / "decoded").pcm.read_bytes()
        elif do == "unpack":
            unpacked(Embedded(b"sound", ".wav")).read_bytes()
        elif do == "wheels":
            with wheels._alone(lambda: None):
                pass
    except CleanroomError as error:
        print(f"{step}: {error} / {error.fix}")
"""
EVERYTHING = ("obtain:one", "cut:two", "decode", "unpack", "wheels")


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Path]:
    """Make a folder that every user can reach; pytest's own are for one alone."""
    del tmp_path
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        (Path(folder) / "clip.flac").write_bytes((BUNDLED / "warm-up.flac").read_bytes())
        yield Path(folder)


def do(shared: Path, *steps: str, umask: str = "077", user: int = 0) -> list[str]:
    """Take these steps in a process of a user's; return its errors, a line each."""
    environment = os.environ | {"WHISPER_CLEANROOM_CACHE": str(shared / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, umask, str(user), str(shared / "clip.flac"), *steps],
        cwd=shared,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def cache(shared: Path, mode: int, owner: int | None = None) -> Path:
    """Make the cache's folder with these permissions."""
    folder = shared / "cache"
    folder.mkdir()
    if owner is not None:
        os.chown(folder, owner, owner)
    folder.chmod(mode)
    return folder


@pytest.mark.parametrize("mode", [0o770, pytest.param(0o755, marks=pytest.mark.slow)])
def test_everything_in_the_cache_has_the_folders_permissions(shared: Path, mode: int) -> None:
    """Under the strictest umask files are for whom the folder is for, and so are folders."""
    folder = cache(shared, mode)
    assert do(shared, *EVERYTHING, "note:one", "obtain:two") == []
    found = {path: stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*")}
    assert len(found) > 12
    assert {path: mode if path.is_dir() else mode & 0o666 for path in found} == found


@pytest.mark.slow
def test_a_folder_of_a_group_makes_everything_the_groups(shared: Path) -> None:
    """The bit that hands the group on is handed on itself."""
    folder = cache(shared, 0o2775)
    do(shared, "obtain:one")
    folders = [path for path in folder.rglob("*") if path.is_dir()]
    assert folders
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o2775}


def test_a_users_own_file_keeps_its_permissions(shared: Path) -> None:
    """What is linked into the store has its other name elsewhere."""
    from orchestrator.cache import disk  # noqa: PLC0415 - the rest of this file is other processes

    own = shared / "own.bin"
    own.write_bytes(b"w")
    own.chmod(0o600)
    for link in ("hard", "soft"):
        place = shared / link
        place.hardlink_to(own) if link == "hard" else place.symlink_to(own)
        disk.share(place)
    assert stat.S_IMODE(own.stat().st_mode) == 0o600


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become other users")


@pytest.mark.slow
@needs_root
def test_a_second_user_uses_what_the_first_has_made(shared: Path) -> None:
    """In a folder for all: read, resumed, replaced, removed, locked, in both directions."""
    cache(shared, 0o777)
    first, second = USERS
    assert do(shared, *EVERYTHING, user=first) == []
    assert do(shared, *EVERYTHING, "note:one", "obtain:two", "remove:one", user=second) == []
    assert do(shared, "obtain:one", "note:two", "remove:two", user=first) == []


@pytest.mark.slow
@needs_root
def test_a_second_user_who_may_only_read_gets_sentences(shared: Path) -> None:
    """What is whole serves; what would be written says whose it is and what to do."""
    first, second = USERS
    cache(shared, 0o755, first)
    assert do(shared, *EVERYTHING, umask="022", user=first) == []
    assert do(shared, "obtain:one", "decode", "unpack", "wheels", user=second) == []
    (new, kept, gone) = do(shared, "obtain:new", "obtain:two", "remove:one", user=second)
    for line in (new, kept, gone):
        assert "Permission denied / have " in line
        assert "share the cache with you, or set WHISPER_CLEANROOM_CACHE to a folder" in line


@pytest.mark.slow
@needs_root
def test_one_sudo_does_not_lock_its_user_out(shared: Path) -> None:
    """What root makes in a user's cache is the user's."""
    first, _ = USERS
    folder = cache(shared, 0o700, first)
    shared.chmod(0o755)
    assert do(shared, *EVERYTHING) == []
    assert {path.stat().st_uid for path in folder.rglob("*")} == {first}
    assert do(shared, *EVERYTHING, "note:one", "obtain:two", "remove:one", user=first) == []


@pytest.mark.slow
@needs_root
def test_what_an_older_version_left_for_one_user_is_made_again(shared: Path) -> None:
    """Files that cannot be read are made anew, in a folder that can be written."""
    first, second = USERS
    folder = cache(shared, 0o777)
    do(shared, "decode", "unpack", "obtain:one", user=first)
    for path in [p for pattern in ("*.f32", "*.wav", "*.bin") for p in folder.rglob(pattern)]:
        path.chmod(0o600)
    assert do(shared, "decode", "unpack", "obtain:one", user=second) == []
    (weights,) = folder.rglob("*.bin")
    assert weights.stat().st_uid == second
