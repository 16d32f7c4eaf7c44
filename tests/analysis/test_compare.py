"""Two runs compared: estimates worked by hand, controls, what changed, and what fails a build."""

import math
import random
from itertools import pairwise
from pathlib import Path

import pytest
import stored_runs
from stored_runs import HOST, Recipe, clip, make

from orchestrator.analysis.compare import Comparison, compare, gate
from orchestrator.analysis.compare.changes import Change
from orchestrator.analysis.compare.measures import blocks_for, outside_of, ratio
from orchestrator.errors import UsageError
from orchestrator.reports.files.markdown import comparison_as_markdown
from orchestrator.runs.schema import Origin, Skipped
from orchestrator.runs.stored import read

SIX = (1.0, 1.01, 0.99, 1.02, 0.98, 1.005)
NEW = "20261123-120000-bbbb"
REGION = 0.03


def times(factor: float) -> tuple[float, ...]:
    """Return six blocks around so many seconds."""
    return tuple(factor * seconds for seconds in SIX)


def compared(tmp_path: Path, old: Recipe, new: Recipe, *, across: bool = False) -> Comparison:
    """Write both runs and compare them."""
    new.run_id = NEW if new.run_id == old.run_id else new.run_id
    runs = [read(make(tmp_path, recipe)) for recipe in (old, new)]
    return compare(runs[0], runs[1], REGION, across_machines=across)


@pytest.mark.parametrize(
    ("first", "second", "outside"), [(3, 3, 0), (4, 4, 1), (5, 5, 3), (6, 6, 6), (10, 10, 24)]
)
def test_limits_are_those_of_the_printed_tables(first: int, second: int, outside: int) -> None:
    """Mann and Whitney's critical values at 5 %, two-sided: none, 0, 2, 5 and 23; one rank on."""
    assert outside_of(first, second) == outside


def test_a_ratio_is_the_median_over_all_pairs() -> None:
    """Of 4 by 4 quotients: the geometric middle of the two in the middle, limits the extremes."""
    first, second = (2.0, 2.2, 2.4, 2.6), (1.0, 1.1, 1.2, 1.3)
    found = ratio(first, second)
    logs = sorted(math.log(a / b) for a in first for b in second)
    assert found
    assert found.value == pytest.approx(math.exp((logs[7] + logs[8]) / 2))
    assert (found.low, found.high) == pytest.approx((2.0 / 1.3, 2.6 / 1.0))
    assert blocks_for() == 4
    assert ratio((), second) is None
    assert ratio((0.0,), second) is None


def test_equal_samples_are_rarely_called_different() -> None:
    """Of 300 pairs of samples of one distribution at most 8 % have intervals without the truth."""
    draw = random.Random(5)  # noqa: S311 - a simulation
    missed = 0
    for _ in range(300):
        first, second = ([draw.lognormvariate(0, 0.05) for _ in range(6)] for _ in range(2))
        found = ratio(first, second)
        assert found
        assert found.low is not None
        assert found.high is not None
        missed += not found.low <= 1 <= found.high
    assert missed <= 24


def test_another_package_or_runner_of_a_backend_is_a_change(tmp_path: Path) -> None:
    """Of a backend from outside; where a folder lies changes nothing."""

    def run(runner: str, **origin: str) -> Recipe:
        recipe = Recipe({"ada": SIX})
        own = {"origin": Origin.model_validate(origin), "runner_sha256": runner * 64}
        made = stored_runs.provenance(recipe, "ada").model_copy(update=own)
        recipe.manifest = {"backends": (made,)}
        return recipe

    new = run("b", package="acme", version="1.3")
    (line,) = compared(tmp_path / "1", run("a", package="acme", version="1.2"), new).backends
    assert line.suspects == (
        Change("its package", "acme 1.2", "acme 1.3"),
        Change("its runner", "a" * 12, "b" * 12),
    )
    moved = compared(tmp_path / "2", run("a", path="/one"), run("a", path="/two"))
    assert moved.backends[0].suspects == ()


@pytest.mark.parametrize(
    ("factor", "outcome"), [(0.8, "faster"), (1.25, "slower"), (1.0, "tie"), (1.04, "undecided")]
)
def test_speed_is_judged_over_blocks(tmp_path: Path, factor: float, outcome: str) -> None:
    """A quarter is decided, the same is a tie within 4 % noise of 6 % region, 4 % is open."""
    old, new = Recipe({"ada": SIX}), Recipe({"ada": times(factor)})
    runs = [read(make(tmp_path, recipe)) for recipe in (old, Recipe(new.times, run_id=NEW))]
    (line,) = compare(runs[0], runs[1], 0.06 if outcome == "tie" else REGION).backends
    assert line.speed.outcome == outcome
    assert line.speed.ratio
    assert line.speed.ratio.value == pytest.approx(1 / factor, rel=0.01)


