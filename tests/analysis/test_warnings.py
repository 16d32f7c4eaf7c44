"""Honesty checks: each warns at its limit, is silent before it, and says what to do."""

import pytest
from stored_runs import measured

from orchestrator.analysis import conditions, warnings
from orchestrator.errors import program
from orchestrator.host.changes import Change
from orchestrator.runs.schema import Measured, Notice


@pytest.mark.parametrize(
    ("times", "steady"),
    [
        ([], False),
        ([1.0], False),
        ([3.0, 1.0], False),
        ([3.0, 1.0, 0.96], True),
        ([3.0, 1.0, 1.06], False),
        ([3.0, 1.0, 1.05], True),
        ([1.0, 1.0, 2.0], False),
    ],
)
def test_a_warm_up_is_steady_when_its_last_two_agree(times: list[float], steady: bool) -> None:  # noqa: FBT001 - a case's answer
    """Within 5 % of the longer; what came before them does not matter."""
    assert warnings.warm_up_is_steady(times) is steady
    assert (warnings.not_steady(times) is None) is steady


def test_an_unsteady_warm_up_shows_its_times() -> None:
    """The reader sees what did not settle."""
    found = warnings.not_steady([2.0, 1.5, 1.25, 1.0, 0.8])
    assert found
    assert found.kind == "not-steady"
    assert "(2, 1.5, 1.25, 1, 0.8 s)" in found.message


def test_texts_are_compared_exactly() -> None:
    """Two texts of three passes warn; one text does not, nor does none."""
    assert warnings.texts_differ("talk", ["yes", "yes"]) is None
    assert warnings.texts_differ("talk", []) is None
    found = warnings.texts_differ("talk", ["yes", "Yes", "yes"])
    assert found
    assert found.kind == "text-differs"
    assert found.message.startswith("talk: 2 texts in 3 passes")


def test_times_past_the_end_are_said() -> None:
    """The clip and the excess; half a second is the rounding of frames."""
    assert warnings.times_past_end("talk", 10.0, 10.5) is None
    found = warnings.times_past_end("talk", 10.0, 300.0)
    assert found
    assert found.message.startswith("talk: a time of 300.0 s, 290.0 s past its end")


def test_failed_clips_are_said() -> None:
    """Two of nine failing clips warn; none does not."""
    assert warnings.clips_failed(0, 9) is None
    found = warnings.clips_failed(2, 9)
    assert found
    assert found.message.startswith("2 of 9 clips failed")


def test_a_slow_first_pass_is_noticed_over_processes() -> None:
    """11 % over the rest in most of three processes warns; 9 %, one process or one pass do not."""
    slow, fine = [1.11, 1.0, 1.0], [1.09, 1.0, 1.0]
    found = warnings.first_pass_slow([slow, slow, fine])
    assert found
    assert found.kind == "first-pass-slow"
    assert found.message.startswith("the first pass takes 11% more")
    assert warnings.first_pass_slow([[1.11, 1.0]] * 3) == found
    assert warnings.first_pass_slow([slow, fine, fine]) is None
    assert warnings.first_pass_slow([slow]) is None
    assert warnings.first_pass_slow([[2.0], [2.0], [2.0]]) is None


def test_repeats_must_not_be_much_faster_than_new_clips() -> None:
    """A fifth less time the second time warns from six clips on; a tenth less of one does not."""
    found = warnings.repeats_fast([1.25] * 6, [1.0] * 6)
    assert found
    assert found.kind == "repeats-fast"
    assert "25% more" in found.message
    assert warnings.repeats_fast([1.25] * 5, [1.0] * 5) is None
    assert warnings.repeats_fast([1.25] + [1.05] * 5, [1.0] * 6) is None
    with pytest.raises(ValueError, match="shorter"):
        warnings.repeats_fast([1.0, 1.0], [1.0])


@pytest.mark.parametrize(
    ("asked", "used", "warns"),
    [
        ("auto", "cpu", False),
        ("gpu", "metal", False),
        ("cpu", "cpu", False),
        ("gpu", "cpu", True),
        ("cpu", "mps", True),
        ("gpu", None, True),
    ],
)
def test_the_device_is_the_one_asked_for(asked: str, used: str | None, warns: bool) -> None:  # noqa: FBT001 - a case's answer
    """An accelerator that was not used is said so; what the library hides is no proof."""
    assert (warnings.device_differs(asked, used) is not None) is warns


