"""Files are written whole or not at all, and what has no end is never read."""

import os
from pathlib import Path

import pytest

from orchestrator import files


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    """What fails half way leaves the old file, and nothing beside it."""
    path = tmp_path / ("long" * 60 + ".txt")
    files.write(path, "naïve\n")
    with pytest.raises(TypeError), files.replacing(path) as file:
        file.writelines([b"half", None])  # type: ignore[list-item]
    assert path.read_bytes() == "naïve\n".encode()
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    """A folder stands in its place: no half of a file stays beside it."""
    (tmp_path / "clip.flac").mkdir()
    with pytest.raises(OSError, match="directory"):
        files.write(tmp_path / "clip.flac", b"sound")
    assert [path.name for path in tmp_path.iterdir()] == ["clip.flac"]


def test_a_new_file_has_its_folders_permissions(tmp_path: Path) -> None:
    """Who shares the folder shares what is made in it; a file that was there keeps its own."""
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o770)
    files.write(shared / "new", "")
    assert (shared / "new").stat().st_mode & 0o777 == 0o660
    (shared / "new").chmod(0o600)
    files.write(shared / "new", "")
    assert (shared / "new").stat().st_mode & 0o777 == 0o600


def test_a_place_that_everyone_has_shares_nothing(tmp_path: Path) -> None:
    """In a folder like /tmp a new file is what the user's mask makes of it."""
    tmp_path.chmod(0o1777)
    before = os.umask(0o027)
    try:
        files.write(tmp_path / "new", "")
    finally:
        os.umask(before)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o640


def test_a_device_is_written_to_and_stays_one(tmp_path: Path) -> None:
    """A pipe is no file to put another in the place of."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    files.write(pipe, "through")
    assert os.read(reader, 100) == b"through"
    os.close(reader)
    assert pipe.is_fifo()


@pytest.mark.parametrize("what", ["device", "pipe", "folder", "missing", "large", "latin-1"])
def test_what_is_no_text_of_a_sane_size_is_refused(tmp_path: Path, what: str) -> None:
    """Each is an OSError that says what it is: nothing waits, and no memory is filled."""
    path = tmp_path / what
    match what:
        case "device":
            path = Path("/dev/zero")
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "large":
            path.write_bytes(b"x" * 1001)
        case "latin-1":
            path.write_bytes(b"na\xefve")
    reasons = {
        "device": "not a regular file",
        "pipe": "not a regular file",
        "folder": "directory",
        "missing": "No such file",
        "large": "more than",
        "latin-1": "UTF-8",
    }
    with pytest.raises(OSError, match=reasons[what]) as caught:
        files.read_text(path, 1000)
    assert caught.value.filename == str(path)
    assert caught.value.strerror


def test_a_text_is_read_with_or_without_its_mark(tmp_path: Path) -> None:
    """Notepad begins a file with three bytes that are no text."""
    path = tmp_path / "text"
    path.write_bytes(b"\xef\xbb\xbfna\xc3\xafve")
    assert files.read_text(path) == "naïve"