def test_a_backend_with_nothing_changed_takes_the_machine_out(tmp_path: Path) -> None:
    """All grew 30 % slower and drift over the blocks; beside bob, ada's upgrade gained 20 %."""
    drift = [1 + 0.1 * block for block in range(6)]
    slow = [1.3 * a * b for a, b in zip(SIX, drift, strict=True)]
    old = Recipe({"ada": SIX, "bob": times(2)}, packages={"numpy": "2.4.6", "ada/engine": "1.0"})
    new = Recipe(
        {"ada": [s / 1.2 for s in slow], "bob": [2 * s for s in slow]},
        packages={"numpy": "2.4.6", "ada/engine": "1.1"},
    )
    ada, bob = compared(tmp_path, old, new).backends
    assert ada.suspects[0] == Change("engine", "1.0", "1.1")
    assert ada.speed.controls == ("bob",)
    assert ada.speed.outcome == "faster"
    assert ada.speed.ratio
    assert ada.speed.ratio.value == pytest.approx(1.2, rel=0.02)
    assert ada.speed.as_measured
    assert ada.speed.as_measured.value < 1
    assert (bob.speed.controls, bob.speed.outcome) == ((), "slower")


def test_what_changed_for_all_leaves_no_control(tmp_path: Path) -> None:
    """With another kernel an unchanged backend shows the kernel, not the machine's condition."""
    host = HOST.model_copy(update={"os_build": "6.2"})
    old = Recipe({"ada": SIX, "bob": SIX}, packages={"ada/engine": "1.0"})
    new = Recipe({"ada": SIX, "bob": SIX}, packages={"ada/engine": "1.1"}, manifest={"host": host})
    found = compared(tmp_path, old, new)
    assert not found.changes.controls
    assert found.changes.shared == (Change("os build", "6.1", "6.2"),)
    assert not any(line.speed.controls for line in found.backends)


def test_suspects_are_ordered_by_how_few_share_them(tmp_path: Path) -> None:
    """Weights and settings of ada alone, then numpy of both, then the thread count, then heat."""
    hot = stored_runs.CONDITION.model_copy(update={"thermal_pressure": "heavy"})
    model = stored_runs.MODEL.model_copy(update={"digest": "f" * 64})
    old = Recipe({"ada": SIX, "bob": SIX})
    new = Recipe(
        {"ada": SIX, "bob": SIX},
        packages={"numpy": "2.5.0"},
        resolved={"ada": {"compute_type": "int8"}},
        asked={"threads": 2},
        manifest={"condition": hot},
    )
    ada, bob = compared(tmp_path, old, new).backends
    assert [change.what for change in ada.suspects] == [
        "compute_type",
        "numpy",
        "threads",
        "thermal pressure",
    ]
    assert [change.what for change in bob.suspects] == ["numpy", "threads", "thermal pressure"]
    other = Recipe({"ada": SIX}, model=model, run_id="20261124-120000-cccc")
    (line,) = compared(tmp_path, Recipe({"ada": SIX}, run_id="20261121-1-d"), other).backends
    assert line.suspects == (Change("weights", "0" * 12, "f" * 12),)


def test_errors_are_compared_over_the_clips_of_both(tmp_path: Path) -> None:
    """Twelve of fourteen clips are in both; one word in three is wrong now, none was then."""
    clips = [clip(f"talk-{n:02d}") for n in range(14)]
    old = Recipe({"ada": SIX}, clips=clips[:13])
    new = Recipe({"ada": SIX}, clips=clips[1:], texts={"ada": "what was set"})
    found = compared(tmp_path, old, new)
    (line,) = found.backends
    assert (found.clips, found.same_clips) == (12, False)
    assert line.errors
    assert (line.errors.clips, line.errors.outcome) == (12, "more")
    assert (line.old_wer, line.other_texts) == (0.0, 12)
    assert line.new_wer == pytest.approx(1 / 3)
    assert line.speed.old == pytest.approx(12 / 13, rel=0.02)
    assert gate.failing(found, "worse") == ["ada makes more errors"]
    assert gate.failing(found, "slower") == []


def test_memory_counts_as_worse_only_for_any(tmp_path: Path) -> None:
    """Half as much again is decided, and fails --fail-on any."""
    old, new = Recipe({"ada": SIX}), Recipe({"ada": SIX}, memory=150_000_000)
    found = compared(tmp_path, old, new)
    assert found.backends[0].memory.outcome == "more"
    assert gate.failing(found, "slower") == []
    assert gate.failing(found, "any") == ["ada takes more memory"]


