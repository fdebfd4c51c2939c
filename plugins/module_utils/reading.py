# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading many jobs at once, through the list call where that takes fewer requests than one for each."""

from __future__ import annotations

import functools
import queue
from collections.abc import Container, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Callable, TypeVar, Union

from .client import Budget
from .errors import AnswerLost, Error
from .job import Job, Phase, Service

Reading = Union[Job, Error]  # L{JobUnknown} is one, too
_ALL = float("inf")
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Reader:
    """Reads the jobs of one service.

    :param concurrency: how many requests may be in flight at once.
    :ivar pool: does the task's work on many jobs, so much at once.
    :ivar pages: how many pages the list has, as it was last told; infinitely many where it cannot be had.
    :ivar total: how many jobs there are on them; 0 where that is not told.
    :ivar steady: whether all pages told the same total when the list was last read.
    """

    def __init__(self, service: Service, budget: Budget, concurrency: int) -> None:
        self.service, self.budget, self.concurrency = service, budget, concurrency
        # one for all work of the task: whatever is done at the same time stays within the bound
        self.pool = ThreadPoolExecutor(concurrency)
        self.pages: float = 1
        self.total = 0
        self.steady = True

    def each(self, work: Callable[[_Item], _Result], items: Iterable[_Item]) -> Iterator[_Result]:
        """Do some work on many items, so much at once, and give the results as they come."""
        done: queue.SimpleQueue[Future[_Result]] = queue.SimpleQueue()
        running = 0
        for item in items:
            if running == 2 * self.concurrency:  # thousands that wait for their turn would fill the memory
                yield done.get().result()
                running -= 1
            self.pool.submit(work, item).add_done_callback(done.put)
            running += 1
        while running:
            yield done.get().result()
            running -= 1

    def read(self, ids: Iterable[str], doubted: Container[Phase] = ()) -> Iterator[tuple[str, Reading]]:
        """Read jobs by their ids, and give each as soon as it is read.

        What the list does not have is asked for by itself, and so is what it has in one of the doubted phases.
        """
        left = dict.fromkeys(ids)
        unseen = set(left)
        if self.service.listing and self.pages < len(left):
            try:
                for page in self._list({}, most=len(left) - 1):
                    for job in page:
                        if job.id in unseen:
                            unseen.remove(job.id)
                            if job.phase not in doubted:
                                del left[job.id]
                                yield job.id, job
                    if not unseen:
                        break
            except Error:
                self.pages = _ALL
        yield from self.each(lambda id: (id, self.get(id)), left)

    def get(self, id: str) -> Reading:
        """Read one job by itself."""
        try:
            job: Job = understood(self.service.get, id)
            return job
        except Error as error:
            return error

    def find(self, filters: dict[str, Any], limit: int) -> list[Job]:
        """The jobs that the list call finds, so many at the most; raises L{Error}.

        A list that changes while its pages are read may lose some between two of them: then it is read again.
        """
        found: dict[str, Job] = {}
        for _try in range(3):
            for page in self._list(filters, limit=limit):
                found.update((job.id, job) for job in page)
                if len(found) >= limit:
                    break
            if len(found) >= limit or (self.steady and len(found) >= self.total):
                break
        return list(found.values())[:limit]

    def _list(self, filters: dict[str, Any], limit: float = _ALL, most: float = _ALL) -> Iterator[list[Job]]:
        """The pages of the list, as far as they are needed for so many jobs.

        :param most: if the pages are more than that, the first has to do.
        """
        by_page = self.service.listing and self.service.listing.by_page
        jobs, size, total = understood(self.service.page, 0, filters)
        yield jobs
        self.steady, self.total = True, total or 0
        if total is None:
            yield from self._list_on(filters, size, most)
        elif size:  # a page may hold less than was asked for
            self.pages = -(-total // size)
            count = min(self.pages, -(-limit // size))
            starts = range(1, int(count) if count <= most else 1)
            read = functools.partial(understood, self.service.page, filters=filters)
            for jobs, _size, told in self.pool.map(read, [page if by_page else page * size for page in starts]):
                self.steady = self.steady and told == total
                yield jobs

    def _list_on(self, filters: dict[str, Any], start: int, most: float) -> Iterator[list[Job]]:
        """The pages after the first of a list that does not tell how many they are: until one has nothing new."""
        known: set[str] = set()
        by_page = self.service.listing and self.service.listing.by_page
        page, self.pages = (1 if by_page else start), 1
        while self.pages < most:
            jobs, size, _total = understood(self.service.page, page, filters)
            if known.issuperset(job.id for job in jobs):
                return
            yield jobs
            known.update(job.id for job in jobs)
            page += 1 if by_page else size
            self.pages += 1
        self.pages = _ALL


def understood(call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Call a service; an answer of a shape that nobody foresaw must not hide what became of the other jobs."""
    try:
        return call(*arguments, **named)
    except Error:
        raise
    except Exception as error:
        raise AnswerLost(f"the answer cannot be understood ({type(error).__name__})") from error
