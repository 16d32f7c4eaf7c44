"""Commands of a fleet, where there is none: what is wrong is said in a sentence."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import started
from fake_envs import surroundings
from fleets import free_port

COMMANDS = [("fleet", "--at"), ("fleet", "up"), ("fleet", "join"), ("run", "x.toml", "--fleet")]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_an_address_is_refused_before_anything_is_missed(
    envs: Path, words: tuple[str, ...]
) -> None:
    """Whoever lacks Dask learns first that installing it would not help; then how to."""
    missing = 'raise ModuleNotFoundError("No module named dask", name="dask")\n'
    (envs.parent / "dask.py").write_text(missing, "utf-8")  # where commands run
    says = {
        "tcp://m3-air:8786": "over tcp:// anyone in the network could run programs",
        "tcp://127.0.0.1:8786": "a fleet takes dask, which is not installed",
    }
    for address, sentence in says.items():
        done = started.finished([*words, address], surroundings(envs), envs.parent)
        assert done.returncode == 2
        assert sentence in done.stderr


@pytest.mark.slow
def test_an_address_where_nobody_listens_is_said_at_once(envs: Path) -> None:
    """A machine that is to join tries again, and says why before anyone wonders."""
    address = f"tcp://127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "orchestrator", "fleet", "join", address]
    with subprocess.Popen(
        command, env=surroundings(envs), cwd=envs.parent, stderr=subprocess.PIPE, text=True
    ) as joining:
        assert joining.stderr
        said = joining.stderr.readline()
        joining.send_signal(signal.SIGINT)
    assert said == f"{address} does not let this machine in: nobody listens there; trying again\n"


def test_days_beyond_the_calendar_are_refused(envs: Path) -> None:
    """And no folder is made for them."""
    words = ("fleet", "certificates", "--days", "99999999", "--certificates", "own")
    done = started.finished(words, surroundings(envs), envs.parent)
    assert done.returncode == 2
    assert "--days" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (envs.parent / "own").exists()
