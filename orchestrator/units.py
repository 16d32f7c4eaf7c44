"""Numbers and names as people read them; None is always an em dash, never a zero."""

from collections.abc import Sequence

NONE = "—"

_C0, _C1 = range(0x20), range(0x7F, 0xA0)
_BIDI = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))  # embeddings, overrides and isolates
# JSON leaves the second kind raw: written like this it still reads as the same text.
_ESCAPES = {code: chr(0x2400 + code) for code in _C0 if chr(code) not in "\t\n"}
_ESCAPES |= {code: f"\\u{code:04x}" for code in (*_C1, *_BIDI)}

_MINUTE = 60.0


def seconds(value: float | None) -> str:
    """Return three significant digits: 0.042 s, 1.23 s, 75.1 s."""
    if value is None:
        return NONE
    digits = 3 if value < 1 else 2 if value < 10 else 1  # noqa: PLR2004 - significant digits
    return f"{value:.{digits}f}"


def duration(value: float) -> str:
    """Return a span for planning: 40 s, 3 min, 1 h, 1 h 20 min."""
    if value < 2 * _MINUTE:
        return f"{value:.0f} s"
    minutes = round(value / _MINUTE)
    hours, rest = divmod(minutes, 60)
    return " ".join(f"{n} {unit}" for n, unit in ((hours, "h"), (rest, "min")) if n)


def size(value: float | None) -> str:
    """Return bytes in decimal units, as disks and downloads are sold: 75 MB, 1.6 GB."""
    if value is None:
        return NONE
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if value >= scale:
            amount = value / scale
            return f"{amount:.1f} {unit}" if unit == "GB" else f"{amount:.0f} {unit}"
    return f"{value:.0f} B"


def percent(value: float | None) -> str:
    """Return a rate as a percentage with one decimal; one that is not 0 never reads as 0.0 %."""
    if value is None:
        return NONE
    small = 0 < value < 0.001  # noqa: PLR2004 - less than the decimal shows
    return f"{100 * value:.1g} %" if small else f"{100 * value:.1f} %"


def share(value: float | None) -> str:
    """Return a share that people choose or compare with one: 5 %, 7.5 %, 12 %."""
    if value is None:
        return NONE
    places = 1 if value < 0.1 else 0  # noqa: PLR2004 - two significant digits
    return f"{100 * value:.{places}f}".removesuffix(".0") + " %"


def factor(value: float | None) -> str:
    """Return a real-time factor: how many seconds of audio one second of work covers."""
    if value is None:
        return NONE
    return f"{value:.1f}" if value < 100 else f"{value:.0f}"  # noqa: PLR2004 - significant digits


def count(number: int, thing: str) -> str:
    """Return a number of things: 1 clip, 3 clips, 1,200 clips."""
    return f"{number:,} {thing}" + "s" * (number != 1)


def named(names: Sequence[str], most: int) -> str:
    """Return the first names, and how many more there are: a, b, c and 2 more."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")


def shortened(text: str, most: int) -> str:
    """Return a text of so many characters at most, with how many more there were."""
    more = len(text) - most
    return text if more <= 0 else f"{text[:most]}… ({more:,} more characters)"


def visible(text: str) -> str:
    """Return a text with every character that acts on a terminal made visible: ESC becomes ␛."""
    return text.translate(_ESCAPES)
