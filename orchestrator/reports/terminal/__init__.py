"""Reports for a terminal: live progress, tables and sentences, drawn on a console that is safe."""

from collections.abc import Iterable
from typing import IO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from orchestrator import units


class SafeConsole(Console):
    """Draws styles and tables; the text in them is made visible, and is never markup."""

    def __init__(self, file: IO[str] | None, *, stderr: bool, width: int | None) -> None:
        super().__init__(
            file=file, stderr=stderr, width=width, markup=False, emoji=False, highlight=False
        )

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Render as rich does, each text made visible."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=units.visible(segment.text))
