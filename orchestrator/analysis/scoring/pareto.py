"""Who is worth choosing: nobody else is both at least as fast and at least as accurate."""

from collections.abc import Mapping

Point = tuple[float | None, float | None]


# Ten lines of our own: the library `paretoset` brings numba, llvmlite and pandas with it, 150 MB
# and 2.7 s of import, to compare what is never more than a few dozen backends.
def front(points: Mapping[str, Point]) -> tuple[str, ...]:
    """Name the points that no other beats, the lowest first value first.

    A point has two costs, such as seconds and WER (or 1/RTFx and WER): less is better in both. One
    beats another by being no worse in both and better in one, so equals stand together. A point
    with a cost that is None, which was not measured, neither stands nor beats.
    """
    known = {
        name: (cost, other)
        for name, (cost, other) in points.items()
        if cost is not None and other is not None
    }
    standing = [name for name in known if not any(_beats(p, known[name]) for p in known.values())]
    return tuple(sorted(standing, key=lambda name: known[name]))


def _beats(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one != other and one[0] <= other[0] and one[1] <= other[1]
