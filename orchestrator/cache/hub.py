"""Whether a place of downloads answers from here: asked once a process, briefly."""

import os
import queue
import threading
import urllib.error
import urllib.request
from functools import cache
from http import HTTPStatus

from orchestrator.errors import UsageError

_SECONDS = 3.0
_SILENT = "does not answer from here"
OFFLINE = "HF_HUB_OFFLINE rules out"


def endpoint() -> str:
    """Return the hub's address, which HF_ENDPOINT moves; raise UsageError when that is none."""
    address = os.environ.get("HF_ENDPOINT") or "https://huggingface.co"
    if not address.startswith(("https://", "http://")):
        raise UsageError(f"HF_ENDPOINT is no web address: {address}", "unset HF_ENDPOINT")
    return address.rstrip("/")


@cache
def obstacle(address: str | None = None) -> str:
    """Ask once and remember: empty when the hub (or another address) answers.

    Else what it does, for a sentence: "which does not answer from here".
    """
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}:
        return OFFLINE
    asked = address or endpoint()
    answer: queue.SimpleQueue[bool] = queue.SimpleQueue()
    # A thread, because a name server that hangs does so outside any socket's timeout.
    threading.Thread(target=lambda: answer.put(_answers(asked)), daemon=True).start()
    try:
        return "" if answer.get(timeout=_SECONDS) else _SILENT
    except queue.Empty:
        return _SILENT


def _answers(address: str) -> bool:
    """Whether anything but a server's own fault comes back."""
    request = urllib.request.Request(address, method="HEAD")  # noqa: S310 - http by its callers
    try:
        urllib.request.urlopen(request, timeout=_SECONDS).close()  # noqa: S310 - the same
    except urllib.error.HTTPError as error:
        return error.code < HTTPStatus.INTERNAL_SERVER_ERROR
    except OSError:
        return False
    return True
