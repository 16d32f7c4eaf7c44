"""The monitor: what it sees of a real machine, and what it makes of two samples."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import psutil
import pytest
from burners import burning

from orchestrator.host.changes import changes
from orchestrator.host.energy import Energy, EnergyMeter
from orchestrator.host.monitor import Monitor
from orchestrator.host.resources import cpu_seconds
from orchestrator.host.sample import Instant, Sample, Span

PATIENCE = 30  # seconds: a ceiling for a busy machine, never what is measured


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    ceiling = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < ceiling
        time.sleep(0.01)


def test_a_span_has_its_ends_and_what_lies_between() -> None:
    """The mark comes first, then a sample a period, then one of the moment it ends."""
    with Monitor(period_seconds=0.01) as monitor:
        mark = monitor.mark()
        looks: set[float] = set()

        def several() -> bool:
            looks.add(monitor.latest.at)
            return len(looks) > 3

        wait_for(several)
        before = Instant.now()
        seen = monitor.since(mark)
    times = [sample.instant.awake for sample in seen.samples]
    assert seen.samples[0] is mark
    assert times == sorted(set(times))
    assert len(times) > 3
    assert times[-1] > before.awake
    assert seen.span.awake_seconds == times[-1] - times[0]


def test_a_span_shorter_than_the_period_has_two_samples() -> None:
    """Nothing has to be waited for, and the thread ends with the monitor."""
    with Monitor(period_seconds=3600) as monitor:
        seen = monitor.since(monitor.mark())
        assert len(seen.samples) == 2
    assert not monitor._thread.is_alive()  # noqa: SLF001


def test_the_work_of_others_is_told() -> None:
    """Processes that are no runner of ours keep a third of the processors busy."""
    count = -(-(psutil.cpu_count() or 1) // 3)
    with burning(count), Monitor() as monitor:
        mark = monitor.mark()
        wait_for(lambda: Span.since(mark.instant).awake_seconds > 1.5)
        found = monitor.since(mark).found
    assert "others-busy" in [change.kind for change in found]


def test_the_work_of_the_runner_is_ours() -> None:
    """What the named runner works is counted as ours, while it lives and after its end."""
    with Monitor(period_seconds=3600) as monitor:
        with burning() as (pid,):
            wait_for(lambda: (cpu_seconds(pid) or 0) > 0.2)
            before = cpu_seconds(pid) or 0
            mark = monitor.mark(pid)
            wait_for(lambda: (cpu_seconds(pid) or 0) > before + 0.5)
            living = monitor.since(mark).samples[-1].own_seconds - mark.own_seconds
        ended = monitor.since(mark).samples[-1].own_seconds - mark.own_seconds
    assert living >= 0.5
    assert ended >= living - 0.05  # the system counts a dead child and a living one in other ticks


def test_a_look_starts_no_process() -> None:
    """A second's look costs the runner next to nothing: reads only, on every system."""
    script = """if True:
        import sys
        from orchestrator.host.sample import Sample
        Sample.now(1)  # whatever is imported late
        started = []
        kinds = ("subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system")
        sys.addaudithook(lambda event, _: started.append(event) if event in kinds else None)
        Sample.now(1)
        print(started)
    """
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout == "[]\n"


def test_a_record_is_flat_and_known() -> None:
    """A timeline's line goes through JSON, holds numbers and words, and nothing unknown."""
    sample = replace(Sample.now(), stolen_seconds=None, throttled=3)
    record = json.loads(json.dumps(sample.record()))
    assert record["throttled"] == 3
    assert record["available_memory_bytes"] == sample.condition.available_memory_bytes
    assert "stolen_seconds" not in record
    assert None not in record.values()


FAIR = {
    "on_battery": False,
    "low_power_mode": False,
    "thermal_pressure": "nominal",
    "cpu_governor": "performance",
    "swap_used_bytes": 0,
}


COUNTERS = {"worked_seconds": 0.0, "own_seconds": 0.0, "stolen_seconds": 0.0, "throttled": 0}


def at(second: float, *, always: float = 0, **others: object) -> Sample:
    """Return a sample of a machine in a fair condition, but for the fields named."""
    now = Sample.now()
    state = {name: others.get(name, usual) for name, usual in FAIR.items()}
    return replace(
        now,
        instant=Instant(second, always or second),
        condition=now.condition.model_copy(update=state),
        **{name: others.get(name, usual) for name, usual in COUNTERS.items()},
    )


ALL = float(psutil.cpu_count() or 1)


