"""Asking and fetching go one way: the same proxies, certificates and patience, causes named."""

import socket
from collections.abc import Iterator
from pathlib import Path

import proxy_server
import pytest
from certificates import certificate
from hub_server import Fault, Hub, serve, sha256
from proxy_server import Proxy

from orchestrator.cache import hub as places
from orchestrator.cache.downloads import downloader
from orchestrator.cache.downloads.messages import Job, Known, UrlPart
from orchestrator.cache.manifest import Facts
from orchestrator.cache.store import Draft, Entry
from orchestrator.errors import ModelError, UsageError

DATA = bytes(range(256)) * 400
PATH = "/weights.bin"
VARIABLES = [f"{name}_PROXY" for name in ("ALL", "HTTP", "HTTPS", "NO")]


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give the test a store, and none of this machine's proxies and certificates."""
    monkeypatch.setenv("WHISPER_CLEANROOM_CACHE", str(tmp_path / "cache"))
    for name in ("HF_HUB_OFFLINE", "SSL_CERT_FILE", "SSL_CERT_DIR", *VARIABLES):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    places.obstacle.cache_clear()
    yield
    places.obstacle.cache_clear()


@pytest.fixture
def web() -> Iterator[Hub]:
    """Run a server with one file."""
    with serve() as running:
        running.plain[PATH] = DATA
        yield running


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """Run a proxy."""
    with proxy_server.serve() as running:
        yield running


def fetch(url: str) -> bytes:
    """Download the file; return what lies in the store then."""
    part = UrlPart(url, "weights.bin", Known(len(DATA), sha256(DATA)))

    def fill(draft: Draft) -> Facts:
        downloader.run(Job((part,), str(draft.folder)), draft, lambda _here, _total: None)
        return Facts(source="url", revision=None)

    entry = Entry("pt", "tiny", "here")
    entry.obtain(fill, len(DATA))
    return (entry.folder / "weights.bin").read_bytes()


def named(url: str) -> str:
    """Return the address under a name that only the proxy can resolve."""
    return url.replace("127.0.0.1", "hub.invalid")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variable", "scheme", "way"),
    [
        ("ALL_PROXY", "socks5", "socks"),
        ("all_proxy", "socks5h", "socks"),
        ("ALL_PROXY", "http", "HEAD"),
        ("http_proxy", "http", "HEAD"),
    ],
)
def test_what_a_proxy_reaches_is_asked_and_fetched_through_it(  # noqa: PLR0913, PLR0917 - a case
    web: Hub, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, variable: str, scheme: str, way: str
) -> None:
    """A host that only the proxy knows answers, and its file comes."""
    address = named(web.storage)
    assert places.obstacle(address) == "does not answer from here (its name cannot be resolved)"
    places.obstacle.cache_clear()
    monkeypatch.setenv(variable, proxy.address(scheme))
    assert places.obstacle(address) == ""
    assert proxy.asked == [(way, "hub.invalid")]
    assert fetch(address + PATH) == DATA


