"""What `--help` says: every command shows how it is typed."""

import re
from collections.abc import Callable, Iterator
from importlib.metadata import version

import pytest
import typer
from typer.testing import CliRunner

from orchestrator.cli import app, values


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
    examples = (command.epilog or "").partition("Example")[2].partition("  ")[2]
    assert all(words in example for example in examples.split("  |  "))
    assert all(getattr(each, "help", None) for each in command.params)


def shown(*words: str) -> str:
    """Return what a command's help prints."""
    done = CliRunner().invoke(app, [*words, "--help"], terminal_width=80)
    assert done.exit_code == 0
    return done.stdout


def test_no_summary_is_cut() -> None:
    """The list of commands has each one's first sentence whole."""
    listed = " ".join(shown().split())
    assert "..." not in listed.partition("Commands:")[2]
    assert "one run or of several; every run already has its own." in listed


def test_the_options_of_run_come_in_groups() -> None:
    """What to transcribe, backends, decoding, measurement, machines, output: each is in one."""
    groups = [
        line[:-1] for line in shown("run").splitlines() if line[:1].strip() and line[-1] == ":"
    ]
    assert groups == [
        "What to transcribe",
        "Backends and models",
        "Decoding",
        "Measurement",
        "Multiple machines",
        "Output",
        "Options",
        "Examples",
    ]
    assert shown("run").partition("\nOptions:\n")[2].count("--") == 1 + shown("run").partition(
        "\nExamples:\n"
    )[2].count("--")
    assert "may be repeated" in " ".join(shown("run").split())


@pytest.mark.parametrize("words", COMMANDS)
def test_options_go_by_one_name_and_say_defaults_once(words: str) -> None:
    """Where a command writes, or finds runs, is `--output`; a value has a name, not its type's."""
    names = [set(each.opts) for each in COMMANDS[words].params]
    former = {"--out", "--results", "--region", "--html"}
    for option in names:
        assert not option & former or option & {"--output", "--threshold"}
    text = shown(*words.split())
    for name in former:
        assert f"{name} " not in text
    assert not re.search(r"<[a-z ]+>", text)
    assert not re.search(r"\[([^\]]+)\]\.?\s+\[default:\s+\1", text)


@pytest.mark.parametrize("text", ["3%", "3 %", "0.03", " 3.0% "])
def test_a_share_is_written_in_both_ways(text: str) -> None:
    """Percent and decimals are one value in every option."""
    assert values.fraction(text) == pytest.approx(0.03)
    assert values.shares([f"speed={text}"]) == {"speed": pytest.approx(0.03)}


@pytest.mark.parametrize(
    ("read", "texts"),
    [
        (values.span, ["5", "", "0s", "-5m", "5 weeks"]),
        (values.size, ["8", "", "0GB", "-8GB", "8 apples"]),
        (values.fraction, ["", "%", "3", "120 %", "-1%", "nan", "3%%"]),
        (values.program, ["", " ", "'", "no-such-program --at-all"]),
        (values.language, ["qqqq", ""]),
    ],
)
def test_values_that_make_no_sense_are_refused(
    read: Callable[[str], object], texts: list[str]
) -> None:
    """A bare number where a unit matters too."""
    for text in texts:
        with pytest.raises(typer.BadParameter):
            read(text)


def test_the_version_is_told() -> None:
    """`--version` comes before any command."""
    done = CliRunner().invoke(app, ["--version"])
    assert (done.exit_code, done.stdout) == (
        0,
        f"whisper-cleanroom {version('whisper-cleanroom')}\n",
    )
