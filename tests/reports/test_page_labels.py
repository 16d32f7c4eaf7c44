"""Names beside the points of a chart: readable however close the points are."""

from functools import partial
from itertools import combinations, pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orchestrator.reports.html import charts
from orchestrator.reports.html.drawing import CHARACTER, Scale, figure
from orchestrator.reports.html.labels import labels
from orchestrator.reports.html.palette import looks
from orchestrator.runs.schema import Accuracy, ContenderSummary, Estimate, Rate

PLACES = st.lists(
    st.tuples(st.text("abc", min_size=1, max_size=20), st.floats(0, 600), st.floats(0, 300)),
    max_size=12,
    unique_by=lambda point: point[0],
)


@given(PLACES)
def test_no_name_covers_another(points: list[tuple[str, float, float]]) -> None:
    """Not even of points in one place, and none is of two points."""
    at = {name: (x, y) for name, x, y in points}
    boxes = {}
    for label in labels(points, 600):
        x, y = at[label.name][0] + label.dx, at[label.name][1] + label.dy
        width = CHARACTER * len(label.name)
        boxes[label.name] = (x if label.align == "left" else x - width, y, width)
    assert set(boxes) <= set(at)
    for (one, up, wide), (other, high, broad) in combinations(boxes.values(), 2):
        beside = one + wide <= other + 1e-6 or other + broad <= one + 1e-6
        assert beside or abs(up - high) > 12.9


def test_names_climb_only_so_far_from_their_point() -> None:
    """Five in one place are all named; of thirty, as many, and none outside the chart."""
    for many, y, named in ((5, 200, 5), (30, 200, 5), (30, 25, 2)):
        found = list(labels([(f"ada {n}", 10, y) for n in range(many)], 600))
        assert len(found) == named
    assert not list(labels([("ada" * 40, 10, 50)], 600))


def test_a_long_name_left_of_the_data_stands_on_several_lines() -> None:
    """All of it can be read in either width, and every row is as high as its lines."""
    long = "ada tiny.en float32 threads=2 beam_size=5 prompt=quarterly"
    lines = [
        ContenderSummary.model_construct(contender=name, peak_memory_bytes=10**8)
        for name in (long, "bob")
    ]
    draw = partial(charts.memory, looks=looks((long, "bob")), lines=lines)
    drawn = figure("", (long, "bob"), draw)
    for drawing, rows in ((drawn.wide, 2), (drawn.narrow, 4)):
        names = [mark for mark in drawing.marks if mark.attributes.get("text-anchor") == "end"]
        assert " ".join(mark.text for mark in names) == f"{long} bob"
        assert len(names) == rows + 1
        heights = [float(mark.attributes["y"]) for mark in names]
        assert min(b - a for a, b in pairwise(heights)) >= 13


def test_a_lone_name_stands_above_its_point_on_the_inner_side() -> None:
    """At the left edge it goes right, at the right edge it goes left."""
    left, right = labels([("ada", 590, 50), ("bob", 10, 50)], 600)
    assert (left.name, left.align, left.dy) == ("bob", "left", -9)
    assert (right.name, right.align, right.dy) == ("ada", "right", -9)


@pytest.mark.parametrize(
    ("scale", "values", "places"),
    [
        (Scale((1, 3), 120, 10), (1, 2, 3), (10, 60, 110)),
        (Scale((1, 100), 120, 10, log=True), (1, 10, 100), (10, 60, 110)),
        (Scale((1, 3), 120, 10), (2,), (60,)),
        (Scale((5, 5), 120, 10), (5, 5), (60, 60)),
    ],
)
def test_values_fill_their_axis(
    scale: Scale, values: tuple[float, ...], places: tuple[float, ...]
) -> None:
    """From padding to padding, by factors or not; without a range they are in the middle."""
    assert [scale(value) for value in values] == pytest.approx(places)


@given(
    least=st.floats(1e-6, 1e6),
    more=st.floats(0, 1e6),
    length=st.floats(20, 900),
    log=st.booleans(),
    most=st.integers(2, 10),
)
@example(least=0.000591420060242346, more=2.220446049250313e-16, length=20, log=False, most=2)
@example(least=1e-6, more=1.1e-15, length=20, log=False, most=2)
def test_an_axis_has_round_numbers_within_it(
    least: float, more: float, length: float, *, log: bool, most: int
) -> None:
    """There is one to read at least, none stands outside, and there are never too many."""
    scale = Scale((least, least + more), length, 12 if length > 100 else 0, log)
    ticks = scale.ticks(most)
    assert ticks
    assert ticks == sorted(set(ticks))
    assert len(ticks) <= 2 * most + 2
    assert all(-1e-6 <= scale(tick) <= length + 1e-6 for tick in ticks)


@pytest.mark.parametrize("high", [None, 0.3])
def test_equal_rates_are_drawn_within_their_chart(high: float | None) -> None:
    """Nobody made an error, with an interval or without: the drawing is no taller than others."""
    rate = Rate(value=0.0, low=None if high is None else 0.0, high=high, clusters=12)
    errors = Accuracy.model_construct(wer=rate)
    lines = [
        ContenderSummary.model_construct(
            contender=name, backend=name, asked={}, wer=0.0, accuracy=errors,
            seconds=Estimate(median=time, low=None, high=None, n=1),
        )
        for name, time in (("ada", 1.0), ("bob", 1.1))
    ]  # fmt: skip
    draw = partial(charts.front, looks=looks(("ada", "bob")), lines=lines, best=("ada", "bob"))
    drawn = figure("", (), draw)
    for drawing in (drawn.wide, drawn.narrow):
        assert 200 < drawing.height < 400
        places = [float(mark.attributes["y"]) for mark in drawing.marks if mark.tag == "text"]
        assert all(-drawing.top <= place - 4 <= drawing.height for place in places)
