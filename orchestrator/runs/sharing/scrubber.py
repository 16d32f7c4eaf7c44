"""Records without what tells who made them: no folders, names of people or machines, secrets.

Kept as they are: what was said and what was heard, and the names of clips, corpora, backends and
models. Sentences of libraries (errors, ends of logs) may hold anything, and are searched.
"""

import getpass
import os
import re
import shlex
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from orchestrator.runs.folder import RunFolder

# Fields with sentences, of every record; a name here is never one of a transcript.
_SENTENCES = frozenset(
    {"reason", "fix", "detail", "log_tail", "message", "note", "what", "where", "failed", "ended"}
)
_PATHS = frozenset({"path", "corpus", "kind", "kinds"})  # of noise: a name, or a file
_ENTRIES = {"local": "path", "resolved": "resolved"}  # of these tables each entry is one
# A name of a user may have spaces, where something follows it.
_HOMES = re.compile(r"(/home|/Users|[A-Za-z]:\\Users)[/\\]([^/\\\n'\"]+(?=[/\\])|[^\s/\\'\"]+)")
_FOLDERS = re.compile(r"(?<![\w.~:/\\-])(?:~|[A-Za-z]:)?[/\\](?:[^\s/\\'\"]+[/\\])+")
_SHORTEST = 4  # characters: a shorter value of an environment is in every other word


class Scrubber:
    """Takes this machine, its user and its environment out of records of one run."""

    def __init__(self, folder: RunFolder) -> None:
        known = {**_surroundings(), **dict.fromkeys(_folders(folder), "folder"), **_identity()}
        # The longest first: a home is the beginning of other folders.
        self._known = sorted(known.items(), key=lambda entry: -len(entry[0]))

    def record(self, value: Any, field: str = "") -> Any:  # noqa: ANN401 - whatever JSON has
        """Return a record's JSON with each field as its name asks."""
        if isinstance(value, Mapping):
            return {
                key: self.record(each, _ENTRIES.get(field) or key) for key, each in value.items()
            }
        if isinstance(value, list):
            return [self.record(each, field) for each in value]
        return self._text(value, field) if isinstance(value, str) else value

    def _text(self, text: str, field: str) -> str:
        if field in _SENTENCES:
            return self.sentence(text)
        if field in _PATHS:
            return last(text)
        if field == "load":
            return self.sentence(_program(text))
        return _without_folders(text) if field == "resolved" else text

    def sentence(self, text: str) -> str:
        """Return a text without folders, and with the name of whatever else it gives away."""
        for secret, name in self._known:
            found = re.compile(rf"(?<!\w){re.escape(secret)}(?!\w)", re.IGNORECASE)
            text = found.sub(f"<{name}>", text)
        return _without_folders(text)


def last(path: str) -> str:
    """Return the last part of a path, whichever system wrote it."""
    return re.split(r"[/\\]", path.rstrip("/\\"))[-1]


def _folders(folder: RunFolder) -> Iterator[str]:
    """Yield the folders that a run's records name, which may have spaces; and its own."""
    manifest = folder.manifest()
    yield str(folder.path.resolve().parent)
    paths = {str(clip.path.parent) for clip in (*manifest.warm_ups, *folder.clips())}
    paths |= {str(made.model.path.parent) for made in manifest.backends}
    paths |= {str(o.path) for made in manifest.backends if (o := made.origin) and o.path}
    paths |= {str(Path(path).parent) for path in manifest.settings.local.values()}
    yield from (path for path in paths if len(path) >= _SHORTEST)


def _without_folders(text: str) -> str:
    return _FOLDERS.sub("", _HOMES.sub("~", text))


def _identity() -> dict[str, str]:
    """Return what names this machine and its user."""
    names = {_user(): "user", Path.home().name: "user", str(Path.home()): "home"}
    host = socket.gethostname()
    names |= {host: "host", host.partition(".")[0]: "host"}
    return {secret: name for secret, name in names.items() if secret.strip("/")}


def _surroundings() -> dict[str, str]:
    """Return the environment's values by name: tokens, addresses, folders."""
    found = {os.getcwd(): "cwd"}  # noqa: PTH109 - as text
    return found | {
        value: name for name, value in os.environ.items() if len(value.strip()) >= _SHORTEST
    }


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a user without an entry, as in containers
        return ""


def _program(command: str) -> str:
    """Return the program of a command line in a way that nothing can start."""
    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    return f"[{last(words[0])}]" if words else "[]"
