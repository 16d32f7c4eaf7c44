"""What people wrote about a backend: the sections of envs/<backend>/notes.md."""

import os.path
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from orchestrator.backends import Backend

_HEADING = re.compile(r"^## +(.+)$", re.MULTILINE)
_LINK = re.compile(r"(\]\()(?![a-z]+:|#|/)([^)\s]+)")


@dataclass(frozen=True)
class Notes:
    """A notes.md by its sections; a backend without the file has none."""

    folder: Path
    opening: str
    sections: dict[str, str]

    @classmethod
    def of(cls, backend: Backend) -> Self:
        """Read a backend's notes."""
        try:
            text = (backend.folder / "notes.md").read_text("utf-8")
        except FileNotFoundError:
            text = ""
        opening, *rest = _HEADING.split(text)
        opening = re.sub(r"\A# .*\n", "", opening).strip()
        titles, bodies = rest[::2], rest[1::2]
        sections = {t.strip(): b.strip() for t, b in zip(titles, bodies, strict=True)}
        return cls(backend.folder, opening, sections)

    def section(self, title: str) -> str:
        """Return a section's text; empty where there is none."""
        return self.sections.get(title, "")

    def seen_from(self, folder: Path, text: str) -> str:
        """Return a text with its relative links turned to work from another folder."""

        def turned(match: re.Match[str]) -> str:
            target = os.path.relpath(self.folder / match[2], folder)
            return f"{match[1]}{Path(target).as_posix()}"

        return _LINK.sub(turned, text)
