"""A proxy that lets nothing through: whoever asks it for something wanted the network."""

import socketserver
from threading import Thread
from typing import Self

from orchestrator.host import children

_MOST_BYTES = 1000


class RefusingProxy:
    """A context manager; `asked` has what was asked for, `variables` send a process's requests."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __enter__(self) -> Self:
        asked = self.asked

        class Refusal(socketserver.StreamRequestHandler):
            """Notes the first line of a request."""

            timeout = 5

            def handle(self) -> None:
                """Read it, and refuse."""
                line = self.rfile.readline(_MOST_BYTES).decode("latin-1")
                asked.append(line.rpartition(" HTTP/")[0] or line)
                self.wfile.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Refusal)
        self._server.daemon_threads = True
        Thread(target=self._server.serve_forever, name="proxy", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def variables(self) -> dict[str, str]:
        """The variables by which programs find their proxy, without exceptions."""
        address = f"http://127.0.0.1:{self._server.server_address[1]}"
        return {n: "" if n.upper() == "NO_PROXY" else address for n in children.PROXIES}
