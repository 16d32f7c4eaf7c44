"""Whether the model hub answers from here: asked once a process, briefly."""

import os
import threading
import urllib.error
import urllib.request
from functools import cache
from http import HTTPStatus

from orchestrator.errors import UsageError

_SECONDS = 3.0


def endpoint() -> str:
    """Return the hub's address, which HF_ENDPOINT moves; raise UsageError when that is none."""
    address = os.environ.get("HF_ENDPOINT") or "https://huggingface.co"
    if not address.startswith(("https://", "http://")):
        raise UsageError(f"HF_ENDPOINT is no web address: {address}", "unset HF_ENDPOINT")
    return address.rstrip("/")


@cache
def obstacle() -> str:
    """Ask once and remember: empty when the hub answers, else what it does, for a sentence."""
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}:
        return "HF_HUB_OFFLINE rules out"
    address, heard = endpoint(), threading.Event()
    # A thread, because a name server that hangs does so outside any socket's timeout.
    threading.Thread(target=_ask, args=(address, heard), daemon=True).start()
    return "" if heard.wait(_SECONDS) else "does not answer from here"


def _ask(address: str, heard: threading.Event) -> None:
    request = urllib.request.Request(address, method="HEAD")  # noqa: S310 - checked by endpoint()
    try:
        urllib.request.urlopen(request, timeout=_SECONDS).close()  # noqa: S310 - the same
    except urllib.error.HTTPError as error:
        if error.code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return
    except OSError:
        return
    heard.set()
