"""What `--help` says: every command shows how it is typed."""

from collections.abc import Iterator

import pytest
import typer

from orchestrator.cli import app


def commands() -> Iterator[tuple[str, typer.core.TyperCommand]]:
    """Yield every command that does something, under the words that start it."""
    waiting = [("", typer.main.get_command(app))]
    while waiting:
        words, command = waiting.pop()
        if isinstance(command, typer.core.TyperGroup):
            waiting += [(f"{words} {name}", each) for name, each in command.commands.items()]
        else:
            yield words.strip(), command


COMMANDS = dict(commands())


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_has_an_example(words: str) -> None:
    """Its help ends with a line that can be copied, and every option says what it does."""
    command = COMMANDS[words]
    assert command.help
    assert words in (command.epilog or "").partition("Example")[2]
    assert all(getattr(each, "help", None) for each in command.params)
