"""The same by ssh: a program of that name on PATH, which runs the command on this machine."""

import os
import subprocess
from pathlib import Path

import pytest
from fake_envs import AddBackend, surroundings, wait_for
from fleets import Fleet, expect_whole, make_suite

from orchestrator.cli.fleet_options import PROGRAM, Asked
from orchestrator.errors import UsageError
from orchestrator.fleet.ssh import hosts

# What it is given: options, the host, and a command for that host's shell.
SSH = """\
#!/bin/sh
while [ "$1" = -T ] || [ "$1" = -o ]; do [ "$1" = -o ] && shift; shift; done
host=$1; shift
[ "$host" = gone ] && { echo "ssh: connect to host gone: No route to host" >&2; exit 255; }
export WHISPER_CLEANROOM_LOCK="$PLACE/$host.lock"
echo $$ >> "$PLACE/$host.pids"
exec sh -c "exec $* --folder $PLACE/machines/$host"
"""


@pytest.mark.parametrize("text", ["-oProxyCommand=x", "a,-v", "a b", ",", "$(x)", "a;b"])
def test_a_host_is_never_an_option_or_a_command(text: str) -> None:
    """Of ssh, or of a shell."""
    with pytest.raises(UsageError):
        hosts(text)


def test_hosts_are_a_list() -> None:
    """Each once; users and addresses too."""
    assert hosts("m3-air, me@10.0.0.7,m3-air,[fe80::1]") == ["m3-air", "me@10.0.0.7", "[fe80::1]"]


def test_what_reached_the_machines_reaches_them_again() -> None:
    """All that was given, for a shell; nothing that was not."""
    asked = Asked(None, "m3-air", "uvx --from a.whl x", None, 5400.0, True, None, False)
    assert asked.again == "--ssh m3-air --ssh-program 'uvx --from a.whl x' --patience 5400s --unfit"
    plain = Asked("tls://a:1", None, PROGRAM, ["chip=M3*"], None, False, None, True)
    assert plain.again == "--fleet tls://a:1"


@pytest.fixture
def room(envs: Path, add_backend: AddBackend, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    """Return machines in a room: an ssh that leads to folders of this one."""
    add_backend("bob", "something else")
    program = envs.parent / "bin" / "ssh"
    program.parent.mkdir()
    program.write_text(SSH, "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PLACE", str(envs.parent))
    make_suite(envs.parent)
    return Fleet(envs)


def by_ssh(made: Fleet, hosts: str) -> list[str]:
    """Return the words of a run on hosts."""
    program = " ".join(made.command())
    asked = ["--ssh", hosts, "--ssh-program", program, "--unfit"]
    return ["run", str(made.folder / "engines.toml"), *asked]


@pytest.mark.slow
def test_hosts_that_do_not_answer_are_named_once_with_what_they_take(room: Fleet) -> None:
    """Nobody has to join for ssh."""
    done = room.run(*by_ssh(room, "gone"))
    assert done.returncode == 2
    assert "\ngone: ssh: connect to host gone" in done.stderr
    assert "asks for no password" in done.stderr
    assert "fleet join" not in done.stderr


@pytest.mark.slow
def test_a_suite_is_measured_over_ssh(room: Fleet) -> None:
    """On every host that answers; the other is named, with what ssh says of it."""
    done = room.run(*by_ssh(room, "m3-air,m1-mini,gone"))
    assert done.returncode == 0, done.stderr
    assert "No route to host" in done.stderr
    expect_whole(room, "m3-air", "m1-mini")


@pytest.mark.slow
def test_a_connection_that_breaks_is_made_again(room: Fleet) -> None:
    """What was under way there ends in order, and goes on where it was."""
    words = by_ssh(room, "m3-air")
    with (room.folder / "run.log").open("wb") as log:
        run = subprocess.Popen(
            room.command(*words),
            env=surroundings(room.envs),
            cwd=room.folder,
            stdout=log,
            stderr=log,
        )
    wait_for(lambda: bool(list((room.folder / "results").glob("*/m3-air/rows.jsonl"))))
    pid = int((room.folder / "m3-air.pids").read_text("utf-8").split()[-1])
    os.kill(pid, 9)
    assert run.wait(200) == 0, (room.folder / "run.log").read_text("utf-8")
    expect_whole(room, "m3-air")
    # Once more, or more often where the machine takes its time to answer.
    assert (room.folder / "m3-air.pids").read_text("utf-8").split()[-1] != str(pid)