@pytest.mark.parametrize(
    ("asked", "used", "warns"),
    [
        (None, "float32", False),
        ("float16", "float16", False),
        ("int8", "int8_float32", False),
        ("float16", "float32", True),
        ("float1", "float16", True),
        ("float16", None, True),
    ],
)
def test_the_precision_is_the_one_asked_for(
    asked: str | None,
    used: str | None,
    warns: bool,  # noqa: FBT001 - a case's answer
) -> None:
    """Another precision warns; int8 weights beside float32 ones are what int8 means."""
    found = warnings.precision_differs(asked, used)
    assert (found is not None) is warns
    assert "None" not in (found.message if found else "")


def test_conditions_must_be_shared() -> None:
    """A alone ran on battery: named once, with who had what; thermal pressure was the same."""
    calm = {"on_battery": False, "thermal_pressure": "nominal"}
    seen = {"A": [calm, {**calm, "on_battery": True}], "B": [calm, calm]}
    assert conditions.conditions_differ(seen) == [
        Notice(
            kind="conditions-differ",
            message="on battery: A: False, True; B: False; what it was is in the rows;"
            " keep it the same and run again",
        )
    ]
    assert conditions.conditions_differ({"A": [calm], "B": [calm, calm]}) == []
    assert conditions.conditions_differ({}) == []


def test_detecting_the_language_is_no_part_of_one_time_alone() -> None:
    """With the language named nobody detects it; where all do, all pay for it."""
    assert warnings.some_detect("en", {True, False}) is None
    assert warnings.some_detect(None, {True, None}) is None
    assert warnings.some_detect(None, set()) is None
    for told in (None, "auto"):
        found = warnings.some_detect(told, {True, False, None})
        assert found
        assert "--language en" in found.message


def test_what_disturbed_the_machine_is_said_once_a_run() -> None:
    """The worst of each kind, its blocks, and whose they were unless everybody's."""

    def row(name: str, block: int, *busy: str) -> Measured:
        happened = tuple(Change(kind="others-busy", message=f"{b} of 2 were busy") for b in busy)
        return measured(name, block).model_copy(update={"changes": happened})

    def said(*rows: Measured) -> list[str]:
        return [notice.message for notice in conditions.disturbed(rows, set())]

    whole = [row("ada", 1, "0.9"), row("bob", 1, "1.2"), row("ada", 2, "0.4"), row("bob", 4, "1")]
    end = f": run again on a quiet machine ({program()} doctor)"
    assert said(*whole) == [f"during the run 1.2 of 2 were busy at worst (blocks 1, 2, 4){end}"]
    assert said(row("ada", 1), row("bob", 3, "1.2")) == [
        f"during the run 1.2 of 2 were busy (block 3, bob){end}"
    ]
    assert said(row("ada", 1), row("bob", 1)) == []
    assert not list(conditions.disturbed(whole, {"others-busy"}))


def test_a_busy_machine_is_told_before_the_run() -> None:
    """A load average is a count of what wants to run: it may be far above the cores there are."""
    assert conditions.machine_busy(2.0, 8) is None
    found = conditions.machine_busy(2.1, 8)
    assert found
    assert found.message.startswith("the load average was 2.1 on 8 cores before this run;")
    far = conditions.machine_busy(782.7, 2)
    assert far
    assert "782.7 of" not in far.message


def test_the_reference_blas_is_warned_of() -> None:
    """What it lacks, and how to get it; OpenBLAS, or a backend without MLX, is silent."""
    assert warnings.reference_blas("mlx-whisper", None) is None
    found = warnings.reference_blas("mlx-whisper", "patchelf failed")
    assert found
    assert found.kind == "reference-blas"
    reason = "slower than OpenBLAS: patchelf failed"
    assert f"{reason}; {program()} envs remove mlx-whisper && {program()} envs" in found.message
