"""Blocks whose processes take turns: in which order, who does not, and what one's end costs."""

import json
import signal
import subprocess
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from audio_files import tone, write_audio
from fake_envs import AddBackend, command, orchestrator, runners_of, surroundings, wait_for
from stored_runs import measured, settings

from orchestrator.bench.exclusions import Exclusions, disturber, take_turns
from orchestrator.bench.order import cells, turns
from orchestrator.clips.audio.clips import BUNDLED
from orchestrator.host.resources import Resources
from orchestrator.runs.schema import Measured, Summary
from orchestrator.runs.schema.plan import FULL, QUICK, Cell, exactly


def run(envs: Path, *arguments: str, code: int = 0) -> Path:
    """Run all backends to the end; return the run's folder."""
    done = orchestrator(envs, "run", "--all", *arguments)
    assert done.returncode == code, done.stderr
    (path,) = (envs.parent / "results").iterdir()
    return path


def rows(path: Path) -> list[dict[str, Any]]:
    """Return the stored rows."""
    return [json.loads(line) for line in (path / "rows.jsonl").read_text("utf-8").splitlines()]


def summary(path: Path) -> Summary:
    """Return the stored summary."""
    return Summary.model_validate_json((path / "summary.json").read_text("utf-8"))


@pytest.fixture
def two_clips(tmp_path: Path) -> list[str]:
    """Return two clips of lengths that no warm-up has, the first under a second."""
    made = []
    for name, seconds in (("short", 0.7), ("long", 1.3)):
        path = tmp_path / f"{name}.wav"
        write_audio(path, [tone(440, seconds, 16_000)], 16_000)
        made.append(str(path))
    return made


def test_clips_go_round_in_the_drawn_order(
    envs: Path, made_backends: Path, add_backend: AddBackend, two_clips: list[str]
) -> None:
    """After the first block every pass is where the seed has it; a cell is a row as ever.

    Rounds add up to what the passes were. Cold starts and memory are of the first block.
    """
    add_backend("bob", "something else")
    add_backend("cyd", "a third thing")
    names = ["ada", "bob", "cyd"]
    asked = ("--blocks", "3", "--repeats", "2", "--interleave", "on", "--seed", "5")
    path = run(envs, *two_clips, *asked)
    found = rows(path)
    assert [(r["block"], r["contender"]) for r in found] == [
        (cell.block, cell.contender) for cell in cells(names, 3, 5)
    ]
    heard = (made_backends / "turns").read_text("utf-8").split()
    of_clips = [
        (name, samples)
        for name, samples in zip(heard[::2], heard[1::2], strict=True)
        if samples in ("11200", "20800")
    ]
    drawn = [
        (name, samples)
        for block in (2, 3)
        for clip, samples in enumerate(("11200", "20800"))
        for turn in range(2)
        for name in turns(names, 5, block, clip, turn)
    ]
    assert of_clips[12:] == drawn
    for row in found:
        kept = path / "passes" / f"{row['block']:03d}-{row['contender']}.jsonl"
        passes = [json.loads(line)["seconds"] for line in kept.read_text("utf-8").splitlines()]
        sums = [sum(both) for both in zip(*passes, strict=True)] if row["block"] > 1 else []
        assert row["round_seconds"] == pytest.approx(sums)
        assert row["seconds"] == pytest.approx(sum(map(median, passes)))
    cold = {row["contender"]: row for row in found if row["block"] == 1}
    for line in summary(path).contenders:
        assert line.load_seconds == cold[line.contender]["load_seconds"]
        assert line.peak_memory_bytes == cold[line.contender]["resources"]["peak_memory_bytes"]
        assert line.seconds
        assert line.seconds.n == 3


@pytest.mark.slow
def test_who_is_busy_while_idle_is_measured_alone(envs: Path, add_backend: AddBackend) -> None:
    """One that spins from the start takes no turns; one that begins to is found among them.

    The block in which it was is measured again without it, and the reader is told.
    """
    (envs / "ada" / "model.txt").write_text("what was said nap@transcribe", "utf-8")
    add_backend("bob", "bob's text spin@load")
    add_backend("cyd", "cyd's text spin@load@2")
    path = run(envs, "--blocks", "2", "--repeats", "1", "--interleave", "auto")
    later = [(r["contender"], r["attempt"], r["alone"]) for r in rows(path) if r["block"] == 2]
    assert sorted(later, key=lambda row: (row[1], row[0])) == [
        ("ada", 1, None),
        ("bob", 1, "busy-when-idle"),
        ("cyd", 1, None),
        ("ada", 2, "no-company"),
        ("bob", 2, "busy-when-idle"),
        ("cyd", 2, "busy-when-idle"),
    ]
    told = {line.contender: [w.message for w in line.warnings] for line in summary(path).contenders}
    assert any("busy while it had nothing to do" in message for message in told["cyd"])
    assert [line.seconds.n for line in summary(path).contenders if line.seconds] == [2, 2, 2]


@pytest.mark.slow
def test_an_accelerator_takes_turns_if_they_do_not_slow_it(
    envs: Path, add_backend: AddBackend, two_clips: list[str]
) -> None:
    """One that is slower after another's turn is measured alone, in that very block too."""
    add_backend("bob", "text jealous@gpu")
    add_backend("cyd", "text on@gpu")
    asked = ["--blocks", "3", "--repeats", "1", "--threshold", "50%", "--interleave", "auto"]
    path = run(envs, *two_clips, *asked, "--set", "sleep_seconds=0.1")
    found = {(r["block"], r["contender"]): r for r in rows(path)}
    assert len(found) == 9
    alone = [found[block, "bob"]["alone"] for block in (2, 3)]
    assert alone == ["accelerator", "accelerator"]
    assert found[2, "bob"]["seconds"] == pytest.approx(found[1, "bob"]["seconds"], rel=0.3)
    assert all(found[block, "cyd"]["round_seconds"] for block in (2, 3))


