"""One server that speaks OpenAI's transcriptions: requests to it alone, and its faults in words."""

import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from runners.protocol import Server
from runners.settings import BadModel, ServerFault

_CONNECT_SECONDS = 10.0
_HELLO_SECONDS = 30.0
# Under the 5 s after which many servers drop an idle connection: one that is just being dropped
# would fail the request that is sent on it.
_IDLE_SECONDS = 4.0
_MOST_BYTES = 16 * 2**20  # of an answer: more would not fit into a line to the orchestrator
_MOST_SHOWN = 300  # characters of what a server says of its fault
_MOST_MODELS = 8
_NOT_UNDERSTOOD = {400, 415, 422}
_NO_KEY = {401, 403}
_LESS = "--limit, --repeats 1"

Fields = Mapping[str, str | Sequence[str]]


class NotUnderstood(ServerFault):
    """The server refuses the request as it is: another format may do."""


class Client:
    """A connection to one server, for one model there.

    Redirects are not followed, so that key and audio go nowhere else; nor is a proxy used where
    nothing is encrypted.
    """

    def __init__(self, server: Server, model: str) -> None:
        import httpx2

        self._library: Any = httpx2
        self._server = server
        self._model = model
        self._known: list[str] = []
        self.host = urlsplit(server.url).netloc
        self._http: Any = httpx2.Client(
            headers={"Authorization": f"Bearer {server.key}"} if server.key else {},
            follow_redirects=False,
            mounts={"http://": None},
            limits=httpx2.Limits(max_connections=1, keepalive_expiry=_IDLE_SECONDS),
        )

    def connect(self) -> None:
        """Open the connection and see that the key is taken.

        A server need not list its models: whatever else it answers will do. Raises ServerFault.
        """
        status, headers, body = self._exchange("GET", f"{self._server.url}/models", _HELLO_SECONDS)
        if status in _NO_KEY or _redirects(status):
            raise self._refusal(status, headers, body)
        try:
            self._known = [str(each["id"]) for each in json.loads(body)["data"]]
        except (ValueError, TypeError, KeyError):
            self._known = []

    def transcribe(self, wav: bytes, fields: Fields, allowed: float) -> bytes:
        """Return the answer to an audio file, within so many seconds.

        Raises NotUnderstood where other fields may help, BadModel, ServerFault.
        """
        url = f"{self._server.url}/audio/transcriptions"
        form = {"model": self._model, **fields}
        file = {"file": ("audio.wav", wav, "audio/wav")}
        status, headers, body = self._exchange("POST", url, allowed, data=form, files=file)
        if status != HTTPStatus.OK:
            raise self._refusal(status, headers, body)
        return body

    def unreadable(self, body: bytes) -> ServerFault:
        """Return what to say of an answer that is no transcript."""
        said = self._said(body)
        what = f"it says: {said}" if said else f"is {self._server.url} its address?"
        return ServerFault(f"{self.host} answered with no transcript: {what}")

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def _exchange(
        self, method: str, url: str, allowed: float, **content: object
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Return status, headers and body; however slowly they trickle, there is an end."""
        deadline = time.monotonic() + allowed
        timeout = self._library.Timeout(allowed, connect=min(_CONNECT_SECONDS, allowed))
        with (
            self._explained(allowed),
            self._http.stream(method, url, timeout=timeout, **content) as response,
        ):
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > _MOST_BYTES:
                    raise ServerFault(f"{self.host} answers without an end: over 16 MiB came")
                if time.monotonic() > deadline:
                    raise self._library.ReadTimeout("the whole answer took longer")
        return response.status_code, response.headers, bytes(body)

    @contextmanager
    def _explained(self, allowed: float) -> Iterator[None]:
        """Say what a failed exchange means; what the client itself says may quote anything."""
        library, host = self._library, self.host
        try:
            yield
        except library.ConnectTimeout:
            raise ServerFault(f"{host} cannot be reached: is the server on, and near?") from None
        except library.TimeoutException:
            longer = "a smaller model or shorter clips, or a server that has less to do"
            raise ServerFault(f"{host} gave no answer within {allowed:g} s: {longer}") from None
        except library.ConnectError as error:
            raise ServerFault(_unreachable(host, self._plain(str(error)))) from None
        except library.HTTPError as error:
            why = self._plain(str(error)) or type(error).__name__
            broke = f"{host} broke off before its answer was whole ({why})"
            raise ServerFault(f"{broke}: its log says why") from None

    def _refusal(self, status: int, headers: Mapping[str, str], body: bytes) -> Exception:
        """Return what a status means, and what to do about it."""
        said = self._said(body)
        code = f"{status}: {said}" if said else str(status)
        if status == HTTPStatus.NOT_FOUND:
            return self._not_found(code, said)
        kind = NotUnderstood if status in _NOT_UNDERSTOOD else ServerFault
        return kind(f"{self.host} {self._meaning(status, headers, code)}")

    def _meaning(self, status: int, headers: Mapping[str, str], code: str) -> str:
        if _redirects(status):
            to = self._plain(headers.get("location", ""))
            return f"sends on to {to} ({status}): write that as its url"
        if status in _NO_KEY:
            told = "does not take the key" if self._server.key else "wants a key"
            return f"{told} ({code}): correct it in servers.toml"
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            after = self._plain(headers.get("retry-after", ""))
            later = f"after {after} s" if after.isdecimal() else "later"
            return f"takes no more requests for now ({code}): measure {later}, or less: {_LESS}"
        if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return f"takes no clip so large ({code}): measure shorter ones"
        if status in _NOT_UNDERSTOOD:
            return f"refuses the request ({code})"
        return f"failed ({code}): its log says why"

    def _not_found(self, code: str, said: str) -> Exception:
        if "model" not in said.lower() and self._model not in said:
            where = f"{self._server.url}/audio/transcriptions"
            return ServerFault(f"there is no {where} ({code}): correct its url in servers.toml")
        known = self._known[:_MOST_MODELS]
        there = f"; it has: {', '.join(map(self._plain, known))}" if known else ""
        return BadModel(f"{self.host} has no model {self._model} ({code}){there}")

    def _said(self, body: bytes) -> str:
        """Return what a body says went wrong, whichever of the usual forms it has."""
        text = body.decode("utf-8", "replace").strip()
        try:
            found = json.loads(text)
        except ValueError:
            return "an HTML page" if text.startswith("<") else self._plain(text)
        # {"error": {"message": ...}}, as OpenAI's, or {"detail": ...}, which may hold the other.
        for name in ("detail", "error", "message"):
            if isinstance(found, dict) and found.get(name):
                found = found[name]
        return self._plain(found if isinstance(found, str) else json.dumps(found))

    def _plain(self, text: str) -> str:
        """Return a foreign text on one line, short, and without the key, which some repeat."""
        if self._server.key:
            text = text.replace(self._server.key, "...")
        line = " ".join(re.sub(r"[^\x20-\x7e\xa0-\uffff]+", " ", text).split())
        return line if len(line) <= _MOST_SHOWN else f"{line[:_MOST_SHOWN]}..."


def _redirects(status: int) -> bool:
    return HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST


def _unreachable(host: str, why: str) -> str:
    if "certificate" in why.lower():
        own = "SSL_CERT_FILE names the authority of your own"
        return f"{host} has no certificate that is trusted here ({why}): {own}"
    return f"{host} cannot be reached ({why}): is the server running?"
