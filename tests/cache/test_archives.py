"""Zip archives: unpacked as they are, or not at all."""

import stat
import zipfile
from pathlib import Path

import pytest

from orchestrator.cache.archives import unpack
from orchestrator.errors import ModelError


def packed(tmp_path: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    """Write a zip with these members, compressed."""
    path = tmp_path / "encoder.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def test_a_plain_archive_is_unpacked(tmp_path: Path) -> None:
    """Files with their folders, without the Finder's own."""
    archive = packed(
        tmp_path,
        ("e.mlmodelc/", b""),
        ("e.mlmodelc/weights/weight.bin", b"w" * 5000),
        ("e.mlmodelc/model.mil", b"mil"),
        ("__MACOSX/e.mlmodelc/._model.mil", b"finder"),
    )
    target = tmp_path / "out"
    found = unpack(archive, target)
    assert sorted(p.relative_to(target).as_posix() for p in found) == [
        "e.mlmodelc/model.mil",
        "e.mlmodelc/weights/weight.bin",
    ]
    assert (target / "e.mlmodelc/weights/weight.bin").read_bytes() == b"w" * 5000


@pytest.mark.parametrize(
    "name",
    ["../evil", "a/../../evil", "/tmp/evil", "a\\..\\evil", "C:evil", "e/../evil"],  # noqa: S108
)
def test_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    """Nothing at all is written, not even the tame members before it."""
    archive = packed(tmp_path, ("tame", b"1"), (name, b"2"))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ModelError, match=r"encoder\.zip was not unpacked: .* leads out"):
        unpack(archive, tmp_path / "out")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_link_is_refused(tmp_path: Path) -> None:
    """A member that would become a symbolic link could lead the next one anywhere."""
    link = zipfile.ZipInfo("e/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive = packed(tmp_path, (link, b"/etc"), ("e/link/passwd", b"x"))
    with pytest.raises(ModelError, match="'e/link' is a link"):
        unpack(archive, tmp_path / "out")


def test_more_than_a_model_can_shrink_is_refused(tmp_path: Path) -> None:
    """A small archive that declares gigabytes is not begun."""
    archive = packed(tmp_path, ("zeros", b"\0" * 30_000_000))
    assert archive.stat().st_size < 100_000
    with pytest.raises(ModelError, match="it says it unpacks to 30000000 bytes"):
        unpack(archive, tmp_path / "out")


def test_a_member_larger_than_it_says_is_refused(tmp_path: Path) -> None:
    """A declared size that is a lie ends in an error, whatever the data goes on with."""
    archive = packed(tmp_path, ("weights", bytes(range(256)) * 400))
    data = archive.read_bytes()
    honest, lie = (102_400).to_bytes(4, "little"), (1_000).to_bytes(4, "little")
    assert data.count(honest) == 2
    archive.write_bytes(data.replace(honest, lie))
    with pytest.raises(ModelError, match="no usable zip"):
        unpack(archive, tmp_path / "out")


def test_the_same_name_twice_is_refused(tmp_path: Path) -> None:
    """On a file system that ignores case the second would replace the first."""
    archive = packed(tmp_path, ("e/Model", b"1"), ("e/model", b"2"))
    with pytest.raises(ModelError, match="'e/model' comes twice"):
        unpack(archive, tmp_path / "out")


@pytest.mark.parametrize("spoil", ["cut", "byte", "text"])
def test_a_broken_archive_is_our_error(tmp_path: Path, spoil: str) -> None:
    """A cut file, a wrong byte, something else altogether."""
    archive = packed(tmp_path, ("weights", bytes(range(256)) * 40))
    data = archive.read_bytes()
    wrong = {
        "cut": data[: len(data) // 2],
        "byte": data[:60] + bytes([data[60] ^ 255]) + data[61:],
        "text": b"<html>not found</html>",
    }[spoil]
    archive.write_bytes(wrong)
    with pytest.raises(ModelError, match="no usable zip"):
        unpack(archive, tmp_path / "out")