@pytest.mark.slow
def test_one_that_dies_among_the_turns_costs_its_own_row(
    envs: Path, add_backend: AddBackend, two_clips: list[str]
) -> None:
    """The others go on, and have all their passes."""
    add_backend("bob", "text segfault@short@2")
    add_backend("cyd", "text raise@short")
    asked = ("--blocks", "2", "--repeats", "2", "--interleave", "on")
    path = run(envs, *two_clips, *asked, code=1)
    last = {r["contender"]: r for r in rows(path) if r["block"] == 2}
    assert (last["bob"]["kind"], last["cyd"]["failed_clips"]) == ("signal", 1)
    assert len(last["ada"]["round_seconds"]) == len(last["cyd"]["round_seconds"]) == 2


@pytest.mark.slow
def test_a_slow_one_takes_part_in_one_round(envs: Path, add_backend: AddBackend) -> None:
    """Its passes are over 5 s: it has one of each clip, the other three."""
    add_backend("bob", "something else")
    asked = (
        str(BUNDLED / "clean-room.flac"),
        "--blocks",
        "2",
        "--interleave",
        "on",
        "--set",
        "bob:sleep_seconds=5.1",
    )
    found = {(r["block"], r["contender"]): r for r in rows(run(envs, *asked))}
    assert [len(found[2, name]["round_seconds"]) for name in ("ada", "bob")] == [3, 1]


@pytest.mark.slow
def test_an_interrupt_ends_every_process(
    envs: Path, made_backends: Path, add_backend: AddBackend
) -> None:
    """Ctrl-C amid the turns: the rows of finished blocks stay, no runner does; it goes on later."""
    add_backend("bob", "text hang@transcribe@2")
    process = subprocess.Popen(
        command("run", "--all", "--blocks", "2", "--repeats", "1", "--interleave", "on"),
        env=surroundings(envs),
        cwd=envs.parent,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    loads = made_backends / "bob" / "model.loads"
    wait_for(lambda: loads.exists() and loads.read_text("utf-8") == "..")
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    (path,) = (envs.parent / "results").iterdir()
    assert [r["block"] for r in rows(path)] == [1, 1]
    assert not runners_of(made_backends)
    done = orchestrator(envs, "run", "--resume", str(path))
    assert done.returncode == 0, done.stderr
    assert [r["block"] for r in rows(path)] == [1, 1, 2, 2]
    assert all(r["round_seconds"] for r in rows(path)[2:])


def test_memory_is_kept_free() -> None:
    """Of three that need 3 GB each, as many take turns as leave a quarter of the free memory."""
    known = Exclusions(settings(interleave="on"), free=8, available=lambda: 8)
    names = ("ada", "bob", "cyd")
    for name in names:
        known.learn(_needing(name, 3))
    drawn = [Cell(4, name) for name in names]
    assert known.reasons(drawn) == {"cyd": "memory"}
    assert known.reasons(drawn[1:]) == {}
    known.available = lambda: 6  # something else took the rest
    assert known.reasons(drawn) == {"bob": "memory", "cyd": "memory", "ada": "no-company"}


def test_who_was_busy_takes_no_turns_again() -> None:
    """Not in a run that goes on either; `on` lets it."""
    spun = measured("bob", 4).model_copy(update={"round_seconds": (1.0,), "idle_processors": 0.9})
    drawn = [Cell(5, name) for name in ("ada", "bob", "cyd")]
    for asked, excluded in (("auto", {"bob": "busy-when-idle"}), ("on", {})):
        given = settings(interleave=asked)
        known = Exclusions(given, free=8, available=lambda: 8)
        known.learn(spun)
        assert known.reasons(drawn) == excluded
        assert disturber(given, [measured("ada", 4), spun]) == "".join(excluded)


def _needing(name: str, peak: int) -> Measured:
    used = Resources(peak_memory_bytes=peak, peak_neural_bytes=None, cpu_seconds=1.0)
    return measured(name, 1).model_copy(update={"resources": used})


def test_the_first_blocks_are_of_processes_alone() -> None:
    """Three of ten; robustness, one contender and old runs are never otherwise."""
    full = settings(FULL, interleave="auto")
    assert [take_turns(full, 2, block) for block in (1, 3, 4, 20)] == [False, False, True, True]
    assert not take_turns(full, 1, 5)
    assert not take_turns(settings(FULL, interleave="auto", robustness=True), 2, 5)
    assert not take_turns(settings(FULL), 2, 5)
    quick = settings(QUICK, interleave="on")
    assert [take_turns(quick, 2, block) for block in (1, 2, 3)] == [False, True, True]
    assert not take_turns(settings(exactly(1), interleave="on"), 2, 1)


def test_turns_are_drawn_for_each_clip_and_round() -> None:
    """The same on every machine, whoever takes part; over many rounds nobody is always first."""
    names = ["ada", "bob", "cyd"]
    drawn = [turns(names, 7, 4, clip, turn) for clip in range(100) for turn in range(3)]
    assert drawn[:3] == [turns(names, 7, 4, 0, turn) for turn in range(3)]
    firsts = {name: len(list(own)) for name, own in groupby(sorted(one[0] for one in drawn))}
    assert all(70 < count < 130 for count in firsts.values())
    assert all(sorted(one) == names for one in drawn)
