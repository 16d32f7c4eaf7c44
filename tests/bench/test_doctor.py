"""The doctor: as a command on this machine, and check by check on machines in a bad way."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import started
from burners import burning, burning_elsewhere

from orchestrator.bench.doctor import checks
from orchestrator.bench.doctor.checks import Check
from orchestrator.errors import CleanroomError, program
from orchestrator.host import Condition
from orchestrator.host.processes import Busy, CpuUser, busy, read_ps

GB = 10**9
MAC = sys.platform == "darwin"


def doctor(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run the command."""
    return started.finished(("doctor", *arguments), os.environ | environment, Path.cwd())


def test_the_command_examines_this_machine(tmp_path: Path) -> None:
    """Every check has a finding, every finding that is not good says what to do, or why not."""
    done = doctor("--json", HF_HUB_OFFLINE="1", WHISPER_CLEANROOM_CACHE=str(tmp_path / "cache"))
    document = json.loads(done.stdout)
    checks = {check["name"]: check for check in document["checks"]}
    expected = {"power", "low-power", "load", "memory", "swap", "cache", "results", "uv", "python"}
    system = {"thermal", "spotlight", "time-machine"} if MAC else {"governor"}
    assert checks.keys() == expected | {"swift", "hub", "environments"} | system
    assert all(check["what"] for check in checks.values())
    assert all(check["fix"] == "" for check in checks.values() if check["state"] == "good")
    assert "HF_HUB_OFFLINE rules out" in checks["hub"]["what"]
    assert str(tmp_path) in checks["cache"]["what"]
    assert not (tmp_path / "cache").exists()
    assert document["fit"] == all(check["state"] != "problem" for check in checks.values())
    assert done.returncode == int(not document["fit"])
    assert done.stderr == ""


@pytest.mark.slow
def test_a_problem_is_told_in_words_and_by_the_exit_code() -> None:
    """The line names the check, the fix stands under it, the verdict ends it."""
    done = doctor(HF_ENDPOINT="ftp://nowhere.invalid", HF_HUB_OFFLINE="")
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    line = next(i for i, text in enumerate(lines) if text.startswith("problem  hub "))
    assert "HF_ENDPOINT is no web address" in lines[line]
    assert lines[line + 1].strip() == "unset HF_ENDPOINT"
    assert lines[-1].startswith("Not fit to measure: ")
    assert done.returncode == 1


def test_who_is_busy_is_found_and_it_is_not_us() -> None:
    """A process elsewhere is named with its share; our own child is not."""
    with burning_elsewhere() as other, burning() as (child,):
        crowd = busy(1.0)
    shares = {user.pid: user.processors for user in crowd.users}
    assert shares[other] > 0
    assert not shares.keys() & {child, os.getpid()}
    assert crowd.processors > 0
    assert list(shares.values()) == sorted(shares.values(), reverse=True)


def test_ps_is_read_with_spaces_in_names_and_commas_in_numbers() -> None:
    """Lines of macOS's ps: what idles is left out, and so are we and our children."""
    listing = """\
    1     0   0,0 launchd
  370     1  85.5 mds_stores
  512   510  12,3 Google Chrome Helper (Renderer)
  900     1  50.0 python3.11
  901   900  40.0 ps
"""
    assert read_ps(listing, me=900) == [
        CpuUser(370, "mds_stores", pytest.approx(0.855)),
        CpuUser(512, "Google Chrome Helper (Renderer)", pytest.approx(0.123)),
    ]


FAIR = Condition(
    load_average=0.1,
    available_memory_bytes=16 * GB,
    swap_used_bytes=0,
    on_battery=False,
    battery_percent=80,
    low_power_mode=False,
    thermal_pressure="nominal",
    cpu_governor="performance",
)
QUIET = Busy(0.0, ())
CROWD = Busy(2.0, (CpuUser(7, "backup", 1.9), CpuUser(8, "clock", 0.01)))


def but(**fields: object) -> Condition:
    """Return a fair condition but for these fields."""
    return FAIR.model_copy(update=fields)


