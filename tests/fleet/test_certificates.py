"""A fleet's certificates: who can read them, how long they hold, what is refused before any use."""

import stat
from pathlib import Path

import pytest

from orchestrator.errors import UsageError
from orchestrator.fleet import certificates


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_keys_are_their_owners_alone(tmp_path: Path) -> None:
    """The authority's stays; each machine gets a folder with a key of its own."""
    place = tmp_path / "fleet"
    assert certificates.make(place, [], 365) == [place]
    (air,) = certificates.make(place, ["m3-air"], 365)
    assert sorted(p.name for p in air.iterdir()) == ["ca.pem", "certificate.pem", "key.pem"]
    assert (air / "ca.pem").read_bytes() == (place / "ca.pem").read_bytes()
    assert (air / "key.pem").read_bytes() != (place / "key.pem").read_bytes()
    assert {_mode(path) for path in place.rglob("*key.pem")} == {0o600}
    assert certificates.identity(air).key == air / "key.pem"


def test_a_certificate_is_renewed_and_the_authority_stays(tmp_path: Path) -> None:
    """Who has the authority's certificate need not get another."""
    certificates.make(tmp_path, [], 1)
    authority, first = (tmp_path / "ca.pem").read_bytes(), certificates.expires(tmp_path)
    certificates.make(tmp_path, [], 30)
    assert (tmp_path / "ca.pem").read_bytes() == authority
    assert certificates.expires(tmp_path) > first


def test_an_expired_one_is_refused_with_the_command_that_renews_it(tmp_path: Path) -> None:
    """Before anything is connected."""
    certificates.make(tmp_path, [], -1)
    with pytest.raises(UsageError, match="expired on") as raised:
        certificates.identity(tmp_path)
    assert "fleet certificates" in raised.value.fix


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """Copies lose permissions at times."""
    certificates.make(tmp_path, [], 1)
    (tmp_path / "key.pem").chmod(0o644)
    with pytest.raises(UsageError, match="can be read by others"):
        certificates.identity(tmp_path)


def test_without_certificates_it_is_said_where_they_come_from(tmp_path: Path) -> None:
    """All that is missing at once."""
    with pytest.raises(UsageError, match=r"no ca\.pem and no certificate\.pem and no key\.pem"):
        certificates.identity(tmp_path)


def test_certificates_are_made_where_the_authority_is(tmp_path: Path) -> None:
    """A machine has the authority's certificate, not its key."""
    (air,) = certificates.make(tmp_path, ["m3-air"], 1)
    with pytest.raises(UsageError, match="the authority is on another machine"):
        certificates.make(air, ["another"], 1)


@pytest.mark.parametrize("name", ["../../somewhere", "a b", ""])
def test_a_name_cannot_lead_out_of_the_folder(tmp_path: Path, name: str) -> None:
    """Nothing is made for one that is none."""
    with pytest.raises(UsageError, match="no name of a machine"):
        certificates.make(tmp_path / "fleet", [name], 1)
    assert not (tmp_path / "fleet").exists()
