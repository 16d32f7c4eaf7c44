"""Tasks in threads, which the thread that waits for them listens to, and ends."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from queue import SimpleQueue
from typing import Any, ParamSpec, Self, TypeVar

from orchestrator.host import children

_P = ParamSpec("_P")
_T = TypeVar("_T")
_PAUSE_SECONDS = 0.1


class Stopped(BaseException):
    """Raised in a task that says something when nobody waits for it any more."""


class Tasks:
    """A context manager; left by an exception, it begins nothing more and ends what is under way.

    A call that a task makes through `heard` is made by the thread that waits, one after the other:
    what it touches needs no lock. Ctrl-C reaches that thread alone, so it ends the children of the
    others, and a task without a child ends where it next says something.
    """

    def __init__(self) -> None:
        self._pools: list[ThreadPoolExecutor] = []
        self._open: set[Future[Any]] = set()
        self._queue: SimpleQueue[Future[Any] | Callable[[], object]] = SimpleQueue()
        self._stopping = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: object, *_: object) -> None:
        self._stopping = error is not None
        for pool in self._pools:
            pool.shutdown(wait=False, cancel_futures=True)
        while left := [task for task in self._open if not task.done()]:
            children.end_all()  # again and again: a task may just be starting one
            wait(left, _PAUSE_SECONDS)

    def pool(self, at_once: int) -> ThreadPoolExecutor:
        """Return threads for so many tasks of a kind."""
        self._pools.append(ThreadPoolExecutor(at_once))
        return self._pools[-1]

    def start(self, pool: ThreadPoolExecutor, task: Callable[[], _T]) -> "Future[_T]":
        """Have a task done when a thread of the pool is free."""
        future = pool.submit(task)
        self._open.add(future)
        future.add_done_callback(self._queue.put)
        return future

    def heard(self, call: Callable[_P, object]) -> Callable[_P, None]:
        """Return what a task calls to have `call` called by the thread that waits."""

        def say(*args: _P.args, **kwargs: _P.kwargs) -> None:
            if self._stopping:
                raise Stopped
            self._queue.put(partial(call, *args, **kwargs))

        return say

    def ended(self) -> "Iterator[Future[Any]]":
        """Yield each task as it ends, also those that are started meanwhile; hear what they say."""
        while self._open:
            item = self._queue.get()
            if isinstance(item, Future):
                self._open.discard(item)
                yield item
            else:
                item()
