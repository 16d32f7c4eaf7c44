"""What the user has set for uv: passed on where it changes no environment, named where it would."""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

# Network, disk, and where Python comes from; none of it changes what is installed, or where.
_KEPT = re.compile(
    r"UV_(CACHE_DIR|NO_CACHE|LINK_MODE|CONCURRENT_\w+"
    r"|HTTP_\w*TIMEOUT|REQUEST_TIMEOUT|HTTP_RETRIES|OFFLINE|LOCK_TIMEOUT"
    r"|NATIVE_TLS|SYSTEM_CERTS|INSECURE_HOST|KEYRING_PROVIDER|CREDENTIALS_DIR"
    r"|DEFAULT_INDEX|INDEX_URL|INDEX|EXTRA_INDEX_URL|INDEX_\w+_(USERNAME|PASSWORD)"
    r"|PYTHON_INSTALL_DIR|PYTHON_INSTALL_MIRROR|PYTHON_CACHE_DIR|PYTHON_DOWNLOADS\w*"
    r"|PYTHON_PREFERENCE|MANAGED_PYTHON|NO_MANAGED_PYTHON)"
)
# Set by uv and nox themselves, for their own commands.
_NOT_THE_USERS = re.compile(r"UV_(RUN_RECURSION_DEPTH|INTERNAL__\w+)")
_NOX = ("UV_PROJECT_ENVIRONMENT", "UV_PYTHON")
_ELSEWHERE = ("UV_", "VIRTUAL_ENV", "CONDA_", "PYTHON")
# What makes uv resolve anew instead of installing what is locked.
_RESOLVING = (
    "resolution",
    "prerelease",
    "fork-strategy",
    "exclude-newer",
    "exclude-newer-package",
    "no-index",
    "no-sources",
    "dependency-metadata",
    "constraint-dependencies",
    "override-dependencies",
    "exclude-dependencies",
)


@dataclass(frozen=True)
class Index:
    """The package index that the user names instead of the usual one, and where that is said.

    `url` is as uv is given it: perhaps NAME=URL, and with a password.
    """

    url: str
    named_in: str

    @property
    def shown(self) -> str:
        """The address without a password."""
        return _bare(self.url)


def environment() -> dict[str, str]:
    """Return our variables without those that would send packages elsewhere, or other packages."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(_ELSEWHERE)}
    return kept | {k: v for k, v in os.environ.items() if _KEPT.fullmatch(k)}


def dropped() -> list[str]:
    """Return the user's variables for uv that it does not get."""
    nox = _NOX if "NOX_CURRENT_SESSION" in os.environ else ()
    theirs = (n for n in os.environ if n.startswith("UV_") and not _NOT_THE_USERS.fullmatch(n))
    return sorted(n for n in theirs if n not in nox and not _KEPT.fullmatch(n))


def notices() -> Iterator[str]:
    """Yield what the user should know before environments are made, a sentence each."""
    if names := dropped():
        yield f"not passed on to uv, which installs what the locks say: {', '.join(names)}"
    if found := index():
        yield (
            f"{found.named_in} names the index {found.shown}:"
            " packages come from there, in the versions and with the hashes of the locks"
        )


def index() -> Index | None:
    """Return the index that a variable or a uv.toml of the user's puts in the place of PyPI."""
    for variable in ("UV_DEFAULT_INDEX", "UV_INDEX_URL"):
        if value := os.environ.get(variable):
            return Index(value, variable)
    for path, table in _configurations():
        listed = table.get("index")
        entries = [e for e in listed if isinstance(e, dict)] if isinstance(listed, list) else []
        default = next((e for e in entries if e.get("default")), {"url": table.get("index-url")})
        if isinstance(url := default.get("url"), str):
            return Index(f"{default['name']}={url}" if "name" in default else url, str(path))
    return None


def mirror(project: Path) -> Index | None:
    """Return the user's index where the project's lock names another."""
    found = index()
    locked = _locked_index(project) if found else None
    return found if found and locked and _bare(found.url) != _bare(locked) else None


def index_of_lock(project: Path) -> str | None:
    """Return the index that uv must be given for a project's lock to hold; None for its own choice.

    It is the lock's, to the letter: uv takes one with a slash at its end for another.
    """
    found = index()
    locked = _locked_index(project) if found else None
    if found is None or locked is None or _bare(found.url) != _bare(locked):
        return locked
    return found.url.rstrip("/") + "/" * locked.endswith("/")  # with the user's password


def _locked_index(project: Path) -> str | None:
    """Return the index that a project's packages were locked from; None where none is found."""
    try:
        packages = tomllib.loads((project / "uv.lock").read_text("utf-8"))["package"]
        table = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    except (OSError, ValueError, KeyError):
        return None
    own = table.get("tool", {}).get("uv", {}).get("index", [])
    named = {_bare(entry["url"]) for entry in own if not entry.get("default")}
    found = (p.get("source", {}).get("registry") for p in packages)
    return next((url for url in found if url and _bare(url) not in named), None)


def resolving() -> list[str]:
    """Name what in the user's uv.toml makes uv resolve anew: "FILE sets KEY and KEY"."""
    return [
        f"{path} sets {' and '.join(keys)}"
        for path, table in _configurations()
        if (keys := [key for key in _RESOLVING if key in table])
    ]


def unclear_proxy() -> str:
    """Say which proxy uv passes over without a word, connecting directly; "" where none is."""
    for name, value in sorted(os.environ.items()):
        kind, _, place = value.partition("://") if name.lower().endswith("_proxy") else ("", "", "")
        if place and kind.lower() == "socks":
            host = place.rpartition("@")[2]
            return f"uv passes over {name}=socks://{host}: write socks5://{host}"
    return ""


def _configurations() -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Yield the uv.toml files that uv reads beside a project's own, the preferred first.

    One that cannot be read is left to uv, which says so.
    """
    user = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    system = (os.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)
    folders = [user, *map(Path, system), Path("/etc")]
    for path in (folder / "uv" / "uv.toml" for folder in folders):
        try:
            yield path, tomllib.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            continue


def _bare(url: str) -> str:
    """Return an address without its name, a user, a password, and the slash at its end."""
    parts = urlsplit(re.sub(r"^[\w.-]+=", "", url))
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl().rstrip("/")
