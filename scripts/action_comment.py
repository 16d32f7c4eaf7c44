"""The comment on a pull request: its text, what tells it from others, and GitHub's API for it."""

import json
import re
import urllib.request
from collections.abc import Iterator
from typing import Any

import action_job as job

_MOST_CHARACTERS = 60_000  # GitHub takes 65,536 in a comment
_PAGE = 100  # comments an answer
_SECONDS = 30


def mark() -> str:
    """Return the first line of our comments, by which one is found again."""
    return f"<!-- {job.PRODUCT}: {job.name()} -->"


def fenced(text: str) -> str:
    """Return a text as a block of code: whatever is in it is shown as it is."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text.rstrip()}\n{fence}\n"


def cut(text: str) -> str:
    """Return what fits into a comment, in whole lines."""
    if len(text) <= _MOST_CHARACTERS:
        return text
    kept = text[:_MOST_CHARACTERS].rpartition("\n")[0]
    opened = kept.count("<details>") - kept.count("</details>")
    return f"{kept}\n{'</details>' * opened}\n\nCut here: all of it is in the job's summary.\n"


def publish(number: int, text: str) -> None:
    """Write the comment on a pull request, or write ours anew; raise OSError where refused."""
    issues = f"/repos/{job.variable('GITHUB_REPOSITORY')}/issues"
    found = _comments(f"{issues}/{number}")
    ours = next((one["id"] for one in found if _is_ours(one)), None)
    if ours is None:
        _api("POST", f"{issues}/{number}/comments", {"body": text})
    else:
        _api("PATCH", f"{issues}/comments/{ours}", {"body": text})


def _comments(issue: str) -> Iterator[dict[str, Any]]:
    page = 1
    while found := _api("GET", f"{issue}/comments?per_page={_PAGE}&page={page}"):
        yield from found
        page += 1


def _is_ours(one: dict[str, Any]) -> bool:
    """Whether a comment is of a bot and begins with our mark: a person's may quote it."""
    author, text = one.get("user") or {}, one.get("body") or ""
    return author.get("type") == "Bot" and text.startswith(mark())


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: the token is for one host."""

    def redirect_request(self, *_: Any, **__: Any) -> None:  # noqa: ANN401 - as urllib has it
        return None


def _api(method: str, path: str, content: object = None) -> Any:  # noqa: ANN401 - JSON
    """Ask GitHub; raise OSError, of which HTTPError is one."""
    request = urllib.request.Request(  # noqa: S310 - the runner says where its GitHub is
        f"{job.variable('GITHUB_API_URL')}{path}",
        data=None if content is None else json.dumps(content).encode(),
        method=method,
        headers={
            "Authorization": f"Bearer {job.variable('GITHUB_TOKEN')}",
            "Accept": "application/vnd.github+json",
            "Content-Type": "application/json",
        },
    )
    with urllib.request.build_opener(_Stay).open(request, timeout=_SECONDS) as answer:
        return json.loads(answer.read())
