# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading many jobs at once, through the list call where that takes fewer requests than one for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Callable, TypeVar, Union

from .client import Budget
from .errors import AnswerLost, Error
from .job import Job, Service

Reading = Union[Job, Error]  # L{JobUnknown} is one, too
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


@dataclass
class Reader:
    """Reads the jobs of one service.

    :param concurrency: how many requests may be in flight at once.
    :ivar pages: how many pages the list has, as it was last told; infinitely many where it cannot be had.
    :ivar total: how many jobs there are on them; 0 where that is not told.
    """

    service: Service
    budget: Budget
    concurrency: int
    pages: float = 1
    total: int = 0

    def each(self, work: Callable[[_Item], _Result], items: Iterable[_Item]) -> list[_Result]:
        """Do some work on many items, a bounded number at a time. After an interruption nothing more is sent."""
        with ThreadPoolExecutor(self.concurrency) as pool:
            futures = [pool.submit(work, item) for item in items]
            while True:
                try:
                    return [future.result() for future in futures]
                except KeyboardInterrupt:
                    self.budget.end()  # what is left ends at once, and says why

    def read(self, ids: list[str]) -> dict[str, Reading]:
        """Read jobs by their ids. What the list does not have is asked for by itself."""
        found: dict[str, Reading] = {}
        if self.service.listing and self.pages < len(ids):
            wanted = set(ids)
            try:
                for page in self._list({}, lambda pages, _size: pages if pages <= len(wanted) else 1):
                    found.update((job.id, job) for job in page if job.id in wanted)
                    if len(found) == len(wanted):
                        break
            except Error:
                self.pages = float("inf")
        found.update(self.get([id for id in ids if id not in found]))
        return found

    def get(self, ids: list[str]) -> dict[str, Reading]:
        """Read jobs, each by itself."""
        return dict(zip(ids, self.each(self._get, ids)))

    def find(self, filters: dict[str, Any], limit: int) -> list[Job]:
        """The jobs that the list call finds, so many at the most; raises L{Error}.

        A list that changes while its pages are read may lose some between two of them: then it is read again.
        """
        found: dict[str, Job] = {}
        for _try in range(3):
            for page in self._list(filters, lambda pages, size: min(pages, -(-limit // size))):
                found.update((job.id, job) for job in page)
                if len(found) >= limit:
                    break
            if len(found) >= min(limit, self.total):
                break
        return list(found.values())[:limit]

    def _list(self, filters: dict[str, Any], enough: Callable[[int, int], int]) -> Iterator[list[Job]]:
        """The pages of the list.

        :param enough: how many of them are needed, of so many, with so many jobs on each.
        """
        by_page = self.service.listing and self.service.listing.by_page
        jobs, total = understood(self.service.page, 0, filters)
        yield jobs
        size = len(jobs) or 1  # a page may hold less than was asked for
        if total is None:
            yield from self._list_on(filters, size)
            return
        self.total, self.pages = total, -(-total // size)
        starts = [page if by_page else page * size for page in range(1, enough(int(self.pages), size))]
        for jobs, total in self.each(lambda start: understood(self.service.page, start, filters), starts):
            self.total = self.total if total is None else total
            yield jobs

    def _list_on(self, filters: dict[str, Any], start: int) -> Iterator[list[Job]]:
        """The pages after the first of a list that does not tell how many they are: until one has nothing new."""
        known: set[str] = set()
        by_page = self.service.listing and self.service.listing.by_page
        page = 1 if by_page else start
        while True:
            jobs, _total = understood(self.service.page, page, filters)
            if known.issuperset(job.id for job in jobs):
                return
            yield jobs
            known.update(job.id for job in jobs)
            page += 1 if by_page else len(jobs)

    def _get(self, id: str) -> Reading:
        try:
            job: Job = understood(self.service.get, id)
            return job
        except Error as error:
            return error


def understood(call: Callable[..., Any], *arguments: Any) -> Any:
    """Call a service; an answer of a shape that nobody foresaw must not hide what became of the other jobs."""
    try:
        return call(*arguments)
    except Error:
        raise
    except Exception as error:
        raise AnswerLost(f"the answer cannot be understood ({type(error).__name__})") from error
