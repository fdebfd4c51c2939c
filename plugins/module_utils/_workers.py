# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""The threads of a task.

The main thread waits for them until shortly after the deadline, whatever they do: a name server that does not answer
cannot be interrupted. They are daemons, so that the process ends without them. The threads of
:mod:`concurrent.futures` would keep it alive.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import Any, Callable, TypeVar

from ._errors import DeadlineExceeded
from ._http.deadline import Deadline

_IDLE = 5.0  # seconds after which a thread without work ends
_CHECK_INTERVAL = 0.25  # seconds between two checks for an interruption
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
_Done = queue.SimpleQueue[tuple[Any, "BaseException | None"]]


class WorkerPool:
    """Does work in a bounded number of threads.

    :param size: number of threads.
    :param grace: seconds after the deadline in which the work may report that it was aborted.
    """

    def __init__(self, deadline: Deadline, size: int, grace: float = 1.0) -> None:
        self.deadline, self._size, self._grace = deadline, size, grace
        self._threads = 0
        self._lock = threading.Lock()
        self._tasks: queue.SimpleQueue[tuple[Callable[[Any], Any], Any, _Done]] = queue.SimpleQueue()

    def map(self, work: Callable[[_Item], _Result], items: Iterable[_Item]) -> Iterator[_Result]:
        """Yield the results of some work on many items, as soon as they are there.

        :param items: taken one by one, no faster than the work is done.
        :raises DeadlineExceeded: the deadline has passed, and a thread still has not returned. Its work is abandoned.
        :raises BaseException: what the work raises.
        """
        done: _Done = queue.SimpleQueue()
        running = 0
        for item in items:
            if running == 2 * self._size:  # thousands of waiting items would fill the memory
                yield self._next(done)
                running -= 1
            self._submit(work, item, done)
            running += 1
        for _item in range(running):
            yield self._next(done)

    def call(self, function: Callable[[], _Result]) -> _Result:
        """Call a function in a thread and return its result; see :meth:`map` for the errors."""
        return next(self.map(lambda _item: function(), (None,)))

    def _submit(self, work: Callable[[Any], Any], item: Any, done: _Done) -> None:
        self._tasks.put((work, item, done))
        with self._lock:
            if self._threads == self._size:
                return
            self._threads += 1
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                work, item, done = self._tasks.get(timeout=_IDLE)
            except queue.Empty:
                with self._lock:
                    if self._tasks.empty():
                        self._threads -= 1
                        return
                continue
            try:
                done.put((work(item), None))
            except BaseException as error:  # noqa: BLE001  # raised again in the thread that asked for the work
                done.put((None, error))
            del work, item, done  # while the thread waits, it keeps no connection open

    def _next(self, done: _Done) -> Any:
        while True:
            try:
                result, error = done.get(timeout=_CHECK_INTERVAL)
            except queue.Empty:
                if self.deadline.overdue() > self._grace:
                    raise DeadlineExceeded(f"No result in time: {self.deadline.reason}.") from None
            else:
                if error:
                    raise error
                return result
