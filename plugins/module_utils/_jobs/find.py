# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""Reading of the jobs that an ``_info`` module names or selects."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from .._errors import ApiError, InvalidOption, JobNotFound
from .._services.base import Job
from .reader import JobReader
from .results import Result, ResultBuilder

# The filters that select exactly and whose values records contain.
_CONFIRMED_FILTERS = ("owner", "queue")


def find_jobs(
    reader: JobReader, results: ResultBuilder, ids: list[str] | None, filters: Mapping[str, Any], limit: int | None
) -> Result:
    """Read the jobs that the ids name or, without ids, the jobs that the filters select.

    :param filters: the values of the filter options. Ids and filters exclude each other.
    :param limit: the maximum number of jobs to return.
    :raises InvalidOption: the service cannot select jobs in this way. Nothing was sent.
    :raises ApiError: the service ignored a filter.
    """
    service = reader.service
    if ids is None:
        jobs = reader.find(_filter_parameters(reader, filters), limit or math.inf)
        result, failed = results.info_result(jobs, [], {})
        _confirm_filters(result["jobs"], filters)
        return result, failed
    if filters:
        raise InvalidOption(f"{service.ids_option} and {', '.join(filters)} are mutually exclusive.")
    readings: dict[str, Any] = dict.fromkeys(ids)
    readings.update(reader.read(list(readings)))
    jobs = [reading for reading in readings.values() if isinstance(reading, Job)]
    missing = [id for id, reading in readings.items() if isinstance(reading, JobNotFound)]
    errors = {id: reading for id, reading in readings.items() if not isinstance(reading, (Job, JobNotFound))}
    return results.info_result(jobs[:limit], missing, errors)


def _filter_parameters(reader: JobReader, filters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of the list call for the filter options."""
    listing = reader.service.listing
    if not listing:
        raise InvalidOption("These jobs can be listed only in a cluster: set cluster_id, or name the jobs by id.")
    for name, value in filters.items():
        if value == "":  # an empty variable must not select every job
            raise InvalidOption(f"{name} must not be empty. Omit it, or set the value to select by.")
    unknown = [name for name in filters if name not in listing.filters]
    if unknown:
        supported = f" Supported: {', '.join(listing.filters)}." if listing.filters else ""
        raise InvalidOption(f"The service cannot select these jobs by {', '.join(unknown)}.{supported}")
    return {listing.filters[name]: value for name, value in filters.items()}


def _confirm_filters(entries: list[dict[str, Any]], filters: Mapping[str, Any]) -> None:
    """Raise :class:`ApiError` if a job does not match a filter: the service ignored it."""
    for name in (name for name in _CONFIRMED_FILTERS if name in filters):
        for entry in entries:
            if entry[name] is not None and str(entry[name]).lower() != str(filters[name]).lower():
                raise ApiError(
                    f"The service ignored the filter {name}: it returned {entry['id']}, whose {name} is {entry[name]}. "
                    "Select the jobs by another filter or by id."
                )
