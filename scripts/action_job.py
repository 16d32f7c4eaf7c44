"""What a job of GitHub's tells a step of the Action, and what the step tells it."""

import json
import os
import re
import secrets
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PRODUCT = "whisper-cleanroom"
_DIGITS = 16


class Fault(Exception):
    """What a user of the Action has to correct."""


def given(name: str) -> str:
    """Return an input of the Action, "" where it is not given."""
    return str(json.loads(variable("INPUTS") or "{}").get(name, "")).strip()


def words(name: str) -> list[str]:
    """Return the words of an input, quoted as for a shell; none sees them."""
    try:
        return shlex.split(given(name))
    except ValueError as error:
        raise Fault(f"{name}: {error}") from error


def variable(name: str) -> str:
    """Return an environment variable, "" where it is not set."""
    return os.environ.get(name, "")


def output(name: str, value: str) -> None:
    """Set an output of the step; no line of the value can end it early."""
    end = secrets.token_hex(_DIGITS)
    append("GITHUB_OUTPUT", f"{name}<<{end}\n{value}\n{end}\n")


def append(name: str, text: str) -> None:
    """Add to a file that the job names, or print where it names none."""
    if place := variable(name):
        with Path(place).open("a", encoding="utf-8") as file:
            file.write(text)
    else:
        print(text)


def asked(name: str) -> bool:
    """Whether an input is true; raise Fault for what is neither."""
    if (value := given(name)) not in {"", "true", "false"}:
        raise Fault(f"{name} is {value!r}: write true or false")
    return value == "true"


def name() -> str:
    """Return what tells this use of the Action from others; raise Fault for an odd one."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,50}", chosen := given("name")):
        raise Fault(f"name is {chosen!r}: letters, digits, dots, dashes")
    return chosen


def work() -> Path:
    """Return the folder of this use of the Action in this job."""
    return Path(variable("RUNNER_TEMP")) / PRODUCT / name()


def folders() -> dict[str, str]:
    """Return where what is kept from job to job lies, by the variable that says so.

    Beside other tools: on a machine of your own it stays there. What is set already, stays set.
    """
    tools = Path(variable("RUNNER_TOOL_CACHE") or variable("RUNNER_TEMP")) / PRODUCT
    names = ("WHISPER_CLEANROOM_CACHE", "WHISPER_CLEANROOM_DATA", "UV_CACHE_DIR")
    usual = {key: str(tools / key.lower()) for key in (*names, "UV_PYTHON_INSTALL_DIR")}
    return {key: variable(key) or folder for key, folder in usual.items()}


def surroundings() -> dict[str, str]:
    """Return the environment of what a step runs."""
    place = work() / "tool"
    tool = {"UV_TOOL_DIR": str(place), "UV_TOOL_BIN_DIR": str(place / "bin")}
    return os.environ | folders() | tool


def program() -> str:
    """Return where the product is installed to."""
    return str(work() / "tool" / "bin" / PRODUCT)


@contextmanager
def no_commands() -> Iterator[None]:
    """Let GitHub take no line of a log, which may be a transcript, for a command to it."""
    token = secrets.token_hex(_DIGITS)
    print(f"::stop-commands::{token}", flush=True)
    try:
        yield
    finally:
        print(f"::{token}::", flush=True)


def notice(kind: str, text: str) -> None:
    """Show an error or a warning on the job's page."""
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    print(f"::{kind}::{escaped}", flush=True)


def state() -> dict[str, Any]:
    """Return what earlier steps remember; before any, that nothing was measured."""
    path = work() / "state.json"
    known = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return {"run": 2, "folder": "", "compare": 0} | known


def remember(**values: object) -> None:
    """Keep something for later steps."""
    work().mkdir(parents=True, exist_ok=True)
    (work() / "state.json").write_text(json.dumps(state() | values), encoding="utf-8")
