"""The machine: read from its own files, and from what macOS's tools print."""

import math
import os
import platform
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from pydantic import ValidationError

from orchestrator import host
from orchestrator.host import (
    PRESSURES,
    Condition,
    Host,
    cores,
    performance_cores,
    platform_tag,
    probe,
)

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc and /sys")
MACOS = pytest.mark.skipif(sys.platform != "darwin", reason="asks macOS")


def test_the_host_is_this_machine() -> None:
    """Memory, cores, Python and platform are what other sources say; the owner is not told."""
    here = Host.here()
    assert here.memory_bytes == os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert here.python == platform.python_version()
    assert here.platform == platform_tag()
    assert here.cores is None or 1 <= here.cores <= (os.cpu_count() or 1)
    assert socket.gethostname() not in here.model_dump_json().split('"')
    with pytest.raises(ValidationError):
        here.python = "4"  # type: ignore[misc]


@LINUX
def test_linux_tells_its_distribution_and_processor() -> None:
    """The name and version are those of /etc/os-release, the build is the kernel's."""
    here = Host.here()
    assert f'NAME="{here.os}"' in Path("/etc/os-release").read_text(encoding="utf-8")
    assert here.os_build == os.uname().release
    assert here.chip is None or here.chip in Path("/proc/cpuinfo").read_text(encoding="utf-8")


@MACOS
def test_a_mac_tells_everything() -> None:
    """No field of a Mac's description is unknown, cores by kind on Apple silicon."""
    here = Host.here()
    assert here.os == "macOS"
    assert all((here.chip, here.model, here.os_version, here.os_build, here.cores))
    if here.platform == "macos-arm64":
        assert (here.performance_cores or 0) + (here.efficiency_cores or 0) == here.cores
        assert Condition.now().thermal_pressure in PRESSURES


def test_the_condition_is_measured_now() -> None:
    """Available memory falls by what a process takes; what is unknown is None."""
    before = Condition.now()
    assert 0 < before.available_memory_bytes <= psutil.virtual_memory().total
    assert before.load_average >= 0
    assert before.swap_used_bytes >= 0
    if psutil.sensors_battery() is None:
        assert before.on_battery is None
        assert before.battery_percent is None
    assert Condition.model_validate_json(before.model_dump_json()) == before


def test_the_platform_is_named_as_backends_name_it() -> None:
    """System and processor, in the words of [tool.bench]."""
    system, _, machine = platform_tag().partition("-")
    assert system == {"Linux": "linux", "Darwin": "macos"}[platform.system()]
    assert machine == platform.machine().lower()


def _performance_cores_on(cpus: set[int]) -> int:
    script = """if True:
        import os, sys
        from orchestrator.host import performance_cores
        os.sched_setaffinity(0, map(int, sys.argv[1:]))
        print(performance_cores())
    """
    command = [sys.executable, "-c", script, *map(str, cpus)]
    return int(subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout)


@LINUX
def test_only_cores_this_process_may_use_are_counted() -> None:
    """Tied to one processor there is one core; free, there are no more than processors."""
    allowed = os.sched_getaffinity(0)
    assert _performance_cores_on({min(allowed)}) == 1
    assert 1 <= performance_cores() <= len(allowed)


@pytest.mark.parametrize(
    ("listing", "expected"),
    [("0-3,8", {0, 1, 2, 3, 8}), ("5\n", {5}), ("", set()), ("0,2-2", {0, 2})],
)
def test_lists_of_processors_are_read(tmp_path: Path, listing: str, expected: set[int]) -> None:
    """Spans and single numbers, as the kernel writes them."""
    (tmp_path / "cpus").write_text(listing, encoding="utf-8")
    assert cores._cpus(tmp_path / "cpus") == expected  # noqa: SLF001
    assert cores._cpus(tmp_path / "missing") == set()  # noqa: SLF001


@pytest.mark.parametrize(
    ("files", "groups", "expected"),
    [
        ({}, "0::/", math.inf),
        ({"cpu.max": "150000 100000"}, "0::/", 1.5),
        ({"cpu.max": "max 100000"}, "0::/", math.inf),
        ({"a/cpu.max": "200000 100000", "a/b/cpu.max": "max 100000"}, "0::/a/b", 2),
        ({"a/cpu.max": "100000 100000", "a/b/cpu.max": "400000 100000"}, "0::/a/b", 1),
        ({"other/cpu.max": "100000 100000"}, "0::/a", math.inf),
        (
            {"cpu/a/cpu.cfs_quota_us": "50000", "cpu/a/cpu.cfs_period_us": "100000"},
            "5:memory:/m\n4:cpu,cpuacct:/a\n0::/",
            0.5,
        ),
        (
            {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"},
            "4:cpu:/not/mounted/here",
            math.inf,
        ),
    ],
)
def test_a_containers_quota_is_found(
    tmp_path: Path, files: dict[str, str], groups: str, expected: float
) -> None:
    """Both versions of control groups, at any level above the process, the tightest counting."""
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content + "\n", encoding="utf-8")
    assert cores._quota(tmp_path, groups) == expected  # noqa: SLF001


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("System-wide power settings:\n lowpowermode         1\n sleep 1", True),
        (" lowpowermode         0\n", False),
        (" powermode            1\n", True),
        (" powermode            2\n", False),
        (" sleep                1\n", None),
        (None, None),
    ],
)
def test_low_power_mode_is_read_from_pmset(settings: str | None, expected: bool | None) -> None:  # noqa: FBT001 - a case of the table
    """Both names of the setting; a Mac without it does not say."""
    assert host._pmset_mode(settings) is expected  # noqa: SLF001


@pytest.mark.parametrize(
    ("level", "expected"), [(0, "nominal"), (2, "heavy"), (7, None), (None, None)]
)
def test_thermal_pressure_is_a_word(level: int | None, expected: str | None) -> None:
    """A level that is not known is None."""
    assert host._thermal_pressure(level) == expected  # noqa: SLF001


def test_apples_sources_are_silent_elsewhere() -> None:
    """No number where there is none; on a Mac the thermal pressure and an account are there."""
    mac = sys.platform == "darwin"
    assert (probe.notify_state(probe.THERMAL_PRESSURE) is not None) == mac
    assert (probe.rusage(os.getpid()) is not None) == mac
    assert probe.rusage(2**22 + 1) is None


def test_a_glance_agrees_with_a_long_look() -> None:
    """Both tell the same of what does not change within a moment."""
    look, glance = Condition.now(), Condition.at_a_glance()
    steady = {"on_battery", "thermal_pressure", "cpu_governor"}
    assert look.model_dump(include=steady) == glance.model_dump(include=steady)


def test_a_question_without_an_answer_is_none(tmp_path: Path) -> None:
    """A missing command, one that fails, one that prints nothing, a missing file, an empty one."""
    assert probe.output(str(tmp_path / "missing")) is None
    assert probe.output(sys.executable, "-c", "print('no'); raise SystemExit(1)") is None
    assert probe.output(sys.executable, "-c", "") is None
    assert probe.output(sys.executable, "-c", "print(' yes ')") == "yes"
    (tmp_path / "empty").touch()
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    assert [probe.read(tmp_path / name) for name in ("missing", "empty", "binary")] == [None] * 3
