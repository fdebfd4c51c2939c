# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""Reading of the jobs that an ``_info`` module names or selects."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from .._errors import InvalidOption, JobNotFound
from .._services.base import Job
from .filters import confirm_filters, filter_parameters
from .reader import JobReader
from .results import Result, ResultBuilder


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
        jobs = reader.find(filter_parameters(type(service), filters), limit or math.inf)
        confirm_filters(service, jobs, filters)
        return results.info_result(jobs, [], {})
    if filters:
        raise InvalidOption(f"{service.ids_option} and {', '.join(filters)} are mutually exclusive.")
    readings: dict[str, Any] = dict.fromkeys(ids)
    readings.update(reader.read(list(readings)))
    jobs = [reading for reading in readings.values() if isinstance(reading, Job)]
    missing = [id for id, reading in readings.items() if isinstance(reading, JobNotFound)]
    errors = {id: reading for id, reading in readings.items() if not isinstance(reading, (Job, JobNotFound))}
    return results.info_result(jobs[:limit], missing, errors)
