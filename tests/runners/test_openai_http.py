"""The client of a transcription server, as a process over its pipe: requests, faults, secrets."""

import io
import os
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from certificates import certificate
from transcription_server import TEXT, Fault, Transcriber, serve

from orchestrator.places import ROOT
from runners import protocol
from runners.protocol import Options, Server

KEY = "sk-hidden-0123"


class Client:
    """The runner, and the lines it has written."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.said = b""
        self._folder = folder
        self._log = folder / "log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-s", "-m", "runners.openai_http"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]} | environment,
            )
        assert isinstance(self._receive(), protocol.Ready)

    def load(self, url: str, key: str | None = KEY, model: str = "tiny.en", **asked: Any) -> Any:  # noqa: ANN401
        """Connect; return the answer."""
        server = Server(url=f"{url}/v1", key=key)
        return self.ask(protocol.Load(1, model, Options(**asked), server))

    def transcribe(self, samples: "np.ndarray | None" = None) -> Any:  # noqa: ANN401
        """Have samples transcribed, half a second of silence by default."""
        audio = self._folder / "audio"
        found = np.zeros(8000, "<f4") if samples is None else samples
        found.tofile(audio)
        return self.ask(protocol.Transcribe(2, str(audio), len(found)))

    def end(self) -> bytes:
        """End it; return all that it ever said, on its pipe and in its log."""
        assert isinstance(self.ask(protocol.Shutdown()), protocol.Bye)
        assert self.process.wait(30) == 0
        self.process.stdin.close()
        self.process.stdout.close()
        return self.said + self._log.read_bytes()

    def ask(self, request: protocol.Request) -> Any:  # noqa: ANN401
        """Write one line and read one."""
        self.process.stdin.write(protocol.encode(request))
        self.process.stdin.flush()
        return self._receive()

    def _receive(self) -> Any:  # noqa: ANN401
        line = self.process.stdout.readline()
        self.said += line
        return protocol.decode_reply(line)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Run one client for all tests; whatever went wrong, it never said the key."""
    running = Client(tmp_path_factory.mktemp("client"))
    yield running
    assert KEY.encode() not in running.end()


@pytest.fixture
def server() -> Iterator[Transcriber]:
    """Run a server."""
    with serve() as running:
        yield running


def test_a_clip_is_sent_as_it_is(client: Client, server: Transcriber) -> None:
    """With key, model and fields; in 16 bits where these are the very samples, else as float32."""
    loaded = client.load(server.address, language="en", extra={"prompt": "Dear", "temperature": 0})
    assert loaded.resolved["host"] == server.address.removeprefix("http://")
    assert (loaded.resolved["device"], loaded.resolved["model_there"]) == ("server", "tiny.en")
    exact = np.array([0, 1, -1, 2**15 - 1, -(2**15)] * 100, "<f4") / np.float32(2**15)
    answer = client.transcribe(exact)
    assert (answer.text, answer.language) == (TEXT, "english")
    assert answer.segments == [protocol.Segment(0.0, 0.5, TEXT)]
    odd = np.array([0.1, 1.0, -0.3], "<f4")
    client.transcribe(odd)
    (first, second) = server.clips
    assert first.fields == {
        "model": "tiny.en",
        "language": "en",
        "prompt": "Dear",
        "temperature": "0",
        "response_format": "verbose_json",
    }
    with wave.open(io.BytesIO(first.wav)) as wav:
        assert (wav.getnchannels(), wav.getframerate(), wav.getsampwidth()) == (1, 16000, 2)
        samples = np.frombuffer(wav.readframes(10_000), "<i2")
    assert (samples / np.float32(2**15) == exact).all()
    assert (np.frombuffer(second.wav[44:], "<f4") == odd).all()
    assert {asked.authorization for asked in server.asked} == {f"Bearer {KEY}"}


def test_the_simpler_format_is_found_once(client: Client, server: Transcriber) -> None:
    """A server without `verbose_json` is asked for it once; it gives the text alone."""
    server.verbose = False
    client.load(server.address)
    answers = [client.transcribe() for _ in range(2)]
    assert [(answer.text, answer.segments) for answer in answers] == [(TEXT, [])] * 2
    formats = [asked.fields["response_format"] for asked in server.clips]
    assert formats == ["verbose_json", "json", "json"]
    client.load(server.address, extra={"response_format": "verbose_json"})
    assert client.transcribe().kind == "server"


def test_words_have_times(client: Client, server: Transcriber) -> None:
    """Where they are asked for, and the server has them."""
    client.load(server.address, words=True)
    assert [word.text for word in client.transcribe().words] == TEXT.split()
    assert server.clips[-1].fields["timestamp_granularities[]"] == "segment word"
    server.verbose = False
    assert "gives no times of words" in client.transcribe().message


