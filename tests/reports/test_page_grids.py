"""Grids of a product of factors, and the lines that join the models of one engine."""

from functools import partial

import pytest

from orchestrator.reports.html import charts, grids
from orchestrator.reports.html.drawing import figure
from orchestrator.reports.html.palette import looks
from orchestrator.runs.schema import ContenderSummary, Estimate, Scalar


def line(backend: str, seconds: float, **asked: Scalar) -> ContenderSummary:
    """Return a contender's line, named by what is asked of it."""
    name = " ".join((backend, *map(str, asked.values())))
    time = Estimate(median=seconds, low=None, high=None, n=1)
    return ContenderSummary(
        contender=name, backend=backend, asked=asked, status="measured", seconds=time, wer=seconds
    )


PRODUCT = [
    line("ada", model + threads, model=f"m{model}", threads=threads)
    for model in (1, 2)
    for threads in (1, 4)
]


def test_a_whole_product_of_two_factors_is_a_grid() -> None:
    """A bar a contender, a row and a column a value; another backend does not disturb it."""
    (grid,) = grids.grids([*PRODUCT, line("bob", 1.0, model="m1", threads=1)])
    assert (grid.backend, grid.rows, grid.columns) == ("ada", ("model",), "threads")
    assert grid.names == ["m1", "m2"]
    drawn = figure(grid.title, grid.names, partial(grids.draw, grid=grid)).wide
    bars = [mark.says for mark in drawn.marks if mark.tag == "rect"]
    assert bars == ["ada m1 1: 2.00 s", "ada m1 4: 5.00 s", "ada m2 1: 3.00 s", "ada m2 4: 6.00 s"]


def test_of_more_factors_all_but_one_share_the_rows() -> None:
    """The columns are of the factor with the fewest values, in their order as numbers."""
    lines = [
        line("ada", model * 10 + beam + threads, model=f"m{model}", beam=beam, threads=threads)
        for model in (1, 2, 3)
        for beam in (10, 9)
        for threads in (1, 2, 4)
    ]
    (grid,) = grids.grids(lines)
    assert (grid.rows, grid.columns) == (("model", "threads"), "beam")
    assert grid.names == [f"m{model}, {threads}" for model in (1, 2, 3) for threads in (1, 2, 4)]
    assert [beam for _, beam in grid.cells][:4] == [9, 10, 9, 10]
    drawn = figure(grid.title, grid.names, partial(grids.draw, grid=grid))
    for drawing in (drawn.wide, drawn.narrow):
        assert sum(mark.tag == "rect" for mark in drawing.marks) == len(lines)


@pytest.mark.parametrize(
    "lines",
    [
        PRODUCT[:3],
        PRODUCT[:2],
        [*PRODUCT, line("ada", 1.0, model="m1", threads=1, beam=5)],
        [],
    ],
    ids=["a gap", "one factor", "a factor of one alone", "none"],
)
def test_what_is_no_product_of_factors_has_no_grid(lines: list[ContenderSummary]) -> None:
    """One factor is a list, and a gap has no time."""
    assert not list(grids.grids(lines))


def test_a_line_joins_the_models_of_one_engine() -> None:
    """Contenders that differ in their model alone: here two pairs, one a number of threads."""
    draw = partial(
        charts.front, looks=looks(each.contender for each in PRODUCT), lines=PRODUCT, best=()
    )
    marks = figure("", (), draw).wide.marks
    assert sum(mark.attributes.get("class") == "fit" for mark in marks) == 2
