"""The user's servers, which remote backends send audio to: servers.toml, a table a server.

A key stays in memory: it goes from here to the runner that sends it, and nowhere else.
"""

import ipaddress
import os
import re
import socket
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from orchestrator.errors import ConfigError, ModelUnavailable, did_you_mean, in_words, quoted
from orchestrator.places import servers_file
from runners import protocol

SETTING = "server"
"""The setting of a remote backend's contender that names its server."""
_HELP = "docs/usage.md#measure-a-server"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_PATH = "/v1"  # where a URL names no other
_KEY = re.compile(r"[\x21-\x7e]+")  # what an HTTP header can hold


@dataclass(frozen=True)
class Server:
    """One server; `models` says what it calls a model that goes by another name here."""

    name: str
    url: str  # as far as `/audio/transcriptions` goes after it
    key: str | None = field(default=None, repr=False)
    models: dict[str, str] = field(default_factory=dict)

    def called(self, model: str) -> str:
        """Return what the server calls a model."""
        return self.models.get(model, model)

    @property
    def told(self) -> protocol.Server:
        """What a runner is told."""
        return protocol.Server(url=self.url, key=self.key)


class _Table(BaseModel):
    """One table of the file; a fault in it must not quote the key."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)

    url: str
    key: SecretStr | None = None
    key_variable: Annotated[str, Field(pattern=r"^\w+$")] | None = None
    models: dict[str, Annotated[str, Field(pattern=r"\S")]] = {}

    @model_validator(mode="after")
    def _one_key(self) -> "_Table":
        if self.key and self.key_variable:
            raise ValueError("it has a `key` and a `key_variable`: leave one out")
        return self


_TABLES = TypeAdapter(dict[str, _Table])


def names() -> list[str]:
    """Return the names of the servers; none without a file. Raises ConfigError."""
    return list(_tables(servers_file()))


def chosen(backend: str, settings: Mapping[str, object]) -> Server:
    """Return the server that a contender's settings name, or the only one there is.

    Raises ModelUnavailable where there is none at all, ConfigError for a name that is none, and
    for one that cannot be used as it is written.
    """
    path, asked = servers_file(), settings.get(SETTING)
    tables = _tables(path)
    if not tables:
        raise ModelUnavailable(nowhere())
    first = next(iter(tables))
    if asked is None and len(tables) > 1:
        several = f"{path} has several servers: {', '.join(tables)}"
        raise ConfigError(several, f"say which: --set {backend}:{SETTING}={first}")
    name = first if asked is None else str(asked)
    if name not in tables:
        there = f"{did_you_mean(name, tables)}there are: {', '.join(tables)}"
        raise ConfigError(f"{path} has no server {name!r}", there)
    try:
        return _server(name, tables[name])
    except ValueError as error:
        raise ConfigError(f"{path}: {name}: {error}", f"correct it: {_HELP}") from None


def nowhere() -> str:
    """Say that no server is configured, and where one would be."""
    return f"needs a server, and {servers_file()} names none ({_HELP})"


def _tables(path: Path) -> dict[str, _Table]:
    try:
        tables = _TABLES.validate_python(tomllib.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return {}
    except ValidationError as error:
        raise ConfigError(f"{path}: {in_words(error)}", f"correct it: {_HELP}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"{path} cannot be read: {reason}", f"correct it: {_HELP}") from None
    if any(table.key for table in tables.values()) and path.stat().st_mode & _OTHERS:
        raise ConfigError(
            f"{path} holds a key, and other users can read it", f"chmod 600 {quoted(path)}"
        )
    return tables


def _server(name: str, table: _Table) -> Server:
    """Return a server that can be asked; raise ValueError for what is wrong with it."""
    url, key = _url(table.url), _key(table)
    parts = urlsplit(url)
    if key and parts.scheme == "http" and not _near(parts.hostname or ""):
        raise ValueError("its key would be sent over plain http: write https, or leave it out")
    return Server(name, url, key, dict(table.models))


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"url: {parts.scheme or 'it'} is no http or https address of a host")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("url: only scheme, host, port and path: a key has a place of its own")
    _ = parts.port  # raises ValueError for one that is none
    base = parts.path.rstrip("/").removesuffix("/audio/transcriptions")
    return f"{parts.scheme}://{parts.netloc}{base or _PATH}"


def _key(table: _Table) -> str | None:
    key = table.key.get_secret_value() if table.key else None
    if table.key_variable:
        key = os.environ.get(table.key_variable)
        if not key:
            raise ValueError(f"key_variable: {table.key_variable} is not set here: export it")
    if key is not None and not _KEY.fullmatch(key):
        raise ValueError("its key has characters that no key has, such as a space or a line end")
    return key


def _near(host: str) -> bool:
    """Tell whether a host is this machine or of a private network, whatever its name is here."""
    try:
        found = socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)
    except OSError:
        raise ValueError(f"url: {host} is not known here") from None
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    return all(not address.is_global and not address.is_multicast for address in addresses)
