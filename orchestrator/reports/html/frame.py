"""What every page is made with: a template that escapes, our style and script, and its policy."""

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from orchestrator import units
from orchestrator.reports.html.tables import Name

_MOST_SHOWN = 500  # characters of a name, a setting or a sentence


def page(template: str, style: Markup, script: Markup, **shown: object) -> str:
    """Return a page whose policy lets nothing but this style and this script act."""
    made = _environment().get_template(template)
    return made.render(style=style, script=script, policy=_policy(style, script), **shown)


@cache
def _environment() -> Environment:
    """Return the templates, in which whatever is not ours is escaped."""
    made = Environment(
        loader=PackageLoader("orchestrator.reports.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "short": _short,
        "duration": units.duration,
        "seconds": units.seconds,
        "size": units.size,
        "count": units.count,
        "clock": _clock,
    }
    made.tests["name"] = lambda value: isinstance(value, Name)
    return made


def asset(name: str) -> Markup:
    """Return a style sheet or a script of ours, to stand in the page as it is."""
    text = (Path(__file__).parent / "templates" / name).read_text("utf-8")
    return Markup(text)  # noqa: S704 - our own file


def _policy(style: str, script: str) -> str:
    """Forbid everything but this style, this script, and sound that is in the page or chosen."""
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)};"
        " img-src data:; media-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _short(value: object) -> str:
    """Return text of a length that a page can show."""
    return units.shortened(str(value), _MOST_SHOWN)


def _clock(seconds: float) -> str:
    """Return a place in a recording: 0:07, 1:02:30."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
