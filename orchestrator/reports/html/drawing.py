"""Charts as static SVG, drawn twice: for a page, and for a phone.

Altair describes a chart and vl-convert draws it, here and not in the browser. The Vega runtime
would cost a page 800 kB, a phone a second, the page its policy (it makes code from text), and would
leave paper and readers without scripts with nothing. What it offers in return, tooltips and
zooming, is a `<title>` on every mark and a table beside the chart. Colours are names of the style
sheet's, so that one drawing is light and dark. One width would be unreadable on a phone or lost on
a page: there are two.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import altair as alt
import vl_convert
from markupsafe import Markup

Chart: TypeAlias = alt.Chart | alt.LayerChart | alt.FacetChart | alt.VConcatChart
Values: TypeAlias = list[dict[str, Any]]

_SVG = "{http://www.w3.org/2000/svg}"
_ELEMENTS = {f"{_SVG}{name}" for name in ("svg", "g", "path", "line", "rect", "text")}
# What draws, and nothing that links, runs or styles.
_ATTRIBUTES = {
    "viewBox", "width", "height", "x", "y", "x1", "x2", "y1", "y2", "d", "transform",
    "fill", "stroke", "opacity", "fill-opacity", "stroke-opacity", "stroke-width",
    "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "stroke-miterlimit",
    "text-anchor", "font-size", "font-weight", "font-style", "display",
}  # fmt: skip
_DIGITS = re.compile(r"(\.\d\d)\d+")
# Not for XML, or able to turn the text around them.
_UNDRAWABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_NAME = 40
CHARACTER = 6.8  # pixels, about, at 12 to the em, in the widest of usual fonts
_BESIDE = 10  # pixels between a name and the data


@dataclass(frozen=True, slots=True)
class Canvas:
    """How wide a drawing is, and how much of that the names on the left take; pixels."""

    width: int
    names: float

    @property
    def plot(self) -> float:
        """Return what is left for the data."""
        return self.width - self.names - 12


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart in two widths, and what it says to whoever does not see it."""

    title: str
    says: str
    wide: Markup
    narrow: Markup


def figure(title: str, says: str, names: Iterable[str], draw: Callable[[Canvas], Chart]) -> Figure:
    """Draw a chart for both widths; `names` stand left of the data."""
    needed = CHARACTER * max((len(drawable(name)) for name in names), default=0) + _BESIDE
    canvases = (Canvas(width, min(needed, limit)) for width, limit in ((900, 200), (318, 154)))
    wide, narrow = (_drawn(draw(canvas)) for canvas in canvases)
    return Figure(title, says, wide, narrow)


def data(values: Values) -> alt.InlineData:
    """Return values as they are drawn: written into the chart, their texts on one line."""
    plain = [
        {k: _UNDRAWABLE.sub(" ", v) if isinstance(v, str) else v for k, v in row.items()}
        for row in values
    ]
    return alt.InlineData(values=plain)


def drawable(text: str) -> str:
    """Return a name that can be drawn: on one line, not too long, its letters in their order."""
    plain = _UNDRAWABLE.sub(" ", text)
    return plain if len(plain) <= _NAME else f"{plain[: _NAME - 1]}…"


def names_axis(canvas: Canvas) -> alt.Axis:
    """Return an axis of names, of the same width in every chart.

    Names are cut by their letters: how wide the reader's font is, is not known here.
    """
    extent = canvas.names
    cut = f"truncate(datum.label, {round((extent - _BESIDE) / CHARACTER)})"
    return alt.Axis(
        title=None, labelExpr=cut, labelLimit=0, minExtent=extent, maxExtent=extent,
        labelPadding=8, ticks=False, domain=False, grid=False,
    )  # fmt: skip


def _drawn(chart: Chart) -> Markup:
    spec = chart.configure(**_CONFIG).to_dict(validate=False)
    return _clean(vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]))


def _clean(svg: str) -> Markup:
    """Rebuild a drawing from what is known to be harmless; a mark's description is its title."""
    root = ET.fromstring(svg)  # noqa: S314 - vl-convert's own output, without a document type
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag not in _ELEMENTS or _is_nothing(child):
                parent.remove(child)
    for element in root.iter():
        label = element.get("aria-label") if element.get("role") == "graphics-symbol" else None
        kept = {k: _DIGITS.sub(r"\1", v) for k, v in element.attrib.items() if k in _ATTRIBUTES}
        element.attrib.clear()
        element.attrib.update(kept)
        if label:
            ET.SubElement(element, f"{_SVG}title").text = label
    root.set("aria-hidden", "true")  # the figure itself says what it shows
    del root.attrib["height"]
    ET.register_namespace("", _SVG[1:-1])
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704 - made of elements we know


def _is_nothing(element: ET.Element) -> bool:
    return element.get("display") == "none" or (element.tag == f"{_SVG}g" and not len(element))


_TEXT = {"labelColor": "var(--soft)", "titleColor": "var(--soft)", "titleFontWeight": "normal"}
_SIZES = {"labelFontSize": 12, "titleFontSize": 12}
_CONFIG: dict[str, Any] = {
    "font": "sans-serif",
    "background": "transparent",
    "view": {"stroke": None},
    "axis": {**_TEXT, **_SIZES, "gridColor": "var(--line)", "domainColor": "var(--line)",
             "tickColor": "var(--line)", "labelPadding": 5, "titlePadding": 8,
             "labelFlush": False},
    "axisY": {"labelColor": "var(--ink)"},
    "legend": {**_TEXT, **_SIZES, "symbolStrokeWidth": 0, "rowPadding": 3, "columnPadding": 14},
    "text": {"fontSize": 12, "fill": "var(--ink)"},
}  # fmt: skip
