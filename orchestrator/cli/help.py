"""Help as it is shown: options in groups, examples a line each, summaries whole."""

import re
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

_FORMER = ("--out", "--html", "--region", "--results")  # names that still work


class Command(TyperCommand):
    """A command whose help has its options in groups, and says nothing of their former names."""

    def format_options(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override]  # noqa: ANN401
        """Write arguments and options under their panels, in the order of the first of each."""
        panels: dict[str, list[tuple[str, str]]] = {}
        for each in self.get_params(ctx):
            if record := each.get_help_record(ctx):
                panel = getattr(each, "rich_help_panel", None)
                usual = "Arguments" if each.param_type_name == "argument" else "Options"
                panels.setdefault(panel or usual, []).append((_present(record[0]), record[1]))
        for panel, records in panels.items():
            with formatter.section(panel):
                formatter.write_dl(records)

    def format_epilog(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override]  # noqa: ANN401
        """Write the examples, one a line."""
        del ctx
        title, _, examples = (self.epilog or "").rpartition(":  ")
        with formatter.section(title or "Examples"), formatter.indentation():
            for example in examples.split("  |  "):
                formatter.write_text(example.strip())

    def get_short_help_str(self, limit: int = 0) -> str:
        """Return the summary whole; it is folded where it is shown."""
        return super().get_short_help_str(max(limit, len(self.help or "")))


class Group(TyperGroup):
    """A group of commands, with its summary whole too."""

    def get_short_help_str(self, limit: int = 0) -> str:
        """Return the summary whole; it is folded where it is shown."""
        return super().get_short_help_str(max(limit, len(self.help or "")))


def _present(names: str) -> str:
    """Return a parameter's names without those it had before, and what stands for its value."""
    return re.sub(rf", ({'|'.join(_FORMER)})\b|(?<=\S) <\S+>$", "", names)
