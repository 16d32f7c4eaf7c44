"""Addresses, names and files of a fleet: what is let in, and what is refused."""

from pathlib import Path

import pytest
from stored_runs import HOST

from orchestrator.errors import UsageError
from orchestrator.fleet import choice, names
from orchestrator.fleet.choice import Found
from orchestrator.fleet.messages import Standing
from orchestrator.fleet.names import Address


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("tls://10.0.0.5:8787", "tls://10.0.0.5:8787"),
        ("m3-air", "tls://m3-air:8786"),
        ("tls://[fe80::1]", "tls://[fe80::1]:8786"),
        ("tcp://127.0.0.1:1", "tcp://127.0.0.1:1"),
        ("tcp://localhost", "tcp://localhost:8786"),
        ("tcp://[::1]:2", "tcp://[::1]:2"),
    ],
)
def test_an_address_has_a_scheme_and_a_port(text: str, read: str) -> None:
    """TLS and Dask's own port are what is meant without."""
    assert str(Address.of(text)) == read


@pytest.mark.parametrize(
    "text",
    [
        "tcp://10.0.0.5:8786",
        "tcp://0.0.0.0",
        "tcp://m3-air",
        "tcp://localhost.example.org",
        "http://m3-air",
        "tls://",
        "tls://m3-air:port",
        "tls://m3-air/run",
        "tls://somebody@m3-air",
    ],
)
def test_what_is_open_to_anyone_is_no_address(text: str) -> None:
    """Without TLS only this machine itself is reached."""
    with pytest.raises(UsageError):
        Address.of(text)


@pytest.mark.parametrize("name", ["", ".hidden", "../up", "a/b", "a b", "\x1b[2Ja", "é", "x" * 41])
def test_a_name_that_acts_is_none(name: str) -> None:
    """A machine's name is a folder's, and is drawn on terminals."""
    assert not names.is_name(name)


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("manifest.json", True),
        ("rows.jsonl", True),
        ("passes/001-ada base.jsonl", True),
        ("logs/001-ada.log", True),
        ("passes/../rows.jsonl", False),
        ("../rows.jsonl", False),
        ("/etc/passwd", False),
        ("passes/.jsonl", False),
        ("passes/a\x1b.jsonl", False),
        ("logs/run.sh", False),
        ("report.html", False),
        ("", False),
    ],
)
def test_files_of_a_run_are_known_by_name(name: str, is_one: bool) -> None:  # noqa: FBT001
    """A machine cannot have anything else written on the controller's disk."""
    assert names.is_file_of_a_run(name) is is_one


def test_an_id_stays(tmp_path: Path) -> None:
    """It is drawn once, and another folder has another."""
    first = names.own_id(tmp_path / "a")
    assert names.own_id(tmp_path / "a") == first != names.own_id(tmp_path / "b")
    assert names.machine_of({names.resource(first): 1.0}) == first


@pytest.mark.parametrize("resources", [None, [], {"gpu": 1}, {"machine-../../x": 1}, {3: 1}])
def test_resources_of_others_are_no_machine(resources: object) -> None:
    """A worker that somebody else started may have whatever."""
    assert names.machine_of(resources) is None


def _found(name: str, chip: str) -> Found:
    host = HOST.model_copy(update={"chip": chip})
    standing = Standing("0123456789ab", name, "1", "c", host.model_dump_json())
    return Found(name, host, standing)


def test_machines_are_asked_for_by_what_they_are() -> None:
    """A chip is known without its maker; case does not count."""
    air = _found("m3-air", "Apple M3")
    assert air.matches(*choice.conditions(["chip=m3*"])[0])
    assert air.matches("chip", "Apple M3")
    assert air.matches("name", "*-air")
    assert not air.matches("chip", "M4*")
    for wrong in ("chip", "cores=4", "chip="):
        with pytest.raises(UsageError):
            choice.conditions([wrong])


def test_other_code_or_other_locks_are_said() -> None:
    """Each in words; a backend that the machine does not have is a skip of its own."""
    air = _found("m3-air", "Apple M3")
    assert choice.differences(air, "1", "c", {}) == ""
    assert "none of the backends: ada" in choice.differences(air, "1", "c", {"ada": "x"})
    assert "whisper-cleanroom is 1, here it is 2" in choice.differences(air, "2", "c", {})
    assert "other code" in choice.differences(air, "1", "d", {})