@pytest.mark.parametrize(
    ("fault", "kind", "says"),
    [
        (Fault(401, b'{"error": {"message": "bad key %s"}}' % KEY.encode()), "server", "key ..."),
        (Fault(403), "server", "does not take the key (403)"),
        (Fault(404, b'{"detail": "Model \'x\' unknown"}'), "bad-model", "it has: tiny.en, base"),
        (Fault(404, b"Not Found"), "server", "correct its url in servers.toml"),
        (Fault(413), "server", "no clip so large (413): measure shorter ones"),
        (Fault(422, b'{"detail": [{"loc": ["file"]}]}'), "server", 'request (422: [{"loc"'),
        (Fault(429, headers={"Retry-After": "20"}), "server", "measure after 20 s, or less"),
        (Fault(429), "server", "measure later, or less: --limit, --repeats 1"),
        (Fault(500, b"oh\x1b[31m no\n"), "server", "failed (500: oh [31m no): its log says why"),
        (Fault(529), "server", "failed (529)"),
        (Fault(302, headers={"Location": "http://elsewhere/v1"}), "server", "on to http://elsewh"),
        (Fault(200, b"<html>welcome</html>"), "server", "it says: an HTML page"),
        (Fault(200, b'{"error": "no file"}'), "server", "no transcript: it says: no file"),
        (Fault(200, b""), "server", "/v1 its address?"),
        (Fault(200, b'{"text": 5}'), "server", "answered with no transcript"),
        (Fault(200, b'{"text": "wh', whole=False), "server", "before its answer was whole"),
        (Fault(hangs=True), "server", "gave no answer within 0.3 s"),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Fault) else "",
)
def test_a_fault_is_a_sentence(
    client: Client, server: Transcriber, fault: Fault, kind: str, says: str
) -> None:
    """What happened and what to do; the next request is answered as if nothing had been."""
    limit = {"timeout_seconds": 0.3} if fault.hangs else {}
    client.load(server.address, model="x", extra=limit)
    server.fault = fault
    answer = client.transcribe()
    assert (answer.kind, says in answer.message) == (kind, True), answer.message
    server.fault = None
    assert client.transcribe().text == TEXT


def test_nothing_goes_to_another_host(client: Client, server: Transcriber) -> None:
    """A redirect is named and not followed, when connecting and with a clip."""
    with serve() as other:
        to = {"Location": f"{other.address}/v1/models"}
        server.fault = Fault(307, headers=to, path="/v1/models")
        assert f"sends on to {other.address}" in client.load(server.address).message
        server.fault = None
        client.load(server.address)
        server.fault = Fault(307, headers={"Location": f"{other.address}/v1/audio/transcriptions"})
        assert f"sends on to {other.address}" in client.transcribe().message
        assert not other.asked


def test_connecting_says_what_is_wrong(client: Client, server: Transcriber) -> None:
    """No server, a refused key and what only a server can choose; no list of models is no fault."""
    with serve() as gone:
        pass
    assert "cannot be reached" in client.load(gone.address).message
    server.fault = Fault(401, path="/v1/models")
    assert "does not take the key (401)" in client.load(server.address).message
    assert "wants a key (401)" in client.load(server.address, key=None).message
    server.fault = Fault(404, b"<html>", path="/v1/models")
    assert isinstance(client.load(server.address, key=None), protocol.Loaded)
    assert server.asked[-1].authorization is None
    refused = client.load(server.address, device="gpu")
    assert (refused.kind, "the server chooses" in refused.message) == ("unsupported", True)


def test_a_proxy_sees_nothing_in_clear(tmp_path: Path, server: Transcriber) -> None:
    """Plain http goes straight to its host, whatever the environment says."""
    with serve() as proxy:
        client = Client(tmp_path, HTTP_PROXY=proxy.address, ALL_PROXY=proxy.address)
        client.load(server.address)
        assert client.transcribe().text == TEXT
        client.end()
        assert not proxy.asked


def test_a_certificate_has_to_be_trusted(tmp_path: Path) -> None:
    """One that nobody signed is refused before the key is sent; SSL_CERT_FILE trusts it."""
    with serve(certificate(tmp_path)) as server:
        stranger = Client(tmp_path)
        assert "no certificate that is trusted here" in stranger.load(server.address).message
        stranger.end()
        assert not server.asked
        trusting = Client(tmp_path, SSL_CERT_FILE=str(tmp_path / "public.pem"))
        assert isinstance(trusting.load(server.address), protocol.Loaded)
        trusting.end()


def test_its_settings_are_listed(client: Client) -> None:
    """So that --set can be checked before anything is sent."""
    described = client.ask(protocol.Describe(3))
    assert described.settings["response_format"] == "auto"
