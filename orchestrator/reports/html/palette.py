"""Each backend's colour and shape, the same in every chart and table of a page."""

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

_COLOURS = 10  # --b0 to --b9 of the style sheet, each light and dark
# Seven shapes and ten colours have no common factor: seventy backends before a pair comes again.
CIRCLE = "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11z"
_SHAPES = (
    CIRCLE,
    "M3 3h10v10H3z",  # a square
    "M8 2l6.5 11.5h-13z",  # triangles, of which two more below
    "M8 1l6 7-6 7-6-7z",  # a diamond
    "M8 14L1.5 2.5h13z",
    "M6 2h4v4h4v4h-4v4H6v-4H2V6h4z",  # a cross
    "M14 8L2.5 14.5v-13z",
)

# Markup.format escapes; a style attribute would be against the page's own policy.
_KEY = Markup(
    '<svg class="key" viewBox="0 0 16 16" aria-hidden="true"><path fill="{}" d="{}"/></svg>'
)


@dataclass(frozen=True, slots=True)
class Look:
    """How a backend is drawn."""

    number: int

    @property
    def colour(self) -> str:
        """Return the colour as the style sheet names it, light or dark."""
        return f"var(--b{self.number % _COLOURS})"

    @property
    def shape(self) -> str:
        """Return the shape as a path on 16 by 16 pixels."""
        return _SHAPES[self.number % len(_SHAPES)]

    @property
    def key(self) -> Markup:
        """Return a small drawing of it, to stand before the name."""
        return _KEY.format(self.colour, self.shape)


def looks(backends: Iterable[str]) -> dict[str, Look]:
    """Give each backend its look, by the alphabet: who is faster today changes no colour."""
    return {name: Look(number) for number, name in enumerate(sorted(set(backends)))}
