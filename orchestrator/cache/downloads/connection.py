"""In the download process: the one client that asks and fetches, and what its failures mean."""

import os
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx2
from huggingface_hub import constants, get_session, get_token
from huggingface_hub.errors import HfHubHTTPError, RevisionNotFoundError

from orchestrator.cache.downloads.messages import ANSWER_VARIABLE
from orchestrator.errors import ModelError

ANSWER_SECONDS = float(os.environ.get(ANSWER_VARIABLE, "20"))
TOO_MANY = 429
_SERVER_FAULT = 500
_REFUSED = (401, 403)
_LOGIN = "`hf auth login` or HF_TOKEN gives it one"
_AGAIN = "run the same again: what came is kept"
_PROXIES = ("http", "https", "socks5", "socks5h")
_FAULTS = (HfHubHTTPError, httpx2.HTTPStatusError)


def client() -> httpx2.Client:
    """Return the hub's own client; raise ModelError for a proxy or certificates it cannot use."""
    _expect_proxies()
    folders = os.environ.get("SSL_CERT_DIR", "")
    file = os.environ.get("SSL_CERT_FILE", "")
    if folders and not file and not any(map(os.path.isdir, folders.split(os.pathsep))):
        raise _no_certificates("SSL_CERT_DIR", folders, "there is no such folder")
    try:
        return get_session()
    except ssl.SSLError as error:
        raise _no_certificates("SSL_CERT_FILE", file, "it holds no certificates") from error
    except OSError as error:
        raise _no_certificates("SSL_CERT_FILE", file, _words(error) or str(error)) from error
    except (ValueError, httpx2.InvalidURL) as error:
        raise ModelError(f"a proxy's address cannot be used: {error}", "correct it") from error


def _expect_proxies() -> None:
    """Raise ModelError for a proxy of a kind that the client would stumble over."""
    proxies = getproxies()
    if proxies.get("http") and proxies.get("https"):  # ALL_PROXY would be for no other scheme
        for name in ("ALL_PROXY", "all_proxy"):
            os.environ.pop(name, None)
        proxies.pop("all", None)
    for scheme in ("http", "https", "all"):
        kind, separator, place = proxies.get(scheme, "").partition("://")
        if not separator or kind.lower() in _PROXIES:
            continue
        host = place.rpartition("@")[2]
        fix = f"use one of: {', '.join(_PROXIES)}"
        why = f"a proxy of the kind {kind} cannot be used"
        if kind.lower() == "socks":
            why = "this does not say which version of SOCKS"
            fix = f"write {scheme.upper()}_PROXY=socks5://{host}"
        raise ModelError(f"{scheme.upper()}_PROXY is {kind}://{host}: {why}", fix)


def _no_certificates(variable: str, value: str, why: str) -> ModelError:
    return ModelError(
        f"{variable} is {value}: {why}",
        f"unset {variable}, or have it name the certificates to trust",
    )


def require(url: str) -> None:
    """Raise ModelError, with the cause, unless a server answers; its refusals are answers too."""
    try:
        response = client().head(url, timeout=ANSWER_SECONDS)
    except (httpx2.HTTPError, OSError) as error:
        raise ModelError(cause(error)) from error
    if (code := response.status_code) >= _SERVER_FAULT:
        raise ModelError(f"{code} {httpx2.codes.get_reason_phrase(code)}".strip())


def is_passing(error: Exception) -> bool:
    """Whether the same request may succeed in a moment: no connection, too many, server faults."""
    if isinstance(error, _FAULTS):
        code = error.response.status_code
        return code >= _SERVER_FAULT or code in {408, TOO_MANY}
    return isinstance(error, httpx2.TransportError)


def cause(error: Exception) -> str:
    """Say in a few words why nothing came, and through which proxy."""
    if isinstance(error, httpx2.TimeoutException):
        why = f"no answer in {ANSWER_SECONDS:g} s; {ANSWER_VARIABLE} sets how long to wait"
    else:
        why = _words(list(_chain(error))[-1]) or str(error)
    proxy = _proxy(error)
    return f"{why}, through the proxy {proxy}" if proxy else why


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what it was raised from, the system's own at last."""
    while error:
        yield error
        error = error.__cause__ or error.__context__


def _words(error: BaseException) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            hint = "SSL_CERT_FILE can name the certificates of a company's network"
            return f"its certificate is not trusted: {error.verify_message}; {hint}"
        case ssl.SSLError():
            return f"no secure connection: {error.reason}"
        case socket.gaierror():
            return "its name cannot be resolved"
        case OSError():
            return (error.strerror or "").lower()
        case _:
            return ""


def _proxy(error: Exception) -> str:
    """Return the proxy, without its password, that a failed request went through; "" for none."""
    try:
        url = error.request.url if isinstance(error, httpx2.RequestError) else None
    except RuntimeError:  # no request was made
        return ""
    if url is None or proxy_bypass(url.host):
        return ""
    proxies = getproxies()
    address = proxies.get(url.scheme) or proxies.get("all") or ""
    return urlsplit(address if "://" in address else f"//{address}").netloc.rpartition("@")[2]


def refusal(
    error: Exception, publisher: str, revision: str | None = None, fix: str = ""
) -> ModelError:
    """Say what a server's answer means, and what to do about it."""
    if isinstance(error, RevisionNotFoundError):
        return ModelError(f"{publisher} has no revision {revision} any more", fix)
    if not isinstance(error, _FAULTS):
        again = f"check the network and {_AGAIN}"
        return ModelError(f"{publisher}: the connection failed: {cause(error)}", again)
    code = error.response.status_code
    host = error.response.url.host
    if code in _REFUSED:
        return _no_entry(publisher, host, code)
    if code == TOO_MANY:
        return ModelError(
            f"{host} answers that it is asked too often ({code})",
            f"run the same again in some minutes; signed-in users may ask more: {_LOGIN}",
        )
    if code >= _SERVER_FAULT:
        again = f"wait until later, then {_AGAIN}"
        return ModelError(f"{host} fails again and again ({code}) for {publisher}", again)
    return ModelError(f"{host} has no {publisher} ({code})", fix)


def _no_entry(publisher: str, host: str, code: int) -> ModelError:
    """Say why a server gives nothing out: only the hub's repositories are a matter of tokens."""
    if "://" in publisher:
        return ModelError(f"{host} does not give out {publisher} ({code})", "try again later")
    sent = f"the token was not enough ({code})" if get_token() else f"without a token ({code})"
    return ModelError(
        f"{host} does not give out {publisher} {sent}",
        f"accept its conditions on {constants.ENDPOINT}/{publisher}; {_LOGIN}",
    )