def test_a_backend_that_fails_now_fails_every_condition(tmp_path: Path) -> None:
    """One that crashed in a block, one that never ran; one that was skipped can be accepted."""
    old = Recipe({"ada": SIX, "bob": SIX, "cyd": SIX})
    gone = (
        stored_runs.failed("bob", 0),
        stored_runs.failed("ada", 7),
        Skipped(backend="cyd", reason="no"),
    )
    found = compared(tmp_path, old, Recipe({"ada": SIX}, more_rows=gone))
    faults = gate.failing(found, "slower")
    assert [fault.split()[0] for fault in faults] == ["bob", "ada", "cyd"]
    assert faults[-1] == "cyd was measured then and is missing now: no"
    accepted = gate.failing(found, "worse", allow_missing=True)
    assert [fault.split()[0] for fault in accepted] == ["bob", "ada"]
    assert dict(found.absent) == {"cyd": "no"}


def test_what_vanished_fails_every_condition(tmp_path: Path) -> None:
    """A backend not asked for now, one alone that is skipped now, and one of too few blocks now."""
    old = Recipe({"ada": SIX, "bob": SIX})
    asked = compared(tmp_path / "asked", old, Recipe({"ada": SIX}))
    (absent,) = gate.failing(asked, "any")
    assert absent == "bob was measured then and is missing now: not in the new run"
    alone = (Skipped(backend="ada", reason="needs macOS"),)
    skipped = compared(tmp_path / "alone", Recipe({"ada": SIX}), Recipe({}, more_rows=alone))
    assert gate.failing(skipped, "slower") == [
        "ada was measured then and is missing now: needs macOS"
    ]
    few = compared(tmp_path / "few", old, Recipe({"ada": SIX, "bob": SIX[:1]}))
    (undecided,) = gate.failing(few, "slower")
    assert undecided.startswith("bob cannot be judged by its speed: too few blocks")
    assert gate.failing(few, "slower", allow_missing=True) == []


def test_a_gate_that_could_never_close_is_refused(tmp_path: Path) -> None:
    """Three blocks decide no speed, one clip no errors: the message says what it takes."""
    old, new = Recipe({"ada": SIX[:3]}), Recipe({"ada": times(9)[:3]})
    found = compared(tmp_path, old, new)
    assert found.backends[0].speed.outcome is None
    with pytest.raises(UsageError, match="3 and 3, and it takes 4"):
        gate.failing(found, "slower")
    with pytest.raises(UsageError, match="it takes 10 speakers, recordings or clips"):
        gate.failing(found, "worse")


def test_times_of_two_machines_are_refused_unless_asked(tmp_path: Path) -> None:
    """Another chip, or somebody else's run; asked for, every verdict says so."""
    host = HOST.model_copy(update={"chip": "Ideal 2"})
    old, new = Recipe({"ada": SIX}), Recipe({"ada": times(2)}, manifest={"host": host})
    with pytest.raises(UsageError, match="two machines"):
        compared(tmp_path, old, new)
    found = compared(tmp_path / "again", old, new, across=True)
    assert "slower, across machines" in comparison_as_markdown(found)
    theirs = Recipe({"ada": SIX}, run_id="imported-20261122-120000-aaaa")
    with pytest.raises(UsageError, match="two machines"):
        compared(tmp_path / "theirs", old, theirs)


@pytest.mark.parametrize(
    ("new", "missing"),
    [(Recipe({"bob": SIX}), "backend"), (Recipe({"ada": SIX}, clips=[clip("other")]), "clip")],
)
def test_runs_with_nothing_in_common_are_refused(tmp_path: Path, new: Recipe, missing: str) -> None:
    """The message says of what there is none."""
    with pytest.raises(UsageError, match=f"no {missing} in common"):
        compared(tmp_path, Recipe({"ada": SIX}), new)


def test_clips_that_failed_leave_no_speed(tmp_path: Path) -> None:
    """The times would be of less work."""
    old = read(make(tmp_path, Recipe({"ada": SIX})))
    path = make(tmp_path, Recipe({"ada": SIX}, run_id=NEW))
    rows = path / "rows.jsonl"
    rows.write_text(
        rows.read_text(encoding="utf-8").replace('"failed_clips":0', '"failed_clips":1'),
        encoding="utf-8",
    )
    (line,) = compare(old, read(path), REGION).backends
    assert line.speed.reason == "clips failed: the times are not of the same work"


def test_markdown_is_for_github_and_escaped(tmp_path: Path) -> None:
    """Tables of one width, and versions that are markup are shown as they are."""
    old, new = Recipe({"ada": SIX}), Recipe({"ada": times(2)}, packages={"numpy": "<b>|2"})
    text = comparison_as_markdown(compared(tmp_path, old, new))
    assert "| ada | numpy | 2.4.6 | &lt;b>\\|2 |" in text
    assert "| 0.50 (" in text
    lines = text.replace("\\|", "").splitlines()
    for one, other in pairwise(lines):
        if one.startswith("|") and other.startswith("|"):
            assert one.count("|") == other.count("|")
