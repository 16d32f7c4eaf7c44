"""A loopback hub: what huggingface_hub asks, answered from files, with faults to order.

Two servers: the hub itself, and the storage it redirects large files to, as the real one does.
"""

import hashlib
import json
import re
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

Files = dict[str, bytes]
LARGE = 10_000  # bytes from which a file is in large storage, known by its sha256
PIECE = 1 << 16


@dataclass
class Fault:
    """What goes wrong with requests whose path contains `path`, as many `times`."""

    path: str
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    cut_at: int | None = None  # bytes of the body after which the connection is closed
    hang_at: int | None = None  # bytes of the body after which nothing comes any more
    body: bytes | None = None  # sent instead
    slow_seconds: float = 0.0  # between pieces
    late_seconds: float = 0.0  # before anything is answered
    times: int = 1
    host: str = ""  # "hub" or "storage"; both by default


@dataclass(frozen=True)
class Asked:
    """One request as it was received."""

    host: str
    method: str
    path: str
    authorization: str | None
    range: str | None


@dataclass
class Sent:
    """One body that was sent, or a part of one."""

    path: str
    bytes: int = 0


class Hub:
    """The repositories, what was asked and sent, and the faults still to come."""

    def __init__(self) -> None:
        self.repositories: dict[str, dict[str, Files]] = {}
        self.plain: Files = {}  # other downloads of the storage, by path
        self.faults: list[Fault] = []
        self.asked: list[Asked] = []
        self.sent: list[Sent] = []
        self.released = threading.Event()  # ends what hangs
        self.token: str | None = None  # where set, nobody is let in without it
        self.address = ""
        self.storage = ""

    def add(self, repository: str, files: Files, revision: str | None = None) -> str:
        """Publish files; return the revision, which is the newest."""
        made = revision or hashlib.sha1(repr(sorted(files)).encode()).hexdigest()  # noqa: S324
        self.repositories.setdefault(repository, {})[made] = files
        return made

    def bytes_sent(self, path: str) -> int:
        """Return how many bytes of bodies of large storage went out for a file."""
        return sum(sent.bytes for sent in self.sent if path in sent.path)

    def fault(self, host: str, path: str) -> Fault | None:
        """Take the next fault for a request."""
        for fault in self.faults:
            if fault.path in path and fault.times and fault.host in {"", host}:
                fault.times -= 1
                return fault
        return None


def git_sha1(data: bytes) -> str:
    """Return git's id of a file."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()  # noqa: S324 - git's


def sha256(data: bytes) -> str:
    """Return a file's sha256."""
    return hashlib.sha256(data).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """What both servers share: faults, ranges, bodies."""

    hub: Hub
    host = ""
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        """Answer without a body."""
        self._answer(body=False)

    def do_GET(self) -> None:
        """Answer with one."""
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        self.with_body = body
        path = unquote(urlsplit(self.path).path)
        headers = self.headers
        asked = Asked(self.host, self.command, path, headers["Authorization"], headers.get("Range"))
        self.hub.asked.append(asked)
        self.now = self.hub.fault(self.host, path)
        if self.now:
            time.sleep(self.now.late_seconds)
        if self.now and self.now.status:
            self.say(self.now.status, b"no", self.now.headers)
        elif self.host == "hub" and self.hub.token and not self._let_in():
            self.say(401, b"", {"X-Error-Code": "GatedRepo"})
        else:
            self.respond(path)

    def respond(self, path: str) -> None:
        """Answer a request that meets no refusal."""
        raise NotImplementedError

    def _let_in(self) -> bool:
        return self.headers["Authorization"] == f"Bearer {self.hub.token}"

    def say_json(self, value: Any) -> None:  # noqa: ANN401 - any JSON
        """Answer with JSON."""
        self.say(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def say(self, status: int, data: bytes, headers: dict[str, str]) -> None:
        """Answer with a whole body."""
        self._start(status, len(data), headers)
        if self.with_body:
            self.wfile.write(data)

    def say_file(self, path: str, data: bytes, headers: dict[str, str]) -> None:
        """Answer with a file or the asked range of it, and whatever fault is due."""
        data = data if self.now is None or self.now.body is None else self.now.body
        first = self._first_byte(headers)
        if first > len(data):
            self.say(416, b"", {"Content-Range": f"bytes */{len(data)}"})
            return
        if first:
            headers |= {"Content-Range": f"bytes {first}-{len(data) - 1}/{len(data)}"}
        self._start(206 if first else 200, len(data) - first, headers)
        if self.with_body:
            self._send(path, data[first:])

    def _first_byte(self, headers: dict[str, str]) -> int:
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        version = self.headers.get("If-Range")
        if not match or (version and version != headers.get("ETag")):
            return 0
        return int(match[1])

    def _send(self, path: str, data: bytes) -> None:
        sent = Sent(path)
        self.hub.sent.append(sent)
        fault = self.now or Fault("")
        stop = min(x for x in (fault.cut_at, fault.hang_at, len(data)) if x is not None)
        try:
            for at in range(0, stop, PIECE):
                piece = data[at : min(at + PIECE, stop)]
                self.wfile.write(piece)
                self.wfile.flush()
                sent.bytes += len(piece)
                time.sleep(fault.slow_seconds)
            if fault.hang_at is not None:
                self.hub.released.wait(60)
        except OSError:
            pass
        if stop < len(data):
            self.close_connection = True

    def _start(self, status: int, length: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(length)} | headers).items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Keep the test's output clean."""


