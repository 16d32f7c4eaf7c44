"""A fleet on one machine: a scheduler and machines as processes, each with its folder and lock."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from audio_files import tone, write_audio
from fake_envs import surroundings, wait_for

from orchestrator.bench.order import cells
from orchestrator.fleet.certificates import Identity
from orchestrator.runs.schema.fleet import Across

SUITE = """\
[suite]
blocks = {blocks}
repeats = 1
seed = 9
clips = ["talk.wav"]

[[contender]]
backend = ["ada", "bob"]
"""


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@dataclass
class Fleet:
    """Processes of one fleet; what stands for a machine has a folder and a lock of its own."""

    envs: Path
    address: str = field(default_factory=lambda: f"tcp://127.0.0.1:{free_port()}")
    certificates: Path | None = None
    locks: dict[str, Path] = field(default_factory=dict)  # of machines that share one
    own_envs: dict[str, Path] = field(default_factory=dict)  # of machines with other backends
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where all of it lies."""
        return self.envs.parent

    def command(self, *words: str) -> list[str]:
        """Return the command line of this program."""
        secured = self.certificates and words[:2] != ("fleet", "show")
        own = ["--certificates", str(self.certificates)] if secured else []
        return [sys.executable, "-m", "orchestrator", *words, *own]

    def machine(self, name: str) -> Path:
        """Return the folder of a machine."""
        return self.folder / "machines" / name

    def start(self, name: str, *words: str) -> None:
        """Start a command of this program; what it says goes into NAME.log."""
        self.launch(name, self.command(*words))

    def launch(self, name: str, command: Sequence[str]) -> None:
        """Start a process in a session of its own; what it says goes into NAME.log."""
        lock = self.locks.get(name, self.folder / f"{name}.lock")
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                command,
                env=surroundings(self.own_envs.get(name, self.envs))
                | {"WHISPER_CLEANROOM_LOCK": str(lock)},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def up(self) -> None:
        """Start the scheduler."""
        self.start("scheduler", "fleet", "up", self.address)
        self.expect("scheduler", "scheduler is at")

    def join(self, name: str) -> None:
        """Have a machine join."""
        folder = str(self.machine(name))
        self.start(name, "fleet", "join", self.address, "--name", name, "--folder", folder)

    def dask_worker(self, name: str, *words: str) -> None:
        """Have Dask's own command start a worker that is to be a machine."""
        command = [sys.executable, "-m", "dask", "worker", self.address, *words]
        if self.certificates:
            own = Identity(self.certificates)
            files = {"--tls-ca-file": own.ca, "--tls-cert": own.certificate, "--tls-key": own.key}
            command += [str(word) for each in files.items() for word in each]
        preload = ("--preload", "whisper_cleanroom.dask_worker", "--folder")
        self.launch(name, [*command, *preload, str(self.machine(name))])

    def log(self, name: str) -> str:
        """Return what a process has said."""
        return (self.folder / f"{name}.log").read_text("utf-8")

    def expect(self, name: str, words: str, times: int = 1) -> None:
        """Wait until a process has said this so often."""
        wait_for(lambda: self.log(name).count(words) >= times)

    def kill(self, name: str) -> None:
        """End a process and all it has started by SIGKILL, as a power cut does."""
        process = self.running.pop(name)
        family = [
            process.pid,
            *(c.pid for c in psutil.Process(process.pid).children(recursive=True)),
        ]
        for pid in family:
            with_nothing_left(pid)
        process.wait()

    def run(self, *words: str, timeout: float = 100) -> "subprocess.CompletedProcess[str]":
        """Run a command as the controller does, to its end."""
        return subprocess.run(
            self.command(*words),
            env=surroundings(self.envs),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=timeout,
        )

    def close(self) -> None:
        """End everything in order; what does not is killed."""
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        for process in self.running.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def with_nothing_left(pid: int) -> None:
    """Kill a process that may be gone."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


@contextmanager
def fleet(envs: Path, *machines: str, certificates: Path | None = None) -> Iterator[Fleet]:
    """Give a fleet whose machines have joined; it is ended after."""
    made = Fleet(envs, certificates=certificates)
    if certificates:
        made.address = made.address.replace("tcp://", "tls://")
    try:
        made.up()
        for name in machines:
            made.join(name)
        for name in machines:
            made.expect(name, "joined")
        yield made
    finally:
        made.close()


def make_suite(folder: Path, blocks: int = 6) -> Path:
    """Write a suite of `ada` and `bob` over a clip of its own; return its file."""
    write_audio(folder / "talk.wav", [tone(440, 1.2, 16_000)], 16_000)
    (folder / "talk.txt").write_text("what was said", "utf-8")
    file = folder / "engines.toml"
    file.write_text(SUITE.format(blocks=blocks), "utf-8")
    return file


def folder_of(made: Fleet) -> Path:
    """Return the folder of the only run of a fleet."""
    (found,) = (made.folder / "results").glob("fleet-*")
    return found


def keys(run: Path) -> list[tuple[int, str]]:
    """Return block and contender of every row of a run."""
    rows = map(json.loads, (run / "rows.jsonl").read_text("utf-8").splitlines())
    return [(row["block"], row["contender"]) for row in rows]


def expect_whole(made: Fleet, *machines: str, blocks: int = 6) -> Across:
    """Check that every machine has every cell once, in order, the same on both sides."""
    folder = folder_of(made)
    for name in machines:
        here, there = folder / name, made.machine(name) / "runs" / f"{folder.name}-{name}"
        assert keys(here) == [(c.block, c.contender) for c in cells(["ada", "bob"], blocks, 9)]
        files = [p.relative_to(there) for p in there.rglob("*") if p.is_file()]
        assert {Path("summary.json"), Path("manifest.json"), Path("clips.jsonl")} <= {*files}
        for file in files:
            assert (here / file).read_bytes() == (there / file).read_bytes(), file
    found = Across.model_validate_json((folder / "across.json").read_bytes())
    assert {member.state for member in found.members} == {"measured"}
    return found
