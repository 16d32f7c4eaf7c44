"""Charts as static SVG, drawn twice: for a page, and for a phone.

A chart is a list of marks in pixels; the template writes and escapes them. It needs no script, so
paper and readers without scripts have all of it; tooltips are a `<title>` on every mark. Colours
and fonts are the style sheet's, so that one drawing is light and dark. One width would be
unreadable on a phone or lost on a page: there are two.
"""

import math
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

# Not for XML, or able to turn the text around them.
_UNDRAWABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_NAME = 160
_WIDE, _NARROW = (900, 320), (318, 154)  # a drawing, and at most so much of it for names
_TICK, _ROW = 70.0, 40.0  # pixels between two ticks, about: side by side, one above the other
_CLOSER = 0.8  # of that may be between two, before the next round step
_STEPS = (1, 2, 5)  # of ten, between ticks
LINE = 13.0  # pixels from one line of a name, or one name, to the next
_LINES = 4  # of a name left of the data, at most
CHARACTER = 7.2  # pixels, about, at 12 to the em, in the widest of usual fonts
BESIDE = 10  # pixels between a name and the data
FOOT = 44  # pixels for the numbers of an axis and its title
EDGE = 12  # pixels right of the data


Tag: TypeAlias = Literal["path", "rect", "line", "text"]
Place: TypeAlias = tuple[float, float]
"""Pixels from the left and from the top."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One element of a drawing; `says` is what it tells when pointed at."""

    tag: Tag
    attributes: dict[str, str]
    says: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Canvas:
    """How wide a drawing is, and how much of that the names on the left take; pixels.

    `lines` is of how many lines the longest of these names is.
    """

    width: int
    names: float
    lines: int = 1

    @property
    def plot(self) -> float:
        """Return what is left for the data."""
        return self.width - self.names - EDGE

    def row(self, least: float) -> float:
        """Return the height of a row: its name has room in it."""
        return max(least, LINE * self.lines + 8)


@dataclass(frozen=True, slots=True)
class Drawing:
    """Marks on an area, the last on top, and what they say to whoever does not see them."""

    width: float
    height: float
    marks: Sequence[Mark]
    says: str = ""
    top: float = 0.0  # pixels above the data


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart in two widths."""

    title: str
    wide: Drawing
    narrow: Drawing


def figure(title: str, names: Iterable[str], draw: Callable[[Canvas], Drawing]) -> Figure:
    """Draw a chart for both widths; `names` stand left of the data."""
    shown = list(map(drawable, names))
    wide, narrow = (draw(_canvas(width, most, shown)) for width, most in (_WIDE, _NARROW))
    return Figure(title, wide, narrow)


def _canvas(width: int, most: float, names: Sequence[str]) -> Canvas:
    """Return a canvas with as much room for names as they take, up to so much."""
    wrapped = [_wrapped(name, most) for name in names]
    longest = max((len(line) for lines in wrapped for line in lines), default=0)
    return Canvas(width, CHARACTER * longest + BESIDE, max(map(len, wrapped), default=1))


def _wrapped(name: str, room: float) -> list[str]:
    """Return the lines of a name, by its letters: the reader's font is not known here."""
    most = max(1, round((room - BESIDE) / CHARACTER))
    return textwrap.wrap(name, most, max_lines=_LINES, placeholder="…")


@dataclass(frozen=True, slots=True)
class Scale:
    """Where values stand on an axis of `length` pixels; by factors, if `log`.

    `ends` are the least and the most that is drawn, `padding` pixels from the axis' own ends.
    """

    ends: tuple[float, float]
    length: float
    padding: float = 0.0
    log: bool = False

    def __call__(self, value: float) -> float:
        """Return the pixel of a value: the middle, if the ends are one."""
        low, high = map(self._place, self.ends)
        if low == high:
            return self.length / 2
        room = self.length - 2 * self.padding
        return self.padding + (self._place(value) - low) * room / (high - low)

    def _place(self, value: float) -> float:
        return math.log(value) if self.log else float(value)

    def ticks(self, most: float) -> list[float]:
        """Return round values within the axis, about so many."""
        low, high = self.ends
        if math.isclose(low, high):
            return [low]
        if self.log and len(found := self._by_factors(most)) > 1:
            return found
        step = _round_step(_CLOSER * (high - low) / max(1, min(most, 8)))
        near = range(math.floor(low / step) - 1, math.ceil(high / step) + 2)
        # Significant digits, not decimals: the axis may be far narrower than its values.
        return [value for n in near if self._holds(value := float(f"{n * step:.12g}"))]

    def _by_factors(self, most: float) -> list[float]:
        """Return 1, 2, 5, 10 ..., or as many powers of ten as there is room for."""
        first, last = (math.floor(math.log10(end)) for end in self.ends)
        tens = [10.0**power for power in range(first - 1, last + 2)]
        every = [value for ten in tens for step in _STEPS if self._holds(value := step * ten)]
        if len(every) <= most:
            return every
        held = [ten for ten in tens if self._holds(ten)]
        return held[:: math.ceil(len(held) / max(1, most)) or 1]

    def _holds(self, value: float) -> bool:
        return not (self.log and value <= 0) and 0 <= self(value) <= self.length


