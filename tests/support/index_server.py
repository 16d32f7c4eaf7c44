"""A loopback package index: small wheels made here, listed as the simple index lists them."""

import hashlib
import io
import os
import threading
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest


@dataclass
class Index:
    """The wheels of one index, where it is, and what it was asked for."""

    wheels: dict[str, bytes]
    url: str = ""
    asked: list[str] = field(default_factory=list)
    sends: threading.Event = field(default_factory=threading.Event)  # wheels wait while it is clear

    def __post_init__(self) -> None:
        """Send at once, until a test has it wait."""
        self.sends.set()

    @property
    def files_sent(self) -> set[str]:
        """The wheels that were fetched."""
        paths = (path.rpartition("/") for path in self.asked)
        return {name for folder, _, name in paths if folder == "/files"}


def wheel(name: str, version: str, *requires: str, body: str = "") -> tuple[str, bytes]:
    """Return a pure wheel's file name and content; the same every time."""
    folder = f"{name}-{version}.dist-info"
    needs = "".join(f"Requires-Dist: {other}\n" for other in requires)
    tags = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files = {
        f"{name}.py": body,
        f"{folder}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
        f"{folder}/WHEEL": tags,
    }
    files[f"{folder}/RECORD"] = "".join(f"{file},,\n" for file in [*files, f"{folder}/RECORD"])
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for file, text in files.items():
            archive.writestr(zipfile.ZipInfo(file), text)
    return f"{name}-{version}-py3-none-any.whl", made.getvalue()


class _Handler(BaseHTTPRequestHandler):
    index: Index

    def do_HEAD(self) -> None:
        """Answer without a body."""
        self._answer(body=False)

    def do_GET(self) -> None:
        """Answer with one."""
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        self.index.asked.append(self.path)
        kind, _, name = self.path.strip("/").partition("/")
        files = self.index.wheels
        if kind == "simple":
            links = [f'<a href="/files/{n}#sha256={hashlib.sha256(d).hexdigest()}">{n}</a>'
                     for n, d in files.items() if n.startswith(f"{name}-")]  # fmt: skip
            data = "".join(links).encode()
        else:
            data = files.get(name, b"")
            self.index.sends.wait(100)  # longer than any test takes
        self.send_response(200 if data else 404)
        self.send_header("Content-Type", "text/html" if kind == "simple" else "application/zip")
        self.send_header("Content-Length", str(len(data)))
        with suppress(OSError):  # a client that found something amiss has gone
            self.end_headers()
            self.wfile.write(data if body else b"")

    def log_message(self, *_arguments: object) -> None:
        """Keep the test's output clean."""


@contextmanager
def serve(wheels: Sequence[tuple[str, bytes]]) -> Iterator[Index]:
    """Run an index on a free port of this machine."""
    index = Index(dict(wheels))
    handler = type("Handler", (_Handler,), {"index": index})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        index.url = f"http://127.0.0.1:{server.server_port}/simple"
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield index
        finally:
            index.sends.set()
            server.shutdown()


def isolate(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Give uv a cache and settings of its own."""
    for name in [n for n in os.environ if n.startswith("UV_")]:
        patch.delenv(name)
    patch.setenv("UV_CACHE_DIR", str(folder / "cache"))
    patch.setenv("UV_HTTP_RETRIES", "0")
    patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
    patch.setenv("XDG_CONFIG_DIRS", str(folder / "system"))
    patch.setenv("NO_PROXY", "127.0.0.1")