@pytest.mark.parametrize(
    ("samples", "kinds"),
    [
        ([at(0), at(10)], []),
        ([at(0)], []),
        ([at(0), at(1, on_battery=True), at(2)], ["power-lost"]),
        ([at(0, on_battery=True), at(1, on_battery=True)], []),
        ([at(0, on_battery=None), at(1, on_battery=True)], []),
        ([at(0), at(1, low_power_mode=True)], ["low-power-mode"]),
        ([at(0, low_power_mode=None), at(1, low_power_mode=True)], []),
        ([at(0), at(1, thermal_pressure="heavy"), at(2)], ["thermal-pressure"]),
        ([at(0, thermal_pressure="heavy"), at(1, thermal_pressure="moderate")], []),
        ([at(0, thermal_pressure=None), at(1, thermal_pressure=None)], []),
        ([at(0), at(1, cpu_governor="powersave")], ["governor"]),
        ([at(0), at(1, swap_used_bytes=10**9), at(2)], ["swap-grew"]),
        ([at(0, swap_used_bytes=10**9), at(1, swap_used_bytes=10**9 + 10**6)], []),
        ([at(0), at(5, always=100)], ["slept"]),
        ([at(0), at(5, always=5.4)], []),
        ([at(0), at(1, throttled=2)], ["throttled"]),
        ([at(0, throttled=None), at(1, throttled=None)], []),
        ([at(0), at(10, worked_seconds=5 * ALL)], ["others-busy"]),
        ([at(0), at(10, worked_seconds=5 * ALL, own_seconds=4.5 * ALL)], []),
        ([at(0), at(0.5, worked_seconds=0.5 * ALL)], []),
        ([at(0), at(10, stolen_seconds=ALL)], ["stolen"]),
        ([at(0, stolen_seconds=None), at(10, stolen_seconds=None)], []),
    ],
)
def test_what_counts_as_a_change(samples: list[Sample], kinds: list[str]) -> None:
    """A state that got worse than at the start, or a counter that ran too far; no unknown one."""
    assert [change.kind for change in changes(samples)] == kinds


@pytest.mark.parametrize(
    ("seconds", "period", "kinds"),
    [
        ([0, 1, 2, 3], 1, []),
        ([0, 1, 3.5, 4], 1, []),  # a busy machine is late
        ([0, 1, 9, 10], 1, ["stopped"]),
        ([0, 9], 1, ["stopped"]),
        ([0, 9], 3600, []),
        ([0, 9], None, []),
    ],
)
def test_a_hole_between_samples_is_a_stop(
    seconds: list[float], period: float | None, kinds: list[str]
) -> None:
    """Whoever was to look once a period and did not stood still; it calls for measuring again."""
    found = changes([at(second) for second in seconds], period)
    assert [change.kind for change in found] == kinds
    assert all(change.interrupting for change in found)
    assert [c.message.partition(":")[0] for c in found] == [
        f"this program stood still for {max(b - a for a, b in pairwise(seconds))} s" for _ in kinds
    ]


def test_changes_say_what_was_and_what_became() -> None:
    """Each is a sentence with its numbers; some ask for measuring again."""
    hot = at(1, thermal_pressure="trapping", swap_used_bytes=5 * 10**8)
    thermal, swap = changes([at(0), hot])
    assert thermal.message == "thermal pressure rose from nominal to trapping"
    assert swap.message == "swap grew by 500 MB: memory ran short"
    assert [thermal.interrupting, swap.interrupting] == [True, False]


def test_a_stopped_process_is_no_sleeping_machine() -> None:
    """Only the machine's sleep parts the clocks, not a process that was kept from running."""
    script = """if True:
        from orchestrator.host.sample import Instant, Span
        start = Instant.now()
        print("ready", flush=True)
        input()
        span = Span.since(start)
        print(span.asleep_seconds, span.awake_seconds > 1.2)
    """
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, encoding="utf-8") as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGSTOP)
        time.sleep(1.3)
        process.send_signal(signal.SIGCONT)
        assert process.communicate("\n")[0] == "0.0 True\n"


def test_sleep_is_what_one_clock_missed() -> None:
    """An hour of which the machine was awake for two seconds."""
    span = Span(Instant(100.0, 5000.0), Instant(102.0, 8600.0))
    assert (span.awake_seconds, span.asleep_seconds) == (2.0, 3598.0)


class Readings:
    """A counter that goes on by so many millijoules at each reading."""

    def __init__(self, **parts: int | None) -> None:
        self._parts = parts
        self._count = 0

    def get_cumulative_energy(self) -> "Readings":
        """Return the counters of the next moment."""
        later = Readings(**self._parts)
        self._count += 1
        for name, step in self._parts.items():
            setattr(later, f"{name}_mj", None if step is None else step * self._count)
        return later


def test_energy_is_what_the_counters_grew_by() -> None:
    """Joules by part; a part that the chip does not count stays unknown."""
    meter = EnergyMeter(Readings(cpu_total=2000, gpu=0, ane=500, dram=None))  # type: ignore[arg-type]
    energy = meter.since(meter.mark())
    assert energy
    parts = (energy.cpu_joules, energy.gpu_joules, energy.ane_joules, energy.dram_joules)
    assert parts == (2.0, 0.0, 0.5, None)
    assert energy.joules == 2.5


def test_counters_that_stand_still_are_unavailable() -> None:
    """All zero, as in a virtual machine, is None and never 0 J."""
    meter = EnergyMeter(Readings(cpu_total=0, gpu=0, ane=0, dram=None))  # type: ignore[arg-type]
    assert meter.since(meter.mark()) is None
    assert meter.idle(seconds=0.01) is None


def test_idle_energy_is_subtracted_by_the_second() -> None:
    """Ten seconds of work less what ten idle seconds take, part by part."""
    none = {"gpu_joules": None, "ane_joules": 0.0, "dram_joules": 3.0}
    work = Energy(seconds=10, cpu_joules=50, **none)
    idle = Energy(seconds=20, cpu_joules=20, **none)
    above = work.above(idle)
    assert above == Energy(
        seconds=10, cpu_joules=40, gpu_joules=None, ane_joules=0, dram_joules=1.5
    )
    assert above.joules == 41.5


def test_no_meter_where_nothing_is_counted() -> None:
    """Only Apple silicon has one, and only with the optional package."""
    meter = EnergyMeter.here()
    assert meter is None or sys.platform == "darwin"
