# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""Reading of many jobs, through the list call if that takes fewer requests than one for each job."""

from __future__ import annotations

import functools
import math
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any, Callable, TypeVar, Union

from .._errors import DeadlineExceeded, Error, ResponseLost
from .._services.base import Job, JobApi, Phase
from .._services.listing import Page, iterate_pages
from .._workers import WorkerPool

Reading = Union[Job, Error]  # :class:`JobNotFound` is a reading too
_LIST_ATTEMPTS = 3  # how often a list that changes while it is read is read again
_Result = TypeVar("_Result")


class JobReader:
    """Reads the jobs of one service.

    :ivar list_pages: number of pages that the list had last; infinity if it cannot be used.
    """

    def __init__(self, service: JobApi, workers: WorkerPool) -> None:
        self.service, self.workers = service, workers
        self.list_pages: float = 1

    def read(self, ids: Iterable[str], unconfirmed: Container[Phase] = ()) -> Iterator[tuple[str, Reading]]:
        """Read jobs by their ids, and yield each reading as soon as it is there.

        A job that is not in the list is read by itself, and so is a job that the list shows in one of the phases that
        need the job's own record.
        """
        left = dict.fromkeys(ids)
        unseen = set(left)
        if self.service.listing and self.list_pages < len(left):
            try:
                for count, page in enumerate(self._pages({}, max_pages=len(left) - 1), 1):
                    for job in self.service.jobs_on(page):
                        if job.id in unseen:
                            unseen.remove(job.id)
                            if job.phase not in unconfirmed:
                                del left[job.id]
                                yield job.id, job
                    if not unseen:
                        self.list_pages = min(self.list_pages, count)  # more pages are not needed
                        break
            except Error:
                self.list_pages = math.inf
        try:
            for id, reading in self.workers.map(lambda id: (id, self.get(id)), list(left)):
                del left[id]
                yield id, reading
        except DeadlineExceeded as exceeded:
            for id in left:
                yield id, exceeded

    def get(self, id: str) -> Reading:
        """Read one job by itself."""
        try:
            return call_service(self.service.get, id)
        except Error as error:
            return error

    def find(self, filters: Mapping[str, Any], limit: float = math.inf) -> list[Job]:
        """Return the jobs that the list call selects, at most ``limit``.

        A list that changes while its pages are read may miss jobs. It is then read again.

        :param filters: parameters of the list call.
        :raises Error: a page could not be read.
        """
        found: dict[str, Job] = {}
        for _attempt in range(_LIST_ATTEMPTS):
            pages: list[Page] = []
            ids: set[str] = set()
            for page in self._pages(filters, wanted=limit):
                pages.append(page)
                ids.update(page.records)
                if len(ids) >= limit:
                    break
            for page in sorted(pages, key=lambda page: page.position):
                found.update((job.id, job) for job in self.service.jobs_on(page))
            totals = {page.total for page in pages}
            if len(found) >= limit or (len(totals) == 1 and len(found) >= (totals.pop() or 0)):
                break
        return list(found.values())[: None if limit == math.inf else int(limit)]

    def _pages(
        self, filters: Mapping[str, Any], max_pages: float = math.inf, wanted: float = math.inf
    ) -> Iterator[Page]:
        """Yield the pages of the list, in any order after the first, and note how many there are."""
        listing = self.service.listing
        if listing is None:
            raise NotImplementedError
        fetch = functools.partial(call_service, self.service.fetch_page, filters=filters)
        fetch_many = functools.partial(self.workers.map, fetch)

        def fetch_one(position: int) -> Page:
            # not in the calling thread, which must stay able to end the task
            return self.workers.call(functools.partial(fetch, position))

        pages = iterate_pages(fetch_one, listing, fetch_many, max_pages, wanted)
        for count, page in enumerate(pages, 1):
            if page.total is None:
                self.list_pages = count if count < max_pages else math.inf
            elif count == 1 and page.length:
                self.list_pages = max(1, -(-page.total // page.length))
            yield page


def call_service(call: Callable[..., _Result], *arguments: Any, **named: Any) -> _Result:
    """Call a service. A response of an unexpected shape must not hide the results of the other jobs.

    :raises Error: also for exceptions of any other class.
    """
    try:
        return call(*arguments, **named)
    except Error:
        raise
    except Exception as error:
        raise ResponseLost(f"The response has an unexpected form ({type(error).__name__}).") from error
