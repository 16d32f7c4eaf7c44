"""The machine: what it is (`Host`) and how it is doing (`Condition`); None is what it hides."""

import platform
import re
import sys
from functools import cache
from pathlib import Path
from typing import Self

import psutil
from pydantic import BaseModel, ConfigDict

from orchestrator.host import probe
from orchestrator.host.cores import core_kinds, performance_cores
from orchestrator.host.probe import output, read, sysctl

__all__ = ["PRESSURES", "Condition", "Host", "performance_cores", "platform_tag"]

# Levels of <libkern/OSThermalNotification.h>, in order.
PRESSURES = ("nominal", "moderate", "heavy", "trapping", "sleeping")


class Host(BaseModel):
    """What a result depends on and what stays the same between runs; never who owns the machine."""

    model_config = ConfigDict(frozen=True)

    platform: str
    chip: str | None
    model: str | None
    os: str
    os_version: str | None
    os_build: str | None
    cores: int | None
    performance_cores: int | None
    efficiency_cores: int | None
    memory_bytes: int
    python: str

    @classmethod
    def here(cls) -> Self:
        """Describe this machine; cores are physical ones, told apart where the system does."""
        mac = sys.platform == "darwin"
        release = {} if mac else _os_release()
        performance, efficiency = core_kinds()
        return cls(
            platform=platform_tag(),
            chip=sysctl("machdep.cpu.brand_string") if mac else _linux_chip(),
            model=sysctl("hw.model") if mac else read(Path("/sys/class/dmi/id/product_name")),
            os="macOS" if mac else release.get("NAME", platform.system()),
            os_version=sysctl("kern.osproductversion") if mac else release.get("VERSION_ID"),
            os_build=sysctl("kern.osversion") if mac else platform.release(),
            cores=psutil.cpu_count(logical=False),
            performance_cores=performance,
            efficiency_cores=efficiency,
            memory_bytes=psutil.virtual_memory().total,
            python=platform.python_version(),
        )

    @property
    def chip_or_platform(self) -> str:
        """What processor it has, as closely as is known."""
        return self.chip or self.platform

    @property
    def system(self) -> str:
        """The operating system with its version."""
        return f"{self.os} {self.os_version or ''}".rstrip()


class Condition(BaseModel):
    """What changes between runs and can explain a slow one."""

    model_config = ConfigDict(frozen=True)

    load_average: float
    available_memory_bytes: int
    swap_used_bytes: int
    on_battery: bool | None
    battery_percent: float | None
    low_power_mode: bool | None
    thermal_pressure: str | None
    cpu_governor: str | None

    @classmethod
    def now(cls) -> Self:
        """Ask the machine; on macOS this starts a process: not while something is timed."""
        mac = sys.platform == "darwin"
        return cls._with(_pmset_mode(output("/usr/bin/pmset", "-g")) if mac else _profile_mode())

    @classmethod
    def at_a_glance(cls) -> Self:
        """Ask in under a millisecond and start nothing, for a look every second.

        Low-power mode is then what macOS last announced, which says that it was switched but,
        not being documented, is no source for what it is.
        """
        announced = probe.notify_state(probe.LOW_POWER_MODE)
        return cls._with(_profile_mode() if announced is None else bool(announced))

    @classmethod
    def _with(cls, low_power_mode: bool | None) -> Self:  # noqa: FBT001 - the one fact that differs
        battery = psutil.sensors_battery()
        plugged = battery.power_plugged if battery else None
        return cls(
            load_average=psutil.getloadavg()[0],
            available_memory_bytes=psutil.virtual_memory().available,
            swap_used_bytes=psutil.swap_memory().used,
            on_battery=None if plugged is None else not plugged,
            battery_percent=battery.percent if battery else None,
            low_power_mode=low_power_mode,
            thermal_pressure=_thermal_pressure(probe.notify_state(probe.THERMAL_PRESSURE)),
            cpu_governor=_governor(),
        )


def platform_tag() -> str:
    """Return `macos-arm64`, `linux-x86_64` and so on: of this Python, so Rosetta is `x86_64`."""
    system = {"darwin": "macos", "win32": "windows"}.get(sys.platform, sys.platform)
    return f"{system}-{platform.machine().lower()}"


def _linux_chip() -> str | None:
    chip = re.search(r"^model name\s*: (.+)$", read(Path("/proc/cpuinfo")) or "", re.MULTILINE)
    return chip[1] if chip else None


def _os_release() -> dict[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}


def _governor() -> str | None:
    """Return the frequency governor, or all of them where processors differ."""
    return ", ".join(sorted({name for name in map(read, _policies()) if name})) or None


@cache
def _policies() -> tuple[Path, ...]:
    policies = Path("/sys/devices/system/cpu/cpufreq")
    return tuple(policies.glob("policy*/scaling_governor"))


def _profile_mode() -> bool | None:
    """Read the platform profile, which power-profiles-daemon sets on Linux laptops."""
    profile = read(Path("/sys/firmware/acpi/platform_profile"))
    return None if profile is None else profile == "low-power"


def _pmset_mode(settings: str | None) -> bool | None:
    """Read `pmset -g`: `lowpowermode 0|1`, or `powermode` on Macs with a high one too."""
    mode = re.search(r"^\s*(?:low)?powermode\s+(\d)", settings or "", re.MULTILINE)
    return mode[1] == "1" if mode else None


def _thermal_pressure(level: int | None) -> str | None:
    return PRESSURES[level] if level is not None and level < len(PRESSURES) else None