@pytest.mark.slow
def test_a_companys_certificates_serve_for_asking_and_fetching(
    tmp_path: Path, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Untrusted it is said, with the variable that helps; trusted, all goes through the tunnel."""
    with serve(certificate(tmp_path)) as web:
        web.plain[PATH] = DATA
        monkeypatch.setenv("HTTPS_PROXY", proxy.address("http"))
        address = named(web.storage)
        found = places.obstacle(address)
        assert "(its certificate is not trusted: self" in found
        assert "SSL_CERT_FILE can name the certificates" in found
        assert found.endswith(f"through the proxy 127.0.0.1:{proxy.port})")
        places.obstacle.cache_clear()
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "public.pem"))
        assert places.obstacle(address) == ""
        assert fetch(address + PATH) == DATA
        assert set(proxy.asked) == {("CONNECT", "hub.invalid")}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("SSL_CERT_FILE", "{0}/none.pem", "SSL_CERT_FILE is {0}/none.pem: no such file"),
        ("SSL_CERT_FILE", "{0}/empty.pem", "SSL_CERT_FILE is {0}/empty.pem: it holds no cert"),
        ("SSL_CERT_FILE", "{0}", "SSL_CERT_FILE is {0}: is a directory"),
        ("SSL_CERT_DIR", "{0}/none", "SSL_CERT_DIR is {0}/none: there is no such folder"),
        ("ALL_PROXY", "socks://me:secret@127.0.0.1:1", "write ALL_PROXY=socks5://127.0.0.1:1"),
        ("ALL_PROXY", "ftp://127.0.0.1:1", "ALL_PROXY is ftp://127.0.0.1:1: a proxy of the kind"),
        ("HTTP_PROXY", "http://127.0.0.1:x", "proxy's address cannot be used: Invalid port: 'x'"),
    ],
)
def test_a_variable_that_leads_nowhere_is_named(  # noqa: PLR0913, PLR0917 - a case and its sentence
    tmp_path: Path,
    web: Hub,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    says: str,
) -> None:
    """Not the server is blamed, nor the folder of the download, and no password is shown."""
    (tmp_path / "empty.pem").write_text("", encoding="utf-8")
    monkeypatch.setenv(variable, value.format(tmp_path))
    found = places.obstacle(web.storage)
    assert says.format(tmp_path) in found
    assert "secret" not in found
    with pytest.raises(ModelError) as raised:
        fetch(web.storage + PATH)
    assert says.format(tmp_path) in f"{raised.value}; {raised.value.fix}"
    assert web.asked == []


@pytest.mark.slow
def test_a_proxy_that_is_never_used_is_no_obstacle(
    web: Hub, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Desktops set ALL_PROXY=socks:// beside the other two, which have precedence."""
    monkeypatch.setenv("ALL_PROXY", "socks://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", proxy.address("http"))
    monkeypatch.setenv("HTTPS_PROXY", proxy.address("http"))
    assert places.obstacle(named(web.storage)) == ""
    assert fetch(named(web.storage) + PATH) == DATA


@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_a_proxy_that_is_gone_is_named(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    """The connection that was refused is the proxy's."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{free.getsockname()[1]}"
        monkeypatch.setenv("ALL_PROXY", f"{scheme}://me:secret@{place}")
        why = f"does not answer from here (connection refused, through the proxy {place})"
        assert places.obstacle("http://hub.invalid") == why


def test_what_a_proxy_answers_is_the_cause(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that wants a password says so, whichever protocol it speaks."""
    proxy.refusal = "407 Proxy Authentication Required"
    monkeypatch.setenv("ALL_PROXY", proxy.address("http"))
    assert "(407 Proxy Authentication Required, through" in places.obstacle("https://hub.invalid")
    places.obstacle.cache_clear()
    monkeypatch.setenv("ALL_PROXY", proxy.address("socks5"))
    assert "through the proxy" in places.obstacle("https://hub.invalid")


@pytest.mark.slow
def test_a_slow_line_answers(web: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """3.5 s are no silence; whoever wants to wait less says so, and the sentence says how."""
    web.faults = [Fault("/", late_seconds=3.5, times=2)]
    assert places.obstacle(web.storage) == ""
    places.obstacle.cache_clear()
    monkeypatch.setenv("WHISPER_CLEANROOM_ANSWER_SECONDS", "2")
    assert places.obstacle(web.storage) == (
        "does not answer from here"
        " (no answer in 2 s; WHISPER_CLEANROOM_ANSWER_SECONDS sets how long to wait)"
    )


def test_a_server_that_fails_is_quoted(web: Hub) -> None:
    """A fault of the server's own is an obstacle, a refusal is an answer."""
    web.faults = [Fault("/", status=503), Fault("/", status=403)]
    assert places.obstacle(web.storage) == "does not answer from here (503 Service Unavailable)"
    places.obstacle.cache_clear()
    assert places.obstacle(web.storage) == ""


@pytest.mark.parametrize("value", ["soon", "0", "-1", "nan", "inf"])
@pytest.mark.parametrize("name", ["ANSWER", "STALL"])
def test_a_patience_that_is_no_number_is_bad_usage(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """Neither is silently replaced by the usual one."""
    monkeypatch.setenv(f"WHISPER_CLEANROOM_{name}_SECONDS", value)
    with pytest.raises(UsageError, match=f"WHISPER_CLEANROOM_{name}_SECONDS is no number"):
        downloader.ask([])
