"""Commands of a fleet, where there is none: what is wrong is said in a sentence."""

from pathlib import Path

import pytest
import started
from fake_envs import surroundings

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
