"""What a fleet costs a machine that measures, and ten machines through thirty kills.

Ten workers on this computer stand for ten machines: each has its own folder and lock. Eight have
two engines that do nothing, two have faster-whisper besides.
"""

import json
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import psutil

from benchmarks import fleet_size
from benchmarks.ratio import Ratio
from orchestrator.bench.order import cells
from orchestrator.places import envs
from tests.support.fake_envs import add_to, make_backend, make_project, wait_for
from tests.support.fleets import Fleet

_MACHINES = tuple(f"m{number}" for number in range(10))
_REAL = _MACHINES[:2]
_KILLS = 30
_BLOCKS = 6
_PAIRS = 10
_SUITE = """\
[suite]
blocks = {blocks}
repeats = 1
seed = 9

[[contender]]
backend = [{backends}]
"""


def all_of() -> Iterator[Ratio]:
    """Run every benchmark of this file, and of the one beside it."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        project = make_project(folder)
        for name in ("ada", "bob"):
            make_backend(folder / "made", name, project)
            for kind in ("envs", "real"):
                add_to(folder / kind, folder / "made", name, "some text")
        (folder / "real" / "faster-whisper").symlink_to(envs() / "faster-whisper")
        yield from _cost(folder)
        yield from _kills(folder)
    yield from fleet_size.all_of()


def _cost(folder: Path) -> Iterator[Ratio]:
    """Compare a run by a fleet of one with the same run by itself, in pairs."""
    made = Fleet(folder / "real")
    suite = folder / "cost.toml"
    suite.write_text(_SUITE.format(blocks=2, backends='"faster-whisper"'), "utf-8")
    pairs, shares = [], []
    try:
        made.up()
        made.join("m0")
        made.expect("m0", "joined")
        worker = psutil.Process(made.running["m0"].pid)
        for _ in range(_PAIRS):
            before, started = _worked(worker), time.perf_counter()
            by_fleet = _seconds(made, suite, "--fleet", made.address, "--unfit")
            shares.append((_worked(worker) - before, time.perf_counter() - started))
            pairs.append((by_fleet, _seconds(made, suite, "--no-page")))
    finally:
        made.close()
    yield Ratio("faster-whisper on a machine of a fleet, against by itself", tuple(pairs), 1.01)
    name = "processor time of the process that joined, against the seconds of the run meanwhile"
    yield Ratio(name, tuple(shares), 0.01)


def _worked(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _seconds(made: Fleet, suite: Path, *words: str) -> float:
    """Run a suite; return the seconds of a pass over its clips, by the median of its processes."""
    output = Path(tempfile.mkdtemp(dir=made.folder))
    done = made.run("run", str(suite), *words, "--output", str(output), timeout=600)
    if done.returncode:
        raise RuntimeError(done.stderr)
    (rows,) = output.rglob("rows.jsonl")
    return median(float(json.loads(row)["seconds"]) for row in rows.read_text("utf-8").splitlines())


def _kills(folder: Path) -> Iterator[Ratio]:
    """Kill machines and the scheduler at random moments; check that every cell is there once."""
    suite = folder / "kills.toml"
    suite.write_text(
        _SUITE.format(blocks=_BLOCKS, backends='"ada", "bob", "faster-whisper"'), "utf-8"
    )
    undisturbed = _run_of_ten(folder, suite, 0)
    disturbed = _run_of_ten(folder, suite, _KILLS)
    name = f"{len(_MACHINES)} machines, {_KILLS} kills, every cell once: against undisturbed"
    yield Ratio(name, ((disturbed, undisturbed),), float("inf"))


def _run_of_ten(folder: Path, suite: Path, kills: int) -> float:
    """Return the seconds that a run of ten machines took."""
    moments = random.Random(kills)  # noqa: S311 - moments, not secrets
    made = Fleet(folder / "envs")
    run = f"run-{kills}"  # each has its own log
    made.own_envs = dict.fromkeys((*_REAL, run), folder / "real")
    output = Path(tempfile.mkdtemp(dir=folder))
    try:
        made.up()
        for name in _MACHINES:
            made.join(name)
        for name in _MACHINES:
            made.expect(name, "joined")
        started = time.perf_counter()
        words = ("--fleet", made.address, "--unfit", "--output", str(output))
        made.start(run, "run", str(suite), *words)
        wait_for(lambda: all(name in made.log(run) for name in _MACHINES))
        for _ in range(kills):
            time.sleep(moments.uniform(0, 3))
            victim = moments.choice(["scheduler", *_MACHINES])
            made.kill(victim)
            made.up() if victim == "scheduler" else made.join(victim)
        if made.running.pop(run).wait(1800):
            raise RuntimeError(made.log(run))
        seconds = time.perf_counter() - started
    finally:
        made.close()
    for name in _MACHINES:
        _expect_whole(output, name)
    return seconds


def _expect_whole(output: Path, name: str) -> None:
    (rows,) = output.glob(f"*/{name}/rows.jsonl")
    found = [json.loads(row) for row in rows.read_text("utf-8").splitlines()]
    keys = [(row["block"], row["contender"]) for row in found if row["status"] == "measured"]
    names = ["ada", "bob", *(["faster-whisper"] if name in _REAL else [])]
    if keys != [(c.block, c.contender) for c in cells(names, _BLOCKS, 9)]:
        raise RuntimeError(f"{name} has {keys}")
