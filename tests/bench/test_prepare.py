"""Preparation beside preparation: weights do not wait for environments that they do not need."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import index_server
import psutil
import pytest
from checkpoints import write_checkpoint
from fake_envs import command, described, surroundings, wait_for
from hub_server import Fault, Hub
from hub_server import serve as serve_hub
from index_server import Index, isolate, wheel

from orchestrator import backends
from orchestrator.backends import Backend
from orchestrator.backends.environments import uv
from orchestrator.bench import prepare
from orchestrator.bench.events import Watcher
from orchestrator.bench.selection import Candidate
from orchestrator.models import provision
from orchestrator.runs.schema import Contender, Failed

PROJECT = f"""\
[project]
name = "tiny"
version = "0"
requires-python = ">={sys.version_info.major}.{sys.version_info.minor}"
dependencies = ["alpha==1.0"]

[tool.uv]
package = false

{described(runner="tests.support.fake_backend", library="alpha", format="ct2")}"""
MODELS = """\
wanted = ["config.json", "model.bin", "tokenizer.json"]
[models."tiny.en"]
sources = [{ kind = "hub", repository = "test/tiny" }]
"""


class Listener(Watcher):
    """Keeps what is said, and does something when a phrase is."""

    def __init__(self, phrase: str = "", do: Callable[[], object] = lambda: None) -> None:
        self.said: list[tuple[str, str]] = []
        self._phrase = phrase
        self._do = do

    def phase(self, backend: str, phase: str, fraction: float | None = None) -> None:
        """Take what is said; preparation says it in the thread that waits for it."""
        del fraction
        assert threading.current_thread() is threading.main_thread()
        self.said.append((backend, phase))
        if self._phrase and phase.startswith(self._phrase):
            self._do()


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Index]:
    """Run a package index that uv is to use, with a cache of its own."""
    isolate(monkeypatch, tmp_path / "uv")
    with index_server.serve([wheel("alpha", "1.0")]) as running:
        monkeypatch.setenv("UV_DEFAULT_INDEX", running.url)
        yield running


@pytest.fixture
def hub(own_cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """Run a hub with one model."""
    del own_cache
    source = write_checkpoint(tmp_path / "source", vocabulary=40_000)
    with serve_hub() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.address)
        running.add("test/tiny", {path.name: path.read_bytes() for path in source.iterdir()})
        yield running


@pytest.fixture
def envs(tmp_path: Path, index: Index) -> Path:
    """Return an envs folder with two backends whose environments are not there yet."""
    del index
    folder = tmp_path / "envs"
    for name in ("ada", "bob"):
        (folder / name).mkdir(parents=True)
        (folder / name / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
        (folder / name / "models.toml").write_text(MODELS, encoding="utf-8")
        uv("lock", project=folder / name)
    return folder


def candidate(backend: Backend, name: str = "") -> Candidate:
    """Return a backend with the hub's model, under a name."""
    contender = Contender(name=name or backend.name, backend=backend.name, model="tiny.en")
    return Candidate(contender, backend, provision.plan(backend, "tiny.en"))


@pytest.mark.slow
def test_weights_come_while_an_environment_is_made(envs: Path, hub: Hub, index: Index) -> None:
    """The index sends nothing before everybody's weights are here; two contenders share them."""
    index.sends.clear()

    def send() -> None:
        if sum(said.startswith("weights ready") for _, said in listener.said) == len(chosen):
            index.sends.set()

    listener = Listener("weights ready", send)
    bob, ada = (b for b in sorted(backends.discover(envs), key=lambda b: b.name, reverse=True))
    chosen = [candidate(bob, "bob one"), candidate(ada), candidate(bob, "bob two")]
    prepared = prepare.ready(chosen, listener)
    assert [entrant.name for entrant in prepared.entrants] == ["bob one", "ada", "bob two"]
    assert prepared.faults == []
    first, last = (listener.said.index(("ada", said)) for said in ("environment", "ready"))
    assert first < listener.said.index(("ada", "weights ready, environment not yet")) < last
    assert listener.said.index(("ada", "environment ready")) < last
    assert sum("/model.bin" in sent.path for sent in hub.sent) == 1
    assert prepared.weights.keys() == {"bob one", "ada", "bob two"}
    assert prepared.environments.keys() == {"ada", "bob"}


@pytest.mark.usefixtures("hub")
def test_a_fault_is_one_row_of_each_that_it_concerns(envs: Path) -> None:
    """`bob` has neither environment nor weights, and one row; `ada` is ready."""
    lock = envs / "bob" / "uv.lock"
    lock.write_text(lock.read_text("utf-8").replace("1.0", "2.0"), encoding="utf-8")
    models = envs / "bob" / "models.toml"
    models.write_text(models.read_text("utf-8").replace("test/tiny", "test/no"), encoding="utf-8")
    ada, bob = sorted(backends.discover(envs), key=lambda b: b.name)
    listener = Listener()
    prepared = prepare.ready([candidate(bob), candidate(bob, "again"), candidate(ada)], listener)
    assert [entrant.name for entrant in prepared.entrants] == ["ada"]
    assert [(fault.contender, type(fault)) for fault in prepared.faults] == [
        ("bob", Failed),
        ("again", Failed),
    ]
    assert all("uv sync failed" in fault.reason for fault in prepared.faults)
    assert ("bob", "environment failed") in listener.said


@pytest.mark.slow
def test_interrupt_ends_preparation_and_leaves_nothing(
    envs: Path, hub: Hub, index: Index, tmp_path: Path
) -> None:
    """The signal reaches the orchestrator alone, while uv and a download wait for their servers."""
    index.sends.clear()
    index.asked.clear()  # of making the locks
    hub.faults = [Fault("model.bin", hang_at=200_000, host="storage", times=9)]
    surrounded = surroundings(envs) | {"HF_HUB_OFFLINE": "0"}
    with subprocess.Popen(
        command("run", "--blocks", "1", "--repeats", "1"),
        env=surrounded,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as run:

        def both_wait() -> bool:
            return hub.bytes_sent("model.bin") > 0 and any("/files/" in a for a in index.asked)

        wait_for(lambda: both_wait() or run.poll() is not None)
        assert run.poll() is None, run.communicate()
        below = psutil.Process(run.pid).children(recursive=True)
        assert any("uv" in child.name() for child in below)
        run.send_signal(signal.SIGINT)
        _, complaint = run.communicate(timeout=60)
    assert run.returncode == 130, complaint
    assert not [child for child in below if child.is_running()]
    (folder,) = (tmp_path / "results").iterdir()
    assert json.loads((folder / "summary.json").read_text("utf-8"))["interrupted"]