@pytest.mark.parametrize(
    ("check", "state", "says"),
    [
        (checks.power(FAIR), "good", "on mains"),
        (checks.power(but(on_battery=None)), "good", "no battery"),
        (checks.power(but(on_battery=True)), "problem", "on battery, 80 % left"),
        (checks.low_power(FAIR), "good", "off"),
        (checks.low_power(but(low_power_mode=None)), "good", "no such mode"),
        (checks.low_power(but(low_power_mode=True)), "problem", "is on"),
        (checks.thermal(FAIR), "good", "nominal"),
        (checks.thermal(but(thermal_pressure="moderate")), "notice", "moderate"),
        (checks.thermal(but(thermal_pressure="heavy")), "problem", "heavy"),
        (checks.thermal(but(thermal_pressure=None)), "notice", "does not tell"),
        (checks.load(FAIR, QUIET, 4), "good", "load average 0.10, 0 % busy"),
        (checks.load(but(load_average=3.0), QUIET, 4), "notice", "average 3.00"),
        (checks.load(FAIR, Busy(0.5, ()), 4), "notice", "12 % busy"),
        (checks.load(FAIR, CROWD, 4), "problem", "4 processors: backup (process 7) 190 %"),
        (checks.memory(FAIR, 32 * GB), "good", "16.0 of 32.0 GB"),
        (checks.memory(but(available_memory_bytes=2 * GB), 8 * GB), "notice", "2.0 of"),
        (checks.memory(but(available_memory_bytes=GB // 2), 8 * GB), "problem", "0.5 of"),
        (checks.swap(FAIR, 8 * GB), "good", "0.0 GB"),
        (checks.swap(but(swap_used_bytes=2 * GB), 8 * GB), "notice", "2.0 GB"),
        (checks.governor(FAIR), "good", "performance"),
        (checks.governor(but(cpu_governor="powersave")), "notice", "follows the load"),
        (checks.governor(but(cpu_governor=None)), "good", "not this system's"),
        (checks.spotlight("/:\n\tIndexing enabled.", ()), "good", "not indexing"),
        (checks.spotlight("/:\n\tIndexing disabled.", ()), "good", "off"),
        (checks.spotlight(None, [CpuUser(1, "mds_stores", 0.6)]), "notice", "60 %"),
        (checks.time_machine("{\n    Running = 0;\n}"), "good", "not backing up"),
        (checks.time_machine("{\n    Running = 1;\n}"), "notice", "backing up just now"),
        (checks.time_machine(None), "good", "does not say"),
    ],
)
def test_machines_in_every_condition(check: Check, state: str, says: str) -> None:
    """Each finding has its state, its words, and an act where it is not good."""
    assert (check.state, bool(check.fix)) == (state, state != "good" and "not tell" not in says)
    assert says in check.what


def fails() -> str:
    """Be a part of the product that cannot do its work."""
    raise CleanroomError("it is broken", "mend it")


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        (checks.uv(lambda: "uv 1.2.3\n"), Check("uv", "good", "uv 1.2.3")),
        (checks.uv(fails), Check("uv", "problem", "it is broken", "mend it")),
        (
            checks.swift("Swift version 6.2 (swift-6.2-RELEASE)\nTarget: x", "upgrade"),
            Check("swift", "good", "Swift version 6.2 (swift-6.2-RELEASE)"),
        ),
        (
            checks.swift(
                "swift-driver version: 1.1 Apple Swift version 6.1.2 (x)", "upgrade", " (d)"
            ),
            Check(
                "swift",
                "notice",
                "swift-driver version: 1.1 Apple Swift version 6.1.2 (x) (d):"
                " the runners in Swift need 6.2",
                "upgrade",
            ),
        ),
        (checks.hub(lambda: ""), Check("hub", "good", "the model hub answers")),
        (checks.hub(fails), Check("hub", "problem", "it is broken", "mend it")),
        (
            checks.environments(lambda: {"a": True, "b": True}),
            Check("environments", "good", "2 in sync with their locks"),
        ),
        (
            checks.environments(lambda: {"a": True, "b": False}),
            Check(
                "environments",
                "notice",
                "to be made or brought up to date: b",
                f"{program()} envs sync",
            ),
        ),
    ],
)
def test_tools_in_every_condition(check: Check, expected: Check) -> None:
    """A fault of another part becomes a line with that part's own fix."""
    assert check == expected


def test_a_missing_python_is_fetched_later(tmp_path: Path) -> None:
    """What is not found is fetched by uv, so it is only worth knowing."""
    missing = checks.python(fails)
    assert (missing.state, missing.fix) == ("notice", "uv python install 3.11")
    found = checks.python(lambda: f"{tmp_path}\n")
    assert (found.state, str(tmp_path) in found.what) == ("good", True)


@pytest.mark.parametrize(
    ("notice", "problem", "state"), [(0, 0, "good"), (1e30, 0, "notice"), (1e30, 1e30, "problem")]
)
def test_space_is_that_of_the_disk_it_will_be_on(
    tmp_path: Path, notice: float, problem: float, state: str
) -> None:
    """A folder that is yet to be made is looked at where it will be."""
    folder = tmp_path / "not" / "yet"
    check = checks.disk("cache", folder, "", notice_bytes=notice, problem_bytes=problem)
    assert check.state == state
    assert str(folder) in check.what
    assert not folder.parent.exists()


def test_a_folder_that_cannot_be_written_is_named_with_what_moves_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a read-only disk no change of permissions helps."""
    monkeypatch.setattr(os, "access", lambda *_: False)
    check = checks.disk("cache", tmp_path / "x", "set X", notice_bytes=0, problem_bytes=0)
    assert (check.state, check.what, check.fix) == (
        "problem",
        f"{tmp_path} cannot be written",
        "set X",
    )
