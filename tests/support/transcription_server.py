"""A loopback server that speaks OpenAI's transcriptions, with faults to order."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

TEXT = "what was said"
_POST = "/v1/audio/transcriptions"


@dataclass(frozen=True)
class Fault:
    """What is answered instead; with `whole` false the connection ends within the body."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    whole: bool = True
    hangs: bool = False
    path: str = _POST


@dataclass(frozen=True)
class Asked:
    """One request as it was received."""

    path: str
    authorization: str | None
    fields: dict[str, str] = field(default_factory=dict)
    wav: bytes = b""


@dataclass
class Transcriber:
    """What was asked, and what is answered: a text to everything, until there is a fault."""

    address: str = ""
    fault: Fault | None = None
    verbose: bool = True  # it knows response_format=verbose_json
    asked: list[Asked] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def clips(self) -> list[Asked]:
        """The requests for a transcript."""
        return [each for each in self.asked if each.wav]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    transcriber: Transcriber

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        """List the models."""
        self._note({}, b"")
        if not self._faulty():
            self._say(200, json.dumps({"data": [{"id": "tiny.en"}, {"id": "base"}]}).encode())

    def do_POST(self) -> None:
        """Transcribe."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        fields, wav = _form(self.headers["Content-Type"], body)
        self._note(fields, wav)
        verbose = fields.get("response_format") == "verbose_json"
        if self._faulty():
            return
        if verbose and not self.transcriber.verbose:
            said = {"error": {"message": "response_format 'verbose_json' is not compatible"}}
            self._say(400, json.dumps(said).encode())
            return
        whole = [{"id": 0, "start": 0.0, "end": 0.5, "text": f" {TEXT}"}]
        words = [{"word": word, "start": 0.0, "end": 0.5} for word in TEXT.split()]
        more = {"language": "english", "segments": whole, "words": words} if verbose else {}
        self._say(200, json.dumps({"text": TEXT} | more).encode())

    def _note(self, fields: dict[str, str], wav: bytes) -> None:
        asked = Asked(self.path, self.headers["Authorization"], fields, wav)
        self.transcriber.asked.append(asked)

    def _faulty(self) -> bool:
        """Answer with the fault that is ordered for this path, if there is one."""
        fault = self.transcriber.fault
        if fault is None or urlsplit(self.path).path != fault.path:
            return False
        if fault.hangs:
            self.transcriber.released.wait(30)
            self.close_connection = True
        elif fault.whole:
            self._say(fault.status, fault.body, fault.headers)
        else:
            self._say(200, fault.body, {"Content-Length": str(len(fault.body) + 10)})
            self.close_connection = True
        return True

    def _say(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        known = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        for name, value in (known | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _form(kind: str, body: bytes) -> tuple[dict[str, str], bytes]:
    """Return the fields of a form, and its file."""
    fields: dict[str, str] = {}
    wav = b""
    for part in message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body).walk():
        name = part.get_param("name", header="content-disposition")
        payload = part.get_payload(decode=True)
        if name == "file":
            wav = payload
        elif name:
            before = f"{fields[name]} " if name in fields else ""
            fields[str(name)] = before + payload.decode()
    return fields, wav


@contextmanager
def serve(certificate: Path | None = None) -> Iterator[Transcriber]:
    """Run a server on a free port of this machine, over TLS with a certificate and its key."""
    transcriber = Transcriber()
    handler = type("Handler", (_Handler,), {"transcriber": transcriber})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    transcriber.address = f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_port}"
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(str(certificate))
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield transcriber
    finally:
        transcriber.released.set()
        server.shutdown()
        server.server_close()
