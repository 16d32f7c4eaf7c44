"""Names beside the points of a chart: readable however close the points are."""

import re
from functools import partial
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.reports.html import charts
from orchestrator.reports.html.drawing import CHARACTER, figure
from orchestrator.reports.html.labels import labels, pixels
from orchestrator.reports.html.palette import looks

PLACES = st.lists(
    st.tuples(st.text("abc", min_size=1, max_size=20), st.floats(0, 600), st.floats(0, 300)),
    max_size=12,
    unique_by=lambda point: point[0],
)


@given(PLACES)
def test_no_name_covers_another(points: list[tuple[str, float, float]]) -> None:
    """Not even of points in one place, each of which has a name."""
    at = {name: (x, y) for name, x, y in points}
    boxes = {}
    for label in labels(points, 600):
        x, y = at[label.name][0] + label.dx, at[label.name][1] + label.dy
        width = CHARACTER * len(label.name)
        boxes[label.name] = (x if label.align == "left" else x - width, y, width)
    assert set(boxes) == set(at)
    for (one, up, wide), (other, high, broad) in combinations(boxes.values(), 2):
        beside = one + wide <= other + 1e-6 or other + broad <= one + 1e-6
        assert beside or abs(up - high) > 12.9


def test_a_lone_name_stands_above_its_point_on_the_inner_side() -> None:
    """At the left edge it goes right, at the right edge it goes left."""
    left, right = labels([("ada", 590, 50), ("bob", 10, 50)], 600)
    assert (left.name, left.align, left.dy) == ("bob", "left", -9)
    assert (right.name, right.align, right.dy) == ("ada", "right", -9)


def test_values_fill_their_axis() -> None:
    """From padding to padding, by factors or not; without a range they are in the middle."""
    assert pixels([1, 2, 3], (1, 3), 120, 10) == [10, 60, 110]
    assert pixels([1, 10, 100], (1, 100), 120, 10, log=True) == pytest.approx([10, 60, 110])
    assert pixels([2], (1, 3), 120, 10) == [60]
    assert pixels([5, 5], (5, 5), 120, 10) == [60, 60]


@pytest.mark.parametrize("high", [None, 30.0])
def test_equal_rates_are_drawn_within_their_chart(high: float | None) -> None:
    """Nobody made an error, with an interval or without: the drawing is no taller than others."""
    same = {"wer": 0.0, "low": None if high is None else 0.0, "high": high, "best": True}
    points = [{"name": n, "seconds": s, "says": n} | same for n, s in (("ada", 1.0), ("bob", 1.1))]
    drawn = figure("", "", (), partial(charts.front, looks=looks(("ada", "bob")), points=points))
    for drawing in (drawn.wide, drawn.narrow):
        (box,) = re.findall(r'viewBox="0 0 [\d.]+ ([\d.]+)"', drawing)
        assert 200 < float(box) < 400
