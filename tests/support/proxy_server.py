"""A loopback proxy, HTTP and SOCKS 5 on one port: it alone knows where a made-up host is.

Every host it is asked for is this machine, so nothing leaves it.
"""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_SECONDS = 30.0  # of silence, after which a connection is closed
_MOST_HEADER = 1 << 14
_NO_PASSWORD, _REFUSED = 0, 2


@dataclass
class Proxy:
    """The hosts that were asked for, by the way they were; `refusal` is answered to all of them."""

    port: int = 0
    refusal: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)

    def address(self, scheme: str) -> str:
        """Return what a proxy variable has to say."""
        return f"{scheme}://127.0.0.1:{self.port}"


class _Handler(socketserver.BaseRequestHandler):
    proxy: Proxy
    request: socket.socket

    def handle(self) -> None:
        """Serve one connection, whichever protocol it begins with."""
        self.request.settimeout(_SECONDS)
        with suppress(OSError):
            if self.request.recv(1, socket.MSG_PEEK) == b"\x05":
                self._socks()
            else:
                self._http()

    def _socks(self) -> None:
        methods = self._read(2)[1]
        self._read(methods)
        self.request.sendall(bytes([5, 0]))
        kind = self._read(4)[3]
        named = kind == 3
        host = self._read(self._read(1)[0]) if named else self._read(4)
        port = int.from_bytes(self._read(2))
        self.proxy.asked.append(("socks", host.decode() if named else socket.inet_ntoa(host)))
        refused = bool(self.proxy.refusal)
        self.request.sendall(bytes([5, _REFUSED if refused else 0, 0, 1, 0, 0, 0, 0, 0, 0]))
        if not refused:
            self._relay(port, b"")

    def _http(self) -> None:
        header = b""
        while b"\r\n\r\n" not in header and len(header) < _MOST_HEADER:
            header += self.request.recv(1 << 12)
        method, target, *_ = header.decode("latin-1").split(" ")
        place = urlsplit(f"//{target}" if method == "CONNECT" else target)
        self.proxy.asked.append((method, place.hostname or ""))
        if self.proxy.refusal:
            self.request.sendall(f"HTTP/1.1 {self.proxy.refusal}\r\n\r\n".encode())
        elif method == "CONNECT":
            self.request.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            self._relay(place.port or 443, b"")
        else:
            self._relay(place.port or 80, header)

    def _read(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            piece = self.request.recv(count - len(data))
            if not piece:
                raise ConnectionError
            data += piece
        return data

    def _relay(self, port: int, first: bytes) -> None:
        with socket.create_connection(("127.0.0.1", port), _SECONDS) as server:
            server.sendall(first)
            back = threading.Thread(target=_pump, args=(server, self.request), daemon=True)
            back.start()
            _pump(self.request, server)
            back.join(_SECONDS)


def _pump(source: socket.socket, target: socket.socket) -> None:
    """Send on what comes until there is no more of it, then say so."""
    with suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextmanager
def serve() -> Iterator[Proxy]:
    """Run it on a free port of this machine."""
    proxy = Proxy()
    handler = type("Handler", (_Handler,), {"proxy": proxy})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        proxy.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield proxy
        server.shutdown()