def _round_step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next((step * power for step in _STEPS if step * power >= least), 10 * power)


def drawable(text: str) -> str:
    """Return a name that can be drawn: on one line, not too long, its letters in their order."""
    plain = _UNDRAWABLE.sub(" ", text)
    return plain if len(plain) <= _NAME else f"{plain[: _NAME - 1]}…"


def _mark(tag: Tag, attributes: Mapping[str, str | float], says: str = "", words: str = "") -> Mark:
    written = {
        name.rstrip("_").replace("_", "-"): value if isinstance(value, str) else _number(value)
        for name, value in attributes.items()
    }
    return Mark(tag, written, _UNDRAWABLE.sub(" ", says), _UNDRAWABLE.sub(" ", words))


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def point(at: Place, shape: str, colour: str, scale: float = 1.0, says: str = "") -> Mark:
    """Draw a shape of 16 by 16 pixels around a place."""
    x, y = (_number(pixel - 8 * scale) for pixel in at)
    how = {"d": shape, "fill": colour, "transform": f"translate({x} {y}) scale({scale:g})"}
    return _mark("path", how | ({"class": "dot"} if scale < 1 else {}), says)


def bar(at: Place, width: float, height: float, colour: str, says: str = "") -> Mark:
    """Draw a bar from the middle of its left end."""
    where = {"x": at[0], "y": at[1] - height / 2, "width": width, "height": height}
    return _mark("rect", where | {"fill": colour, "class": "bar"}, says)


def line(begin: Place, end: Place, **how: str) -> Mark:
    """Draw a straight line; `how` is its class and its colour."""
    return _mark("line", {"x1": begin[0], "y1": begin[1], "x2": end[0], "y2": end[1], **how})


def curve(points: Iterable[Place], *, steps: bool = False, **how: str) -> Mark:
    """Draw a line through points; with `steps` level to the next and then up or down."""
    placed = [(_number(x), _number(y)) for x, y in points]
    moves = "".join(f"H{x}V{y}" if steps else f"L{x} {y}" for x, y in placed[1:])
    return _mark("path", {"d": f"M{' '.join(placed[0])}{moves}", "fill": "none", **how})


def text(at: Place, words: str, anchor: str = "start", says: str = "", **how: str) -> Mark:
    """Write words around a height."""
    return _mark("text", {"x": at[0], "y": at[1] + 4, "text_anchor": anchor, **how}, says, words)


def name(canvas: Canvas, y: float, words: str) -> Iterator[Mark]:
    """Write a name left of the data, on several lines if it is long."""
    lines = _wrapped(words, canvas.names)
    for number, words_ in enumerate(lines):
        middle = y + LINE * (number - (len(lines) - 1) / 2)
        yield text((canvas.names - BESIDE, middle), words_, "end")


def below(
    scale: Scale, left: float, ends: tuple[float, float], title: str, *, numbers: bool = True
) -> Iterator[Mark]:
    """Draw the lines of an axis that lies under the data and, with `numbers`, what they mean."""
    top, bottom = ends
    for value in scale.ticks(scale.length / _TICK):
        x = left + scale(value)
        yield line((x, top), (x, bottom), class_="grid")
        if numbers:
            yield text((x, bottom + 14), f"{value:,g}", "middle", class_="soft")
    if numbers:
        yield text((left + scale.length / 2, bottom + 34), title, "middle", class_="soft")


def beside(scale: Scale, left: float, width: float, bottom: float, title: str) -> Iterator[Mark]:
    """Draw the lines, numbers and title of an axis that stands left of the data."""
    for value in scale.ticks(scale.length / _ROW):
        y = bottom - scale(value)
        yield line((left, y), (left + width, y), class_="grid")
        yield text((left - 8, y), f"{value:,g}", "end", class_="soft")
    middle = bottom - scale.length / 2
    turned = f"rotate(-90 14 {_number(middle)})"
    yield text((14, middle - 4), title, "middle", class_="soft", transform=turned)