class HubHandler(Handler):
    """huggingface.co: model information, trees, and files or redirects to them."""

    host = "hub"

    def respond(self, path: str) -> None:
        """Tell the kinds of request apart."""
        info = re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/(revision|tree)/([^/]+).*)?", path)
        file = re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path)
        match = info or file
        if not match:
            self.say(404, b"", {})
            return
        revisions = self.hub.repositories.get(match[1])
        wanted = (match[3] if info else match[2]) or "main"
        if revisions is None:
            self.say(404, b"", {"X-Error-Code": "RepoNotFound"})
            return
        revision = list(revisions)[-1] if wanted == "main" else wanted
        if revision not in revisions:
            self.say(404, b"", {"X-Error-Code": "RevisionNotFound"})
        elif info:
            self._inform(info, revision, revisions[revision])
        else:
            self._resolve(match[3], revision, revisions[revision])

    def _inform(self, match: "re.Match[str]", revision: str, files: Files) -> None:
        if match[2] == "tree":
            self.say_json([_in_tree(name, data) for name, data in files.items()])
            return
        siblings = [_sibling(name, data) for name, data in files.items()]
        self.say_json({"id": match[1], "sha": revision, "siblings": siblings})

    def _resolve(self, name: str, revision: str, files: Files) -> None:
        headers = {"X-Repo-Commit": revision}
        if name not in files:
            self.say(404, b"", headers | {"X-Error-Code": "EntryNotFound"})
        elif len(files[name]) >= LARGE:
            data = files[name]
            place = f"{self.hub.storage}/{sha256(data)}/{name}?signature=1"
            headers |= {"X-Linked-Size": str(len(data)), "X-Linked-Etag": f'"{sha256(data)}"'}
            self.say(302, b"", headers | {"Location": place})
        else:
            self.say_file(name, files[name], headers | {"ETag": f'"{git_sha1(files[name])}"'})


class StorageHandler(Handler):
    """The storage behind it, and any other web server."""

    host = "storage"

    def respond(self, path: str) -> None:
        """Send what lies under the path."""
        for revisions in self.hub.repositories.values():
            for files in revisions.values():
                for name, data in files.items():
                    if len(data) >= LARGE and path == f"/{sha256(data)}/{name}":
                        self.say_file(path, data, {"ETag": '"of-the-storage"'})
                        return
        if path in self.hub.plain:
            data = self.hub.plain[path]
            self.say_file(path, data, {"ETag": f'"{git_sha1(data)}"'})
        else:
            self.say(404, b"", {})


def _sibling(name: str, data: bytes) -> dict[str, Any]:
    told: dict[str, Any] = {"rfilename": name, "size": len(data), "blobId": git_sha1(data)}
    if len(data) >= LARGE:
        told["lfs"] = {"sha256": sha256(data), "size": len(data), "pointerSize": 130}
    return told


def _in_tree(name: str, data: bytes) -> dict[str, Any]:
    told: dict[str, Any] = {"type": "file", "path": name, "size": len(data), "oid": git_sha1(data)}
    if len(data) >= LARGE:
        told["lfs"] = {"oid": sha256(data), "size": len(data), "pointerSize": 130}
    return told


@contextmanager
def serve(certificate: Path | None = None) -> Iterator[Hub]:
    """Run both servers on free ports of this machine, over TLS with a certificate and its key."""
    hub = Hub()
    kinds = [type(k.__name__, (k,), {"hub": hub}) for k in (HubHandler, StorageHandler)]
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), kind) for kind in kinds]
    scheme = "https" if certificate else "http"
    hub.address, hub.storage = (f"{scheme}://127.0.0.1:{s.server_port}" for s in servers)
    for server in servers if certificate else ():
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(str(certificate))
        server.socket = context.wrap_socket(server.socket, server_side=True)
    for server in servers:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield hub
    finally:
        hub.released.set()
        for server in servers:
            server.shutdown()
            server.server_close()
