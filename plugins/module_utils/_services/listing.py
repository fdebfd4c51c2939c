# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""The one description of a list call, and the one way to read its pages: jobs, clusters, queues and graphs."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Callable, NamedTuple

from .._http.responses import Response
from .._records import Record

Fetch = Callable[[int], "Page"]
FetchMany = Callable[[Iterable[int]], Iterable["Page"]]


class Filter(NamedTuple):
    """An option that selects records in a list.

    :param parameter: the parameter of the list call.
    :param keys: the keys in a record that have the value, best first. Empty if records do not have it.
    :param match: how the value of a record compares with that of the option: ``equal`` (ignoring case), ``contains``,
        ``least`` or ``most``.
    :param everywhere: False if one of the clouds does not document the parameter and may ignore it.
    """

    parameter: str
    keys: tuple[str, ...] = ()
    match: str = "equal"
    everywhere: bool = True

    def recorded(self, record: Record) -> Any:
        """Return the value in a record, or None if it has none."""
        return next((record[key] for key in self.keys if record.get(key) not in (None, "")), None)

    def contradicts(self, record: Record, value: Any) -> bool:
        """Return whether a record shows that the service ignored this filter."""
        recorded = self.recorded(record)
        if recorded is None:
            return False
        if self.match in ("least", "most"):
            try:
                return int(recorded) < int(value) if self.match == "least" else int(recorded) > int(value)
            except (TypeError, ValueError):
                return False
        found, wanted = str(recorded).casefold(), str(value).casefold()
        return wanted not in found if self.match == "contains" else wanted != found


class Listing(NamedTuple):
    """How a service lists objects.

    :param path: the path below the root of the service, in segments.
    :param items: the keys, from the outside in, under which a response has the records.
    :param id: the key of the id in a record.
    :param total: the keys under which a response has the number of records on all pages, if it has it.
    :param size: the parameter for the number of records on a page, and its maximum. None if there is one page only.
    :param start: the parameter for the position of a page, and its value for the first page.
    :param by_page: whether that parameter counts pages, not records.
    :param params: further parameters of each request.
    :param filters: the options that select records.
    """

    path: tuple[str, ...]
    items: tuple[str, ...]
    id: str
    total: tuple[str, ...] = ()
    size: tuple[str, int] | None = None
    start: tuple[str, int] = ("", 0)
    by_page: bool = False
    params: Mapping[str, Any] = MappingProxyType({})
    filters: Mapping[str, Filter] = MappingProxyType({})


class Page(NamedTuple):
    """One page of a list.

    :param records: the records on this page by their ids.
    :param length: the number of records on this page, also of those without an id.
    :param total: the number of records on all pages, if the service reports it.
    :param position: the position of the page, see :func:`fetch_page`.
    """

    records: dict[str, Record]
    length: int
    total: int | None
    position: int = 0


def fetch_page(send: Callable[..., Response], listing: Listing, position: int, filters: Mapping[str, Any]) -> Page:
    """Return one page of a list.

    :param send: sends a request below the root of the service; see :meth:`ServiceClient.send`.
    :param position: the number of the page or of its first record, from 0, as :attr:`Listing.by_page` says.
    :param filters: parameters that select records.
    :raises Error: see ``send``, or the response contains no list.
    """
    params = {**listing.params, **filters}
    if listing.size:
        params.update({listing.size[0]: listing.size[1], listing.start[0]: listing.start[1] + position})
    response = send("GET", *listing.path, params=params)
    items, total = _value_at(response.body, listing.items), _value_at(response.body, listing.total)
    if not isinstance(items, list):
        raise response.unusable(f"it has no {'.'.join(listing.items)}")
    records = {str(item[listing.id]): item for item in items if isinstance(item, dict) and item.get(listing.id)}
    return Page(records, len(items), int(total) if str(total).isdecimal() else None, position)


def iterate_pages(
    fetch: Fetch,
    listing: Listing,
    fetch_many: FetchMany | None = None,
    max_pages: float = math.inf,
    wanted: float = math.inf,
) -> Iterator[Page]:
    """Yield the pages of a list, as far as the caller needs them.

    The total only determines how many pages are read in parallel: it may be wrong or missing. A full page with new
    records is followed by another request.

    :param fetch: returns the page at a position.
    :param fetch_many: returns the pages at several positions, perhaps in parallel and in any order. It must not take
        positions ahead without bound. By default, pages are fetched one by one.
    :param max_pages: if the list has more pages, yield only the first.
    :param wanted: number of records that the caller needs. Pages with further records are not read in parallel.
    """
    page = first = fetch(0)
    yield first
    if not listing.size or not first.length:
        return
    known, received, length = set(first.records), first.length, listing.size[1]
    count = max(1, -(-(first.total or 0) // first.length))  # a page may be shorter than requested
    if count > max_pages:
        return
    full = first.length >= length
    step = 1 if listing.by_page else first.length
    done = count if wanted == math.inf else min(count, math.ceil(wanted / first.length))
    ended = False

    def before_end(position: int) -> bool:
        return not ended

    positions = itertools.takewhile(before_end, range(step, done * step, step))
    for page in fetch_many(positions) if fetch_many else map(fetch, positions):
        ended = ended or not page.length  # an empty page ends the list, whatever its total
        yield page
        known.update(page.records)
        received += page.length
        full = full and page.length >= length
    while done < max_pages and (full or first.total is None or done < count):
        page = fetch(done if listing.by_page else received)
        if known.issuperset(page.records):
            return
        yield page
        known.update(page.records)
        received += page.length
        full = page.length >= length
        done += 1


def _value_at(body: Any, keys: tuple[str, ...]) -> Any:
    """Return the value under nested keys, or None."""
    for key in keys:
        body = body.get(key) if isinstance(body, dict) else None
    return body if keys else None
